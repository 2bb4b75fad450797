"""What verify and repair did stays as it was written."""

import contextlib
import sqlite3

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import care_log
from ingest.ledger.assets import NewFile, record
from ingest.ledger.care_log import CareRun, care_runs, record_care
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.db import open_ledger
from ingest.ledger.released import let_go, working_copies
from ingest.ledger.uploads import enqueue, finish_checked, finish_sent
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.standing import Standing


class Desk(EmptyDesk):
    """Contents of the shoot with a copy at each place, proven at 2.0: the first has the copies 1 and 2."""

    def look(self, number, name, path=None, *, method=Method.DIRECT, at=9.0):
        return NewCopy(self.ids[name], path or b"M/%d" % number, 70, 80, method, True, b"x%015d" % number, at)

    def write(self, number, shoot=1):
        digest = Digest(number, b"x%015d" % number, b"s%019d" % number)
        copies = tuple(self.look(number, name, at=2.0) for name in ("ssd", "nas"))
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%d" % number, number, 900 + number)
        new = NewFile(file, digest, b"h" * 16, read, copies, None, shoot, b"M/%d" % number, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)

    def copies(self):
        return [(row[0], row[5]) for row in self.rows("copy")]


@pytest.fixture
def desk(tmp_path):
    with contextlib.closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


@pytest.fixture
def ledger(tmp_path):
    with contextlib.closing(open_ledger(tmp_path / "ledger.sqlite")) as connection:
        yield connection


def test_the_newest_runs_come_first_each_verb_for_itself(ledger):
    runs = [CareRun("verify", at, at + 1, 100, at) for at in (1, 2, 3)] + [CareRun("repair", 4, 5, 2, 2, healed=2)]
    for run in runs:
        record_care(ledger, run)
    assert care_runs(ledger, "", 9) == runs[::-1]
    assert care_runs(ledger, "verify", 2) == [runs[2], runs[1]]
    assert care_runs(ledger, "repair", 9) == [runs[3]]


@pytest.mark.parametrize("table", ["care_run", "care_event"])
@pytest.mark.parametrize("words", ["DELETE FROM {}", "UPDATE {} SET id = 9", "UPDATE {} SET {column} = 9"])
def test_nobody_rewrites_what_was_done(ledger, table, words):
    ledger.execute("PRAGMA foreign_keys=OFF")
    record_care(ledger, CareRun("verify", 1, 2, 3, 3))
    ledger.execute("INSERT INTO care_event (at, copy_id, what, source, aside) VALUES (1, 1, 'healed', 'ssd', '')")
    column = "looked_at" if table == "care_run" else "at"
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger.execute(words.format(table, column=column))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_the_copies_that_stand_are_counted_and_the_one_that_nobody_looked_at_longest_is_told(desk):
    assert (care_log.count_copies(desk.db), care_log.oldest_proof(desk.db)) == (0, None)
    desk.write(1)
    set_copy_state(desk.db, 2, "suspect")
    with desk.transaction():
        care_log.record_right(desk.db, 2, "b", [desk.look(1, "nas", at=5.0)])
    assert (care_log.count_copies(desk.db), care_log.oldest_proof(desk.db)) == (2, 2.0)
    set_copy_state(desk.db, 1, "lost")
    assert (care_log.count_copies(desk.db), care_log.oldest_proof(desk.db)) == (1, 5.0)
    desk.db.execute("INSERT INTO copy VALUES (3, 1, ?, x'4e', 'N', 'written', 7, 8, ?)", (desk.ids["ssd"], desk.run))
    assert care_log.oldest_proof(desk.db) == 0.0


