"""The verdict's row as it is kept and read again, and what is written with it in one transaction."""

import sqlite3

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.places import remember_card
from ingest.ledger.verdicts import VerdictFile, VerdictRow, last_verdict, record_verdict
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead

PRINT = b"f" * 16


@pytest.fixture
def desk(tmp_path):
    return EmptyDesk(tmp_path / "ledger.sqlite")


def proven(desk):
    """The asset of DCIM/A.JPG, with a proven copy on both destinations."""
    digest = Digest(5, b"x" * 16, b"s" * 20)
    copies = tuple(
        NewCopy(i, b"2025/M/A.JPG", 7, 8, Method.DIRECT, True, digest.xxh128, 2.0) for i in desk.ids.values()
    )
    read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
    new = NewFile(CardFile(b"DCIM/A.JPG", 5, 8), digest, b"h" * 16, read, copies, None, desk.shoot, copies[0].path, "A")
    with desk.transaction():
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="boot", files=[new], upload=None, now=2.0)
    return desk.db.execute("SELECT id FROM asset").fetchone()[0]


def give(desk, level, files, *, card=None, at=3.0, states=None, body="{}"):
    return record_verdict(
        desk.db,
        run_id=desk.run,
        card_id=card or desk.card,
        level=level,
        at=at,
        fingerprint=PRINT,
        devices_required=2,
        files=files,
        total=len(files),
        body=body,
        states=states,
    )


def test_a_verdict_and_its_files_are_kept_as_they_were_given(desk):
    asset = proven(desk)
    files = [VerdictFile(b"DCIM/A.JPG", asset), VerdictFile(b".DS_Store", None, ".DS_Store")]
    assert give(desk, "safe", files, body='{"a": 1}') == 1
    assert desk.rows("verdict_file") == [(1, b".DS_Store", None, ".DS_Store"), (1, b"DCIM/A.JPG", asset, "")]
    assert desk.rows("verdict") == [(1, desk.run, desk.card, "safe", 3.0, PRINT, 2, 2, '{"a": 1}')]
    assert last_verdict(desk.db, desk.card) == VerdictRow(1, desk.card, "safe", 3.0, PRINT, 2, '{"a": 1}')


def test_the_last_verdict_of_a_card_is_its_newest_and_no_other_cards(desk):
    other = remember_card(desk.db, CardIdentity("5678", "EOS", 64), "exfat", 1.0)
    assert [give(desk, "not_yet", [], at=3.0), give(desk, "do_not_format", [], at=2.0)] == [1, 2]
    assert give(desk, "not_yet", [], card=other, at=4.0) == 3
    assert last_verdict(desk.db, desk.card) == VerdictRow(2, desk.card, "do_not_format", 2.0, PRINT, 0, "{}")
    assert last_verdict(desk.db, other) == VerdictRow(3, other, "not_yet", 4.0, PRINT, 0, "{}")
    assert last_verdict(desk.db, 99) is None


def test_safe_cannot_rest_on_a_copy_that_the_same_look_found_gone_and_the_refusal_writes_nothing(desk):
    asset = proven(desk)
    gone = desk.db.execute("SELECT min(id) FROM copy").fetchone()[0]
    files = [VerdictFile(b"DCIM/A.JPG", asset)]
    with pytest.raises(sqlite3.IntegrityError, match="SAFE"):
        give(desk, "safe", files, states={gone: "lost"})
    assert desk.db.execute("SELECT DISTINCT state FROM copy").fetchall() == [("proven",)]
    assert desk.rows("verdict_file") == desk.rows("verdict") == []
    assert give(desk, "not_yet", files, states={gone: "lost"}) == 1
    states = desk.db.execute("SELECT id = ?, state FROM copy ORDER BY 1 DESC", (gone,)).fetchall()
    assert states == [(1, "lost"), (0, "proven")]
