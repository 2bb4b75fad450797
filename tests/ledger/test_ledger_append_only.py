"""What the database itself refuses: rewriting evidence, and SAFE on old, foreign or half evidence."""

import sqlite3

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.runs import end_run, event
from ingest.ledger.verdicts import VerdictFile, record_verdict
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead

DIGEST = Digest(5, b"x" * 16, b"s" * 20)


class Desk(EmptyDesk):
    """One file, proven on both destinations."""

    def __init__(self, path):
        super().__init__(path)
        copies = tuple(
            NewCopy(self.ids[n], b"2025/M/A", 7, 8, Method.DIRECT, True, DIGEST.xxh128, 2.0) for n in self.ids
        )
        read = SourceRead(1, DIGEST.xxh128, Method.CACHED, 1.5)
        new = NewFile(CardFile(b"DCIM/A", 5, 8), DIGEST, b"h" * 16, read, copies, None, self.shoot, b"2025/M/A", "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)
            event(self.db, self.run, 1.0, "verdict", "{}")

    def safe(self, path=b"DCIM/A", devices=2):
        return record_verdict(
            self.db, run_id=self.run, card_id=self.card, level="safe", at=3.0, fingerprint=b"f" * 16,
            devices_required=devices, files=[VerdictFile(path, 1)], total=1, body="{}",
        )  # fmt: skip

    def proof(self, **changes):
        row = {"copy_id": 1, "at": 3.0, "boot_id": "b", "method": "direct", "matched": 1, "xxh128": DIGEST.xxh128}
        names = ", ".join(row)
        values = tuple((row | changes).values())
        self.db.execute(f"INSERT INTO proof ({names}) VALUES (?, ?, ?, ?, ?, ?)", values)


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path / "ledger.sqlite")
    yield made
    made.db.close()


@pytest.mark.parametrize(
    "sql",
    [
        f"{verb} {rest}"
        for table in ("proof", "source_read", "verdict", "verdict_file", "event")
        for verb, rest in (("DELETE FROM", table), ("UPDATE", f"{table} SET rowid = 9"))
        if not (table == "verdict_file" and "rowid" in rest)  # it has none
    ]
    + [
        "UPDATE verdict_file SET path = x'42'",
        "DELETE FROM asset",
        "DELETE FROM copy",
        "DELETE FROM run",
        "UPDATE copy SET asset_id = 2",
        "UPDATE copy SET path = x'42'",
        "UPDATE run SET card_id = 2",
        "UPDATE run SET state = 'open', ended = NULL",
        "INSERT INTO verdict_file (verdict_id, path, asset_id) VALUES (1, x'42', 1)",
        "INSERT OR REPLACE INTO proof SELECT * FROM proof WHERE id = 1",
        "INSERT OR REPLACE INTO verdict SELECT * FROM verdict",
        "INSERT OR REPLACE INTO asset SELECT * FROM asset",
    ],
)
def test_evidence_is_appended_and_never_rewritten(desk, sql):
    desk.safe()
    with desk.transaction():
        end_run(desk.db, desk.run, 4.0, interrupted=False)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|never goes|stays what it is|ends once"):
        desk.db.execute(sql)


@pytest.mark.parametrize("now", [{"matched": 0, "xxh128": b"y" * 16}, {"method": "cached"}])
def test_an_older_proof_does_not_carry_a_copy_or_a_verdict_over_a_newer_look_that_did_not_prove_it(desk, now):
    desk.proof(**now)
    with pytest.raises(sqlite3.IntegrityError, match="only by a matching proof"):
        desk.db.execute("UPDATE copy SET state = 'proven' WHERE id = 1")
    with pytest.raises(sqlite3.IntegrityError, match="SAFE without two proven copies"):
        desk.safe()
    desk.proof()
    assert desk.safe() == 1


def test_safe_needs_that_the_file_was_read_from_this_very_card(desk):
    with pytest.raises(sqlite3.IntegrityError, match="not read from this card"):
        desk.safe(path=b"DCIM/B")
    assert desk.safe() == 1


def test_a_place_whose_device_nobody_knows_is_no_second_device(desk):
    desk.db.execute("UPDATE destination SET device = '' WHERE name = 'nas'")
    with pytest.raises(sqlite3.IntegrityError, match="on enough devices"):
        desk.safe()
    assert desk.safe(devices=1) == 1
