"""Working copies that are let go: what stands, what else there is, and when the ledger refuses it."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, prove, set_copy_state
from ingest.ledger.places import remember_destination
from ingest.ledger.released import Working, checked_in, let_go, others_of, working_copies
from ingest.ledger.uploads import enqueue, finish_checked, finish_sent
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.places import Destination, DestinationKind


class Desk(EmptyDesk):
    """Contents of the shoot with proven copies at SSD, NAS and HDD, in this order: the first has 1 to 3, and so on."""

    def __init__(self, path):
        super().__init__(path)
        place = Destination("hdd", DestinationKind.HDD, b"/mnt/hdd")
        self.ids["hdd"] = remember_destination(self.db, place, volume("disk:c"), "marker-hdd", 1.0)
        for number, name in ((1, b"M/c"), (2, b"M/a"), (3, b"M/b")):
            self.write(number, name)

    def look(self, number, place, path, **changes):
        facts = {"method": Method.DIRECT, "matched": True, "xxh128": b"x%015d" % number, "at": 2.0} | changes
        return NewCopy(self.ids[place], path, 70 + number, 80 + number, **facts)

    def write(self, number, path):
        digest = Digest(number, b"x%015d" % number, b"s%019d" % number)
        copies = tuple(self.look(number, place, path) for place in ("ssd", "nas", "hdd"))
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%d" % number, number, 9)
        new = NewFile(file, digest, b"h" * 16, read, copies, None, self.shoot, path, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)

    def look_again(self, copy_id, number, place, path, **changes):
        with self.transaction():
            prove(self.db, copy_id, self.run, "b", self.look(number, place, path, **changes))


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_what_stands_proven_at_the_primary_is_told_by_path(desk):
    first, second, third = (
        Working(1, 1, b"M/c", 1, 71, 81),
        Working(4, 2, b"M/a", 2, 72, 82),
        Working(7, 3, b"M/b", 3, 73, 83),
    )
    assert working_copies(desk.db, desk.shoot, "ssd") == [second, third, first]
    assert working_copies(desk.db, 99, "ssd") == []
    set_copy_state(desk.db, 7, "suspect")
    assert working_copies(desk.db, desk.shoot, "ssd") == [second, first]


def test_only_other_copies_whose_newest_proof_is_right_and_no_caches_are_told(desk):
    desk.look_again(3, 1, "hdd", b"M/c", at=5.0)
    desk.look_again(5, 2, "nas", b"M/a", matched=False)
    desk.look_again(8, 3, "nas", b"M/b", method=Method.CACHED)
    assert others_of(desk.db, [1, 2, 3, 99], "ssd") == {
        1: [("nas", "nas:b", 2.0), ("hdd", "disk:c", 5.0)],
        2: [("hdd", "disk:c", 2.0)],
        3: [("hdd", "disk:c", 2.0)],
        99: [],
    }


def test_what_a_bucket_was_seen_to_hold_is_what_a_listing_checked(desk):
    for job in (1, 2):
        enqueue(desk.db, job, "bucket", str(job), 1.0)
        finish_sent(desk.db, job, file_id="f", at=2.0)
    finish_checked(desk.db, 2, at=3.0)
    assert checked_in(desk.db, [1, 2, 3], "bucket") == {2}
    assert checked_in(desk.db, [1, 2, 3], "other") == set()


def test_copies_are_let_go_together_or_not_at_all(desk):
    working = working_copies(desk.db, desk.shoot, "ssd")
    desk.look_again(3, 1, "hdd", b"M/c", matched=False)  # of the last one only the NAS is left, and no bucket has it
    before = desk.rows("copy")
    with pytest.raises(sqlite3.IntegrityError, match="while two others stand"):
        let_go(desk.db, working, 5.0, "room")
    assert (desk.rows("copy"), desk.rows("released")) == (before, [])
    let_go(desk.db, working[:2], 5.0, "room")
    assert desk.rows("released") == [(4, 5.0, "room"), (7, 5.0, "room")]
    lost = desk.db.execute("SELECT id FROM copy WHERE state = 'lost' ORDER BY id").fetchall()
    assert lost == [(4,), (7,)]
