"""Sessions from their beginning to their end, the names that they intend, and what each of them saw."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import runs
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.places import remember_card
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        desk.theirs = remember_card(desk.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
        yield desk


@pytest.mark.parametrize(("interrupted", "state"), [(False, "ended"), (True, "interrupted")])
def test_a_session_is_open_until_it_ends_once(desk, interrupted, state):
    run = runs.open_run(desk.db, desk.theirs, 5.0, "boot 2", "ingest --all")
    begun = (run, desk.theirs, 5.0)
    assert desk.rows("run")[1] == (*begun, None, "boot 2", "open", "ingest --all")
    runs.end_run(desk.db, run, 6.0, interrupted=interrupted)
    assert desk.rows("run")[1] == (*begun, 6.0, "boot 2", state, "ingest --all")
    assert desk.rows("run")[0][5] == "open"
    with pytest.raises(sqlite3.IntegrityError, match="ends once"):
        runs.end_run(desk.db, run, 7.0, interrupted=False)


def test_what_a_session_intends_is_written_whole_or_not_at_all(desk):
    runs.intend(desk.db, desk.run, desk.ids, [("ssd", b"t1", b""), ("nas", b"t1", b"DCIM/A")])
    kept = [(desk.run, desk.ids["ssd"], b"t1", b""), (desk.run, desk.ids["nas"], b"t1", b"DCIM/A")]
    assert desk.rows("intent") == kept
    with pytest.raises(sqlite3.IntegrityError):
        runs.intend(desk.db, desk.run, desk.ids, [("ssd", b"t2", b""), ("ssd", b"t1", b"")])
    assert desk.rows("intent") == kept


def test_what_earlier_sessions_of_a_card_or_forgotten_ones_of_others_may_have_left(desk):
    theirs = runs.open_run(desk.db, desk.theirs, 0.5, "boot", "ingest")  # by a clock that had lost its time
    now = runs.open_run(desk.db, desk.card, 4.0, "boot", "ingest")
    runs.intend(desk.db, desk.run, desk.ids, [("ssd", b"a", b""), ("ssd", b"b", b""), ("nas", b"a", b"")])
    runs.intend(desk.db, theirs, desk.ids, [("nas", b"c", b"")])
    runs.intend(desk.db, now, desk.ids, [("nas", b"d", b"")])
    ours = {"ssd": [b"a", b"b"], "nas": [b"a"]}
    assert runs.leftovers(desk.db, desk.card, now) == ours
    assert runs.leftovers(desk.db, desk.card, now, stale=0.5) == ours
    assert runs.leftovers(desk.db, desk.card, now, stale=0.6) == ours | {"nas": [b"a", b"c"]}
    assert runs.leftovers(desk.db, desk.card, desk.run, stale=9.0) == {}
    runs.forget_intents(desk.db, desk.ids["ssd"], [b"a", b"c"])
    assert runs.leftovers(desk.db, desk.card, now) == {"ssd": [b"b"], "nas": [b"a"]}


def test_what_sessions_without_a_card_left_is_theirs_alone(desk):
    runs.intend(desk.db, desk.run, desk.ids, [("ssd", b"of a card", b"")])
    sync = runs.open_run(desk.db, None, 2.0, "boot", "sync")
    runs.intend(desk.db, sync, desk.ids, [("nas", b"of a sync", b"")])
    later = runs.open_run(desk.db, None, 9.0, "boot", "sync")
    runs.intend(desk.db, later, desk.ids, [("nas", b"of this one", b"")])
    assert runs.leftovers_of(desk.db, "sync", later) == {"nas": [b"of a sync"]}
    assert runs.leftovers_of(desk.db, "catalogs", later) == {}
    assert runs.leftovers(desk.db, desk.card, later) == {"ssd": [b"of a card"]}


def test_what_a_session_said_is_kept_in_order_with_or_without_a_session(desk):
    runs.event(desk.db, desk.run, 2.0, "verdict", "{}")
    runs.event(desk.db, None, 1.0, "note", '{"a": 1}')
    assert desk.rows("event") == [(1, desk.run, 2.0, "verdict", "{}"), (2, None, 1.0, "note", '{"a": 1}')]


def test_the_shoots_that_a_session_saw_files_of_newest_first(desk):
    def shoot(name, day):
        return add_shoot(desk.db, name=name, day=day, last_day=day, folder=name.encode(), named_by_user=False, now=1.0)

    def write(number, shoot_id, card, run):
        digest = Digest(number, b"%016d" % number, b"%020d" % number)
        copy = NewCopy(desk.ids["ssd"], b"%d" % number, 7, 8, Method.DIRECT, True, digest.xxh128, 2.0)
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%d" % number, number, 9)
        new = NewFile(file, digest, b"h" * 16, read, (copy,), None, shoot_id, copy.path, "A")
        with desk.transaction():
            record(desk.db, run_id=run, card_id=card, boot_id="b", files=[new], upload=None, now=2.0)

    older, newer, others, earlier = (
        shoot(name, day)
        for name, day in (("a", "2025-01-01"), ("b", "2025-02-01"), ("c", "2025-03-01"), ("d", "2025-04-01"))
    )
    now = runs.open_run(desk.db, desk.card, 4.0, "boot", "ingest")
    for number, to in enumerate((older, newer, newer), start=1):
        write(number, to, desk.card, now)
    write(8, others, desk.theirs, now)
    write(9, earlier, desk.card, desk.run)
    assert [row.id for row in runs.shoots_of_run(desk.db, now, desk.card)] == [newer, older]
