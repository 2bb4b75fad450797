"""What was encrypted for a bucket is written down once and never rewritten."""

import sqlite3
from contextlib import closing

import pytest

from ingest.errors import LedgerError
from ingest.ledger.db import open_ledger
from ingest.ledger.seals import Seal, SealBook

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
    with pytest.raises(LedgerError):
        SealBook(path, "b").of_key("a/A.CR3")