def test_what_may_want_healing_is_told_with_all_copies_of_its_content(desk):
    for number in (1, 2, 3):
        desk.write(number)
    desk.write(4, shoot=None)
    for copy_id, state in ((4, "lost"), (5, "suspect"), (7, "suspect")):
        set_copy_state(desk.db, copy_id, state)

    def standing(key, number, place, state):
        content = (number, b"x%015d" % number, b"s%019d" % number, 900 + number)
        return Standing(key, number, place, b"M/%d" % number, state, 70, 80, *content, 1)

    second = [standing(3, 2, "ssd", "proven"), standing(4, 2, "nas", "lost")]
    third = [standing(5, 3, "ssd", "suspect"), standing(6, 3, "nas", "proven")]
    assert list(care_log.broken_assets(desk.db)) == [second, third]
    assert care_log.standings(desk.db, 2) == second
    everything = [(number, name, b"M/%d" % number) for number in (1, 2, 3, 4) for name in ("ssd", "nas")]
    assert sorted(care_log.paths_ever(desk.db)) == sorted(everything)


def test_a_copy_that_was_let_go_wants_no_healing_and_is_told_until_it_is_there_again(desk):
    desk.write(1)
    desk.write(2)
    enqueue(desk.db, 1, "bucket", "k", 2.0)
    finish_sent(desk.db, 1, file_id="f", at=2.0)
    finish_checked(desk.db, 1, at=2.5)
    let_go(desk.db, working_copies(desk.db, desk.shoot, "ssd")[:1], 3.0, "room")
    set_copy_state(desk.db, 4, "lost")
    assert [copy.id for copy in care_log.released_standings(desk.db, desk.shoot)] == [1]
    assert care_log.released_standings(desk.db, 99) == []
    assert [[copy.id for copy in copies] for copies in care_log.broken_assets(desk.db)] == [[2], [3, 4]]
    with desk.transaction():
        care_log.record_healed(desk.db, 1, "b", desk.look(1, "ssd"), "nas", "")
    assert care_log.released_standings(desk.db, desk.shoot) == []


def test_a_healed_copy_takes_the_place_of_the_old_one_and_of_whatever_was_thought_to_stand_there(desk):
    for number in (1, 2, 3):
        desk.write(number)
    set_copy_state(desk.db, 1, "suspect")
    with desk.transaction():
        new_id = care_log.record_healed(desk.db, 1, "boot 2", desk.look(1, "ssd", b"M/2"), "nas", ".safelight/bad")
    assert new_id == 7
    assert desk.copies() == [(1, "lost"), (2, "proven"), (3, "lost"), *((key, "proven") for key in (4, 5, 6, 7))]
    assert desk.rows("copy")[-1] == (7, 1, desk.ids["ssd"], b"M/2", "M/2", "proven", 70, 80, desk.run)
    assert desk.rows("proof")[-1] == (7, 7, None, 9.0, "boot 2", "direct", 1, b"x%015d" % 1)
    assert desk.rows("care_event") == [(1, 9.0, 1, "healed", "nas", 7, ".safelight/bad")]


@pytest.mark.parametrize("last", [Method.DIRECT, Method.CACHED])
def test_a_suspect_copy_that_reads_right_is_what_its_last_look_says(desk, last):
    desk.write(1)
    set_copy_state(desk.db, 2, "suspect")
    first = Method.CACHED if last is Method.DIRECT else Method.DIRECT
    looks = [desk.look(1, "nas", method=first, at=8.0), desk.look(1, "nas", method=last)]
    with desk.transaction():
        assert care_log.record_right(desk.db, 2, "boot 2", looks) == (last is Method.DIRECT)
    assert desk.copies()[1] == (2, "proven" if last is Method.DIRECT else "written")
    looked = [(2, None, at, "boot 2", method.value, 1) for at, method in ((8.0, first), (9.0, last))]
    assert [row[1:-1] for row in desk.rows("proof")[-2:]] == looked
    assert desk.rows("care_event") == [(1, 9.0, 2, "right after all", "", None, "")]


@pytest.mark.parametrize(("state", "becomes"), [("proven", "suspect"), ("lost", "lost")])
def test_a_source_that_gave_other_bytes_is_suspect_itself_unless_it_is_gone_by_then(desk, state, becomes):
    desk.write(1)
    set_copy_state(desk.db, 2, state)
    with desk.transaction():
        care_log.record_wrong_source(desk.db, 2, 9.0)
    assert desk.copies() == [(1, "proven"), (2, becomes)]
    assert desk.rows("care_event") == [(1, 9.0, 2, "wrong as a source", "", None, "")]
