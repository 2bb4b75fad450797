"""What was encrypted for a bucket: by these rows alone a ciphertext in a listing is known for the content it holds."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.errors import LedgerError
from ingest.ledger.db import open_ledger
from ingest.ledger.many import ask
from ingest.ledger.upload_owner import still_wanted
from ingest.ledger.uploads import SETTLED

SEALED_ID = "age:"  # begins the file id of an object that lies encrypted in the bucket

_COLUMNS = "key, name, size, lower(hex(sha1)), sealed_size, lower(hex(sealed_sha1)), recipients, id"


class Seal(NamedTuple):
    """One content as it was encrypted. key: as the queue knows it; name: in the bucket. SHA-1s as hex, sizes in bytes.

    recipients: the beginnings of the public keys that it is for, for people. id: 0 before it is written down.
    """

    key: str
    name: str
    size: int
    sha1: str
    sealed_size: int
    sealed_sha1: str
    recipients: str
    id: int = 0


class SealBook:
    """The seals of one bucket in the ledger at `path`. Each question opens it anew, so that any thread may ask.

    Every method raises LedgerError as `open_ledger` does, and when another program holds the ledger for too long.
    """

    def __init__(self, path: Path, bucket: str) -> None:
        self._path, self._bucket = path, bucket

    def write(self, seal: Seal, at: float) -> Seal:
        """Write one down, durably; gives it with its id. at: seconds since 1970 UTC."""
        with self._opened() as ledger:
            cursor = ledger.execute(
                "INSERT INTO seal (bucket, key, name, size, sha1, sealed_size, sealed_sha1, recipients, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._bucket, seal.key, seal.name, seal.size, bytes.fromhex(seal.sha1), seal.sealed_size,
                    bytes.fromhex(seal.sealed_sha1), seal.recipients, at,
                ),
            )  # fmt: skip
            return seal._replace(id=int(cursor.lastrowid or 0))

    def of_key(self, key: str) -> list[Seal]:
        """All that was ever encrypted under a key of the queue, the newest first."""
        with self._opened() as ledger:
            question = f"SELECT {_COLUMNS} FROM seal WHERE bucket = ? AND key = ? ORDER BY id DESC"
            return [Seal(*row) for row in ledger.execute(question, (self._bucket, key))]

    def of_names(self, names: Sequence[str]) -> dict[str, list[Seal]]:
        """Name in the bucket -> its seals, the newest first; without the names that have none."""
        found: dict[str, list[Seal]] = {}
        if names:
            question = f"SELECT {_COLUMNS} FROM asked CROSS JOIN seal ON bucket = column1 AND name = column2"
            with self._opened() as ledger:
                rows = [Seal(*row) for row in ask(ledger, question, [(self._bucket, name) for name in names])]
            for seal in sorted(rows, key=lambda seal: -seal.id):
                found.setdefault(seal.name, []).append(seal)
        return found

    def is_wanted(self, seal_id: int) -> bool:
        """Whether a job that is not sent yet wants what was encrypted so, in whichever bucket."""
        with self._opened() as ledger:
            row = ledger.execute("SELECT bucket, key, lower(hex(sha1)) FROM seal WHERE id = ?", (seal_id,)).fetchone()
            return row is not None and still_wanted(ledger, *row)

    def is_empty(self) -> bool:
        """Whether nothing was ever encrypted for this bucket, as far as is known here."""
        if not self._path.exists():
            return True
        with self._opened() as ledger:
            return not is_any_sealed(ledger, self._bucket)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(open_ledger(self._path)) as ledger:
            try:
                yield ledger
            except sqlite3.Error as error:
                raise LedgerError(f"The ledger cannot be used: {error}", path=str(self._path)) from error


def is_any_sealed(connection: sqlite3.Connection, bucket: str) -> bool:
    """Whether anything was ever encrypted for a bucket."""
    return connection.execute("SELECT 1 FROM seal WHERE bucket = ? LIMIT 1", (bucket,)).fetchone() is not None


def sealed_and_plain(connection: sqlite3.Connection, bucket: str) -> tuple[int, int]:
    """How many files that were sent lie in a bucket (encrypted, as they are)."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(substr(file_id, 1, ?) = ?), 0) FROM upload_job"
        f" WHERE bucket = ? AND {SETTLED} AND state <> 'needs you'",
        (len(SEALED_ID), SEALED_ID, bucket),
    ).fetchone()
    return int(row[1]), int(row[0]) - int(row[1])
