"""A reader against a busy writer in another process, in every journal mode."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from snapshot_documents import look
from snapshot_writer import ROWS

from catalog_adapters import sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, Reason

WRITER = Path(__file__).with_name("snapshot_writer.py")
READS = int(os.environ.get("SAFELIGHT_SNAPSHOT_READS", "200"))


@pytest.fixture(params=["WAL", "DELETE", "PERSIST", "TRUNCATE"])
def written(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    """A document another process writes in bursts."""
    path = home / "busy.db"
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(request.param)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        try:
            yield path
        finally:
            writer.kill()


def counter(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    query = "SELECT value, substr(filler, 1, 1), count(*) FROM counter GROUP BY value, filler"
    rows: list[tuple[int, str, int]] = connection.execute(query).fetchall()
    return rows


def attempts(path: Path, scratch: Path) -> Iterator[list[tuple[int, str, int]] | Reason]:
    """What each try gave, both routes in turn: the rows, or why there were none."""
    for turn in range(READS):
        try:
            yield look(path, scratch, counter, alive=turn % 2 == 0).data
        except CatalogUnreadable as error:
            yield error.reason


def test_a_busy_writer_is_never_read_half_way(written: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try gives one whole transaction, or says that there was none to be had."""
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        time.sleep(seconds / 50)

    monkeypatch.setattr(sqlite_snapshot, "time", SimpleNamespace(sleep=sleep))
    seen = []
    for found in attempts(written, scratch):
        if isinstance(found, Reason):
            assert found is Reason.UNSTABLE
            continue
        ((value, digit, rows),) = found
        assert rows == ROWS
        assert digit == ("x" if value == 0 else str(value % 10))
        seen.append(value)
    print(f"{len(seen)} whole states of {READS} tries, {len(set(seen))} different; {len(looks)} looks")
    assert seen
    assert seen == sorted(seen)
    assert os.listdir(scratch) == []
    beside = {path.name for path in written.parent.iterdir()}
    assert beside <= {"busy.db", "busy.db-wal", "busy.db-shm", "busy.db-journal"}
