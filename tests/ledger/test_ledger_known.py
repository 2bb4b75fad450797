"""What the ledger knows of a card's files and their copies: every fact as it was written, and nothing of others."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import known
from ingest.ledger.assets import NewFile, agreed, record, record_finding
from ingest.ledger.copies import NewCopy, prove, set_copy_state
from ingest.ledger.known import KnownCardFile, KnownCopy
from ingest.ledger.places import remember_card
from ingest.ledger.runs import open_run
from ingest.model.cards import Capture, CardFile, CardIdentity
from ingest.model.copies import Digest, Method, Proof, SourceRead

TAKEN = Capture(datetime(2025, 6, 14, 12, 0, 1), "exif", 120, "Canon", "EOS R5", "0123")  # noqa: DTZ001 - camera's clock
SSD, NAS = frozenset({"disk:a"}), frozenset({"nas:b", "nas:c"})


def digest(number):
    return Digest(number, b"x%015d" % number, b"s%019d" % number)


def head(number):
    return b"h%015d" % number


def path(number):
    return b"M/%d" % number


class Desk(EmptyDesk):
    """Contents 11 and 12 on our card, both at both places; 13 on another card, at the SSD alone and in no shoot."""

    def __init__(self, at):
        super().__init__(at)
        self.db.execute("UPDATE destination SET device = 'nas:b+nas:c' WHERE name = 'nas'")
        self.theirs = remember_card(self.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
        self.their_run = open_run(self.db, self.theirs, 1.0, "boot", "ingest")
        self.write(13, "ssd", card=self.theirs, run=self.their_run, shoot=None)
        self.write(12, "ssd", "nas", at=3.0)
        self.write(11, "ssd", "nas", capture=TAKEN)

    def seen(self, number, name, **changes):
        copy = NewCopy(self.ids[name], path(number), 7, 8, Method.DIRECT, True, digest(number).xxh128, 2.0)
        return replace(copy, **changes)

    def write(self, number, *names, card=None, run=None, shoot=1, capture=None, at=2.0):
        copies = tuple(self.seen(number, name, inode=number, at=at) for name in names)
        read = SourceRead(1, digest(number).xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%d" % number, number, 900 + number)
        new = NewFile(file, digest(number), head(number), read, copies, capture, shoot, path(number), "A")
        run = run or self.run
        with self.transaction():
            record(self.db, run_id=run, card_id=card or self.card, boot_id="b", files=[new], upload=None, now=2.0)


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def copy(key, asset, name, number, at=2.0, method=Method.DIRECT):
    devices = SSD if name == "ssd" else NAS
    proof = Proof(name, devices, path(number), digest(number).xxh128, method, at, True)
    return KnownCopy(key, asset, name, path(number), "proven", number, number, 8, proof)


def test_a_content_is_known_by_its_size_and_by_its_head_only_together_with_it(desk):
    assert known.sizes_known(desk.db, [10, 11, 13, 13]) == {11, 13}
    heads = [(11, head(11)), (11, head(12)), (12, head(12)), (14, head(11)), (12, head(12))]
    assert known.heads_known(desk.db, heads) == {(11, head(11)), (12, head(12))}


def test_a_cards_files_are_told_as_they_were_last_read_and_no_other_cards(desk):
    agreed(desk.db, desk.card, [(b"DCIM/11", 2)])
    facts = {
        b"DCIM/11": KnownCardFile(b"DCIM/11", 11, 911, 3, 2, digest(11).xxh128, head(11), desk.run),
        b"DCIM/12": KnownCardFile(b"DCIM/12", 12, 912, 2, 1, digest(12).xxh128, head(12), desk.run),
    }
    assert known.card_files(desk.db, desk.card) == facts
    assert known.card_files_at(desk.db, desk.card, [b"DCIM/12", b"DCIM/13"]) == {b"DCIM/12": facts[b"DCIM/12"]}
    assert [known.card_file(desk.db, desk.card, name) for name in (b"DCIM/11", b"DCIM/13")] == [(11, head(11)), None]
    assert known.card_file(desk.db, desk.theirs, b"DCIM/13") == (13, head(13))


def test_the_contents_of_a_card_are_told_once_each_in_order(desk):
    desk.db.execute("INSERT INTO card_file SELECT card_id, x'41', 1, 1, 3, x'', 1, 1 FROM card_file LIMIT 1")
    assert known.assets_of_card(desk.db, desk.card) == [2, 3]


def test_the_copies_of_contents_with_where_they_are_and_their_newest_proof(desk):
    prove(desk.db, 4, desk.run, "b", desk.seen(11, "ssd", inode=11, method=Method.DROPPED, at=1.0))  # a clock went back
    first, second = copy(4, 3, "ssd", 11, 1.0, Method.DROPPED), copy(5, 3, "nas", 11)
    others = [copy(2, 2, "ssd", 12, 3.0), copy(3, 2, "nas", 12, 3.0)]
    assert known.copies_of_asset(desk.db, 3) == [first, second]
    assert known.copies_of_asset(desk.db, 99) == []
    assert known.copies_of_assets(desk.db, [3, 2, 3, 99]) == {2: others, 3: [first, second]}
    assert known.copies_of_shoot(desk.db, desk.shoot) == {2: others, 3: [first, second]}
    assert known.copies_at(desk.db, "nas") == [second, others[1]]
    assert known.copies_at(desk.db, "ssd") == [first, copy(1, 1, "ssd", 13), others[0]]
    assert known.copies_at(desk.db, "nowhere") == []


def test_of_many_contents_each_has_its_own_copies(desk, monkeypatch):
    monkeypatch.setattr(known, "_IDS", 1)
    found = known.copies_of_assets(desk.db, iter([3, 1, 2]))
    assert {asset: [row.id for row in rows] for asset, rows in found.items()} == {1: [1], 2: [2, 3], 3: [4, 5]}


def test_a_copy_that_nobody_has_read_back_has_no_proof_and_is_the_first_to_be_verified(desk):
    desk.db.execute(
        "INSERT INTO copy VALUES (6, 1, ?, x'4e', 'N', 'written', 70, 80, ?)", (desk.ids["nas"], desk.their_run)
    )
    unread = KnownCopy(6, 1, "nas", b"N", "written", 13, 70, 80, None)
    assert known.copies_of_asset(desk.db, 1)[1] == unread
    assert [row.id for row in known.copies_at(desk.db, "nas")] == [6, 5, 3]


def test_a_copy_that_is_lost_is_told_nowhere_and_one_that_did_not_match_tells_so(desk):
    set_copy_state(desk.db, 4, "lost")
    prove(desk.db, 5, desk.run, "b", desk.seen(11, "nas", matched=False, xxh128=b"?" * 16))
    [left] = known.copies_of_asset(desk.db, 3)
    proof = Proof("nas", NAS, path(11), b"?" * 16, Method.DIRECT, 2.0, matched=False)
    assert left == KnownCopy(5, 3, "nas", path(11), "suspect", 11, 7, 8, proof)
    assert [row.id for row in known.copies_at(desk.db, "ssd")] == [1, 2]
    assert known.copies_made_by(desk.db, desk.run, 3) == [(5, "nas", path(11))]


def test_what_is_proven_of_a_shoot_at_one_place_by_path(desk):
    assert list(known.proven_at(desk.db, desk.shoot, "ssd")) == [
        (path(11), 11, 8, digest(11).xxh128, 2.0),
        (path(12), 12, 8, digest(12).xxh128, 3.0),
    ]
    prove(desk.db, 4, desk.run, "b", desk.seen(11, "ssd", mtime_ns=80, at=4.0))
    prove(desk.db, 2, desk.run, "b", desk.seen(12, "ssd", method=Method.CACHED))
    assert list(known.proven_at(desk.db, desk.shoot, "ssd")) == [(path(11), 11, 80, digest(11).xxh128, 4.0)]
    assert list(known.proven_at(desk.db, desk.shoot, "nowhere")) == []


def test_capture_facts_are_told_of_contents_that_have_them(desk):
    twin = Digest(11, digest(11).xxh128, b"another sha-1 of 20 b"[:20])
    assert known.captures_known(desk.db, [digest(11), digest(12), twin]) == {digest(11): TAKEN}


def test_what_a_person_knows_of_a_card_is_remembered_once_with_its_size_and_time(desk):
    for at in (1.0, 2.0):
        known.acknowledge(desk.db, desk.card, b"LINK", 0, 5, at)
    known.acknowledge(desk.db, desk.theirs, b"OTHER", 1, 6, 3.0)
    assert known.acknowledged(desk.db, desk.card) == {(b"LINK", 0, 5)}
    assert desk.rows("acknowledgement") == [(desk.card, b"LINK", 0, 5, 1.0), (desk.theirs, b"OTHER", 1, 6, 3.0)]


def test_the_copies_that_a_session_itself_made(desk):
    made = [(4, "ssd", path(11)), (5, "nas", path(11))]
    assert known.copies_made_by(desk.db, desk.run, 3) == made
    assert known.copies_made_by(desk.db, desk.their_run, 3) == []
    assert known.copies_made_by(desk.db, desk.their_run, 1) == [(1, "ssd", path(13))]


def test_doubts_about_pictures_are_told_by_kind_with_the_files_of_this_card(desk):
    for asset, code in ((3, "truncated"), (2, "truncated"), (2, "no thumbnail"), (1, "truncated")):
        record_finding(desk.db, asset, code, "", 3.0)
    found = known.findings_of_card(desk.db, desk.card)
    assert list(found.items()) == [("no thumbnail", [b"DCIM/12"]), ("truncated", [b"DCIM/11", b"DCIM/12"])]
