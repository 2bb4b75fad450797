"""What was encrypted for a bucket is written down once and never rewritten."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import ContentDesk, digest

from ingest.errors import LedgerError
from ingest.ledger import seals, uploads
from ingest.ledger.db import open_ledger
from ingest.ledger.seals import Seal, SealBook, sealed_and_plain

SEAL = Seal("a/A.CR3", "a/A.CR3.age", 5, "01" * 20, 300, "02" * 20, "age1abcdefgh")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_a_seal_is_found_by_its_key_and_by_its_name_the_newest_first(path):
    book = SealBook(path, "b")
    first, second = book.write(SEAL, 1.0), book.write(SEAL._replace(sealed_sha1="03" * 20), 2.0)
    assert first.id < second.id
    assert book.of_key("a/A.CR3") == [second, first]
    assert book.of_names(["a/A.CR3.age", "a/B.CR3.age"]) == {"a/A.CR3.age": [second, first]}
    assert book.of_names([]) == {}


def test_each_bucket_has_its_own(path):
    book, other = SealBook(path, "b"), SealBook(path, "c")
    assert book.is_empty()
    assert not path.exists()  # nobody asked for a ledger
    book.write(SEAL, 1.0)
    assert (book.is_empty(), other.is_empty()) == (False, True)
    assert (other.of_key("a/A.CR3"), other.of_names(["a/A.CR3.age"])) == ([], {})


def test_more_names_than_one_statement_takes_are_found(path):
    book = SealBook(path, "b")
    book.write(SEAL._replace(name="n/1999"), 1.0)
    assert list(book.of_names([f"n/{number}" for number in range(2000)])) == ["n/1999"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE seal SET sealed_sha1 = zeroblob(20)",
        "DELETE FROM seal",
        "INSERT OR REPLACE INTO seal SELECT * FROM seal",
    ],
)
def test_seals_are_appended_and_never_rewritten(path, sql):
    SealBook(path, "b").write(SEAL, 1.0)
    with closing(open_ledger(path)) as ledger, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger.execute(sql)


def test_a_ledger_that_cannot_be_used_is_told_as_such(path):
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerError, match="The ledger cannot be used: ") as told:
        SealBook(path, "b").of_key("a/A.CR3")
    assert told.value.path == str(path)


def test_a_question_that_the_ledger_cannot_answer_is_told_as_such_and_lets_go_of_it(path, monkeypatch):
    book = SealBook(path, "b")
    book.write(SEAL, 1.0)
    opened = []

    def broken(where):
        opened.append(open_ledger(where))
        opened[-1].execute("DROP TABLE seal")
        return opened[-1]

    monkeypatch.setattr(seals, "open_ledger", broken)
    with pytest.raises(LedgerError, match="The ledger cannot be used: no such table") as told:
        book.of_key("a/A.CR3")
    assert told.value.path == str(path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_a_seal_is_wanted_while_a_job_that_is_not_sent_wants_its_very_content(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with closing((desk := ContentDesk(path)).db):
        desk.write(1, b"M/a")
        uploads.enqueue(desk.db, 1, "b", "k", 1.0)
        book = SealBook(path, "b")
        wanted = book.write(SEAL._replace(key="k", sha1=digest(1).sha1.hex()), 1.0)
        other = book.write(SEAL._replace(key="k"), 2.0)
        assert [book.is_wanted(seal) for seal in (wanted.id, other.id, 99)] == [True, False, False]
        assert SealBook(path, "another").is_wanted(wanted.id), "in whichever bucket"
        uploads.finish_sent(desk.db, 1, file_id="f", at=2.0)
        assert not book.is_wanted(wanted.id)


def test_what_lies_encrypted_in_a_bucket_is_told_from_what_lies_there_as_it_is(tmp_path):
    with closing((desk := ContentDesk(tmp_path / "ledger.sqlite")).db):
        assert sealed_and_plain(desk.db, "b") == (0, 0)
        for number, file_id in enumerate(("age:1", "age:2", "4_z", "age:3", "age:4", "age:5"), start=1):
            desk.write(number, b"M/%d" % number)
            uploads.enqueue(desk.db, number, "b", str(number), 1.0)
            uploads.finish_sent(desk.db, number, file_id=file_id, at=2.0)
        uploads.finish_checked(desk.db, 2, at=3.0)
        uploads.needs_you(desk.db, 5, "hidden")
        uploads.postpone(desk.db, 6, next_try=1.0, error="gone", counted=False)
        desk.db.execute("UPDATE upload_job SET bucket = 'c' WHERE id = 4")
        assert (sealed_and_plain(desk.db, "b"), sealed_and_plain(desk.db, "c")) == ((2, 1), (1, 0))
