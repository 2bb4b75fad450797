"""A ledger that is made anew, or was put back, believes nothing before it was read again."""

import pytest
from ledger_desk import digest

from ingest.ledger.assets import asset_id_of
from ingest.ledger.places import find_card
from ingest.ledger.rebuilding import (
    REBUILT,
    Content,
    add_contents,
    add_unread_copies,
    assets_by_xxh128,
    copies_standing,
    distrust,
    is_empty,
    lose,
    open_rebuild,
    place_in_shoot,
)
from ingest.ledger.verdicts import last_verdict, record_verdict
from ingest.model.copies import Digest


def content(number, path=b"2025/M/A.JPG"):
    return Content(digest(number), b"h" * 16, path, 7)


def write(desk, number):
    """A content with a proven copy at the ssd and a suspect one at the nas."""
    for place in ("ssd", "nas"):
        desk.write(number, b"2025/M/%d" % number, [place], matched=place == "ssd")


@pytest.mark.parametrize(
    ("rows", "has_nothing"),
    [
        ({}, True), ({"asset": 0, "copy": 0, "verdict": 0, "card_file": 0, "destination": 2}, True),
        ({"asset": 1}, False), ({"copy": 1}, False), ({"verdict": 1}, False), ({"card_file": 1}, False),
    ],
)  # fmt: skip
def test_a_ledger_is_empty_until_a_session_wrote_into_it(rows, has_nothing):
    assert is_empty(rows) is has_nothing


def test_a_ledger_that_was_put_back_calls_nothing_proven_and_no_card_read_and_keeps_its_history(desk):
    write(desk, 1)
    write(desk, 2)
    desk.lose(2, "nas")
    record_verdict(
        desk.db, run_id=desk.run, card_id=desk.card, level="not_yet", at=3.0, fingerprint=b"f" * 16,
        devices_required=2, files=[], total=0, body="{}",
    )  # fmt: skip
    proofs = desk.rows("proof")
    assert distrust(desk.db) == 2
    assert desk.db.execute("SELECT id, state FROM copy ORDER BY id").fetchall() == [
        (1, "written"), (2, "suspect"), (3, "written"), (4, "lost"),
    ]  # fmt: skip
    assert desk.rows("card_file") == []
    assert desk.rows("proof") == proofs
    assert last_verdict(desk.db, desk.card).level == "not_yet"
    assert distrust(desk.db) == 0


def test_what_is_taken_up_belongs_to_a_run_of_its_own_that_is_of_no_real_card(desk):
    run = open_rebuild(desk.db, 5.0, "boot-5")
    [row] = desk.db.execute("SELECT card_id, started, boot_id, command, state FROM run WHERE id = ?", (run,)).fetchall()
    card = find_card(desk.db, REBUILT)
    assert row == (card.id, 5.0, "boot-5", "ledger rebuild", "open")
    assert (card.fs_type, card.first_seen, card.id == desk.card) == ("", 5.0, False)
    again = open_rebuild(desk.db, 6.0, "boot-6")
    assert again != run
    assert find_card(desk.db, REBUILT).id == card.id


def test_contents_become_assets_once_and_known_ones_keep_their_row(desk):
    write(desk, 1)
    run = open_rebuild(desk.db, 5.0, "b")
    with desk.transaction():
        found = add_contents(desk.db, run, [content(1), content(2, b"2025/M/sub/B.JPG"), content(2, b"N/C.JPG")])
    assert found == {digest(1): 1, digest(2): 2}
    row = "SELECT size, xxh128, sha1, head, original_name, mtime_ns, first_run FROM asset WHERE id = 2"
    assert desk.db.execute(row).fetchall() == [(2, digest(2).xxh128, digest(2).sha1, b"h" * 16, b"C.JPG", 7, run)]
    assert desk.db.execute("SELECT first_run FROM asset WHERE id = 1").fetchone() == (desk.run,)
    with desk.transaction():
        assert add_contents(desk.db, run, []) == {}


def test_a_content_is_known_by_its_size_and_xxh128_where_these_name_one_alone(desk):
    same = Digest(1, digest(1).xxh128, b"z" * 20)
    with desk.transaction():
        add_contents(desk.db, desk.run, [content(1), content(2)])
    assert assets_by_xxh128(desk.db, 1, digest(1).xxh128) == asset_id_of(desk.db, digest(1))
    assert assets_by_xxh128(desk.db, 2, digest(2).xxh128) == asset_id_of(desk.db, digest(2))
    assert assets_by_xxh128(desk.db, 2, digest(1).xxh128) is None
    with desk.transaction():
        add_contents(desk.db, desk.run, [Content(same, b"h" * 16, b"x", 7)])
    assert assets_by_xxh128(desk.db, 1, digest(1).xxh128) is None


def test_copies_that_nobody_has_read_are_written_and_have_no_proof(desk):
    run = open_rebuild(desk.db, 5.0, "b")
    nas = desk.ids["nas"]
    with desk.transaction():
        add_contents(desk.db, run, [content(1), content(2)])
        add_unread_copies(desk.db, run, nas, [(1, b"M/a\xff"), (2, b"M/b")])
    row = "SELECT asset_id, destination_id, path, display, state, inode, mtime_ns, run_id FROM copy ORDER BY id"
    [first, second] = desk.db.execute(row).fetchall()
    assert first == (1, nas, b"M/a\xff", "M/a\\xff", "written", 0, 0, run)
    assert second == (2, nas, b"M/b", "M/b", "written", 0, 0, run)
    assert desk.rows("proof") == []


def test_a_name_in_a_shoot_that_is_taken_and_a_content_that_is_there_stay_as_they_are(desk):
    with desk.transaction():
        add_contents(desk.db, desk.run, [content(1), content(2), content(3)])
        place_in_shoot(desk.db, desk.shoot, [(1, b"M/a", "A")])
        place_in_shoot(desk.db, desk.shoot, [(1, b"M/again", "G"), (2, b"M/a", "A"), (3, b"M/c", "C")])
    rows = "SELECT shoot_id, asset_id, path, object FROM shoot_asset ORDER BY path"
    assert desk.db.execute(rows).fetchall() == [(desk.shoot, 1, b"M/a", "A"), (desk.shoot, 3, b"M/c", "C")]
    with desk.transaction():
        place_in_shoot(desk.db, desk.other, [(1, b"N/a", "A")])
    assert desk.db.execute(rows).fetchall()[-1] == (desk.other, 1, b"N/a", "A"), "a content may be in several shoots"


def test_what_stands_at_a_destination_is_told_without_what_is_lost_or_stands_elsewhere(desk):
    write(desk, 1)
    write(desk, 2)
    with desk.transaction():
        lose(desk.db, [1])
    assert copies_standing(desk.db, desk.ids["ssd"]) == {b"2025/M/2": (3, "proven", digest(2))}
    assert copies_standing(desk.db, desk.ids["nas"]) == {
        b"2025/M/1": (2, "suspect", digest(1)),
        b"2025/M/2": (4, "suspect", digest(2)),
    }
