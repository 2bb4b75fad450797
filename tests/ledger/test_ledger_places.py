"""Cards and destinations as the ledger knows them: what is the same one, and what of it may change."""

from contextlib import closing

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.ledger.places import (
    CardRow,
    destination_ids,
    find_card,
    known_device,
    known_marker,
    name_of_marker,
    remember_card,
    remember_destination,
)
from ingest.model.cards import CardIdentity
from ingest.model.places import Destination, DestinationKind, Volume

CARD = CardIdentity("1234", "EOS", 64)  # as the desk has it


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_a_card_that_comes_back_is_the_same_one_and_keeps_what_it_was_first(desk):
    assert find_card(desk.db, CARD) == CardRow(desk.card, CARD, "exfat", 1.0, 1.0)
    assert remember_card(desk.db, CARD, "vfat", 5.0) == desk.card
    assert find_card(desk.db, CARD) == CardRow(desk.card, CARD, "exfat", 1.0, 5.0)


@pytest.mark.parametrize(
    "other",
    [
        CardIdentity("5678", "EOS", 64), CardIdentity("1234", "NIKON", 64), CardIdentity("1234", "EOS", 65),
        CardIdentity("1234", "EOS", 64, b"DCIM"),
    ],
)  # fmt: skip
def test_a_card_that_differs_in_anything_is_another_one(desk, other):
    assert find_card(desk.db, other) is None
    key = remember_card(desk.db, other, "exfat", 2.0)
    assert key != desk.card
    assert find_card(desk.db, other) == CardRow(key, other, "exfat", 2.0, 2.0)
    assert find_card(desk.db, CARD) == CardRow(desk.card, CARD, "exfat", 1.0, 1.0)


def test_a_destination_is_known_by_its_marker_whatever_else_became_of_it(desk):
    key = desk.ids["ssd"]
    disk = Volume(b"/m", "btrfs", "/dev/y", 2, "u2", "L2", frozenset({"disk:z", "disk:c"}), 10, 10, False)
    place = Destination("fast", DestinationKind.HDD, b"/mnt/\xff")
    assert remember_destination(desk.db, place, disk, "marker-ssd", 7.0) == key
    row = "SELECT name, kind, root, device, fs_type, fs_uuid, first_seen, last_seen FROM destination WHERE id = ?"
    assert desk.db.execute(row, (key,)).fetchone() == (
        "fast", "hdd", "/mnt/?", "disk:c+disk:z", "btrfs", "u2", 1.0, 7.0,
    )  # fmt: skip
    assert destination_ids(desk.db) == {"fast": key, "nas": desk.ids["nas"]}


def test_a_new_marker_is_a_new_destination(desk):
    place = Destination("third", DestinationKind.NAS, b"/mnt/third")
    key = remember_destination(desk.db, place, volume("nas:c"), "marker-third", 3.0)
    row = (
        "SELECT id, kind, root, device, fs_type, fs_uuid, first_seen, last_seen, marker FROM destination WHERE name = ?"
    )
    assert desk.db.execute(row, ("third",)).fetchone() == (
        key, "nas", "/mnt/third", "nas:c", "ext4", "u", 3.0, 3.0, "marker-third",
    )  # fmt: skip
    assert destination_ids(desk.db) == {**desk.ids, "third": key}


def test_marker_name_and_devices_lead_to_one_another_and_nowhere_for_what_was_never_used(desk):
    assert (known_marker(desk.db, "nas"), known_marker(desk.db, "new")) == ("marker-nas", "")
    assert (name_of_marker(desk.db, "marker-nas"), name_of_marker(desk.db, "marker-new")) == ("nas", "")
    assert (known_device(desk.db, "nas"), known_device(desk.db, "new")) == (frozenset({"nas:b"}), frozenset())
    both = Volume(b"/m", "ext4", "/dev/x", 1, "u", "L", frozenset({"disk:a", "disk:b"}), 10, 10, False)
    remember_destination(desk.db, Destination("nas", DestinationKind.NAS, b"/mnt/nas"), both, "marker-nas", 2.0)
    assert known_device(desk.db, "nas") == {"disk:a", "disk:b"}
