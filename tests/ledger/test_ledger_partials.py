"""What the ledger knows of a large file that was interrupted."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import db
from ingest.ledger.db import migrations, open_ledger
from ingest.ledger.partials import KnownPartial, forget_abandoned, forget_partials, partials, remember_chunk
from ingest.ledger.places import remember_card
from ingest.ledger.runs import intend
from ingest.model.cards import CardFile, CardIdentity

CLIP = CardFile(b"PRIVATE/CLIP.MP4", 40 << 30, 17)


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        yield desk


def digest(number):
    return bytes([number]) * 16


def remember(desk, *numbers, file=CLIP, card=None, **temporaries):
    names = {desk.ids[name]: temporary for name, temporary in temporaries.items()}
    for number in numbers:
        with desk.transaction():
            remember_chunk(desk.db, card or desk.card, file, number, digest(number), names)


def test_an_interrupted_clip_is_known_with_its_chunks_and_where_its_beginnings_lie(desk):
    remember(desk, 0, 1, 2, ssd=b"r1-0", nas=b"r1-1")
    assert partials(desk.db, desk.card) == {
        CLIP.path: KnownPartial(
            CLIP.path, CLIP.size, CLIP.mtime_ns, (digest(0), digest(1), digest(2)), {"ssd": b"r1-0", "nas": b"r1-1"}
        )
    }


def test_chunks_count_only_as_far_as_there_is_no_gap(desk):
    remember(desk, 0, 1, 3, 4, ssd=b"t")
    assert partials(desk.db, desk.card)[CLIP.path].chunks == (digest(0), digest(1))


def test_without_the_first_chunk_nothing_can_be_built_upon_but_the_name_is_still_known(desk):
    remember(desk, 1, 2, ssd=b"t")
    known = partials(desk.db, desk.card)[CLIP.path]
    assert (known.chunks, known.temporaries) == ((), {"ssd": b"t"})


@pytest.mark.parametrize("other", [CardFile(CLIP.path, CLIP.size + 1, 17), CardFile(CLIP.path, CLIP.size, 18)])
def test_another_file_under_the_same_name_begins_anew(desk, other):
    remember(desk, 0, 1, 2, ssd=b"old", nas=b"old")
    remember(desk, 0, file=other, ssd=b"new")
    assert partials(desk.db, desk.card) == {
        CLIP.path: KnownPartial(CLIP.path, other.size, other.mtime_ns, (digest(0),), {"ssd": b"new"})
    }


def test_a_later_session_goes_on_under_its_own_temporary_names(desk):
    remember(desk, 0, 1, ssd=b"r1", nas=b"r1")
    remember(desk, 2, ssd=b"r2")
    known = partials(desk.db, desk.card)[CLIP.path]
    assert known.chunks == (digest(0), digest(1), digest(2))
    assert known.temporaries == {"ssd": b"r2", "nas": b"r1"}


def test_a_chunk_that_was_read_again_stands_as_it_was_read_last(desk):
    remember(desk, 0, ssd=b"t")
    with desk.transaction():
        remember_chunk(desk.db, desk.card, CLIP, 0, digest(9), {})
    assert partials(desk.db, desk.card)[CLIP.path].chunks == (digest(9),)


def test_a_clip_that_is_whole_is_forgotten_and_only_that_one(desk):
    other = CardFile(b"PRIVATE/OTHER.MP4", 1 << 30, 3)
    remember(desk, 0, 1, ssd=b"a")
    remember(desk, 0, file=other, ssd=b"b")
    with desk.transaction():
        forget_partials(desk.db, desk.card, [CLIP.path])
    assert list(partials(desk.db, desk.card)) == [other.path]
    assert [row[1] for row in desk.rows("chunk")] == [other.path]


def test_beginnings_that_no_session_intends_any_more_are_forgotten_and_others_are_not(desk):
    theirs = remember_card(desk.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
    remember(desk, 0, ssd=b"r1-tag-0-1", nas=b"r1-tag-0-1")
    remember(desk, 0, card=theirs, ssd=b"r2-tag-0-1")
    intend(desk.db, desk.run, desk.ids, [("nas", b"r1-tag", b"")])
    with desk.transaction():
        forget_abandoned(desk.db)
    assert partials(desk.db, desk.card)[CLIP.path].temporaries == {"nas": b"r1-tag-0-1"}
    assert partials(desk.db, theirs) == {}
    assert desk.db.execute("SELECT DISTINCT card_id FROM chunk").fetchall() == [(desk.card,)]


def test_a_ledger_of_the_first_form_is_brought_up_to_date_with_all_it_holds(tmp_path, monkeypatch):
    path = tmp_path / "ledger.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(db, "migrations", lambda: migrations()[:1])
        EmptyDesk(path).db.close()
    with closing(sqlite3.connect(path)) as raw:
        assert not raw.execute("SELECT 1 FROM sqlite_schema WHERE name = 'chunk'").fetchone()
    with closing(open_ledger(path)) as connection:
        assert connection.execute("SELECT name FROM shoot").fetchall() == [("M",)]
        assert partials(connection, 1) == {}
