"""Tries to read a document while another process writes it at full speed; each gives a whole state, or says why not.

A torn state shows at once: every transaction keeps several sums. What the reader left beside the document shows while
the writer is halted: then nothing may differ after a try, not even a time, an inode or one byte.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from catalog_files import NOW
from snapshot_transfers import ACCOUNTS, TOTAL, second_of

from catalog_adapters import pair, sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.pair import observe_pair
from catalog_adapters.sqlite_snapshot import observe

WRITER = Path(__file__).with_name("snapshot_transfers.py")
MODES = ("WAL", "DELETE", "PERSIST", "TRUNCATE", "PAIR")
_SHORTER = 50  # pauses between looks, so that thousands of tries take minutes
_BESIDE = {"", "-wal", "-shm", "-journal"}


@dataclass(frozen=True)
class Books:
    """What one consistent state of a database says."""

    accounts: int
    total: int
    weighted: int
    turns: int
    said_weighted: int
    newest: int
    kept: int

    def must_add_up(self) -> None:
        assert (self.accounts, self.total) == (ACCOUNTS, TOTAL), self
        assert (self.weighted, self.newest) == (self.said_weighted, self.turns), self
        assert self.kept == min(self.turns + 1, 5), self


def books(connection: sqlite3.Connection) -> Books:
    accounts = connection.execute("SELECT count(*), sum(amount), sum(id * amount) FROM account").fetchone()
    [book] = connection.execute("SELECT turns, weighted FROM book").fetchall()
    return Books(*accounts, *book, *connection.execute("SELECT max(number), count(*) FROM turn").fetchone())


@dataclass
class Storm:
    """One document under a writer, and what the tries gave. looks: how often it was looked at; a try has up to 3 or,
    for a pair, up to 4 times as many."""

    path: Path
    mode: str
    scratch: Path
    writer: subprocess.Popen[str]
    tries: int = 0
    looks: int = 0
    turns: list[int] = field(default_factory=list)
    refused: list[Reason] = field(default_factory=list)

    @property
    def words(self) -> str:
        return (
            f"{self.mode}: {self.tries:,} tries, {len(self.turns):,} whole states ({len(set(self.turns)):,} different),"
            f" {self.looks - self.tries:,} looks more than tries, {len(self.refused):,} refused"
        )

    def attempt(self, *, alive: bool) -> None:
        """One try; its sums must add up."""
        self.tries += 1
        options = ReadOptions(scratch=self.scratch)
        try:
            if self.mode == "PAIR":
                second = Path(second_of(str(self.path)))
                found, other = observe_pair(self.path, _both, second, books, alive=alive, now=NOW, options=options).data
                other.must_add_up()
                assert found == other
            else:
                found = observe(self.path, books, alive=alive, now=NOW, options=options).data
        except CatalogUnreadable as error:
            if error.reason is not Reason.UNSTABLE:
                raise
            self.refused.append(error.reason)
            return
        found.must_add_up()
        self.turns.append(found.turns)

    def run(self, tries: int) -> None:
        """So many tries, both routes in turn."""
        for number in range(tries):
            self.attempt(alive=number % 2 == 0)
        assert self.turns == sorted(self.turns)
        self.nothing_else_is_there()

    def run_halted(self, tries: int, chance: random.Random) -> None:
        """So many tries, each with the writer halted anywhere; nothing may differ behind it, and all must be told."""
        for number in range(tries):
            time.sleep(chance.random() / 300)
            with self._halted():
                before = state(self.path.parent)
                self.attempt(alive=number % 2 == 0)
                assert state(self.path.parent) == before
        self.nothing_else_is_there()

    def nothing_else_is_there(self) -> None:
        assert os.listdir(self.scratch) == []
        names = {self.path.name, Path(second_of(str(self.path))).name}
        assert {path.name for path in self.path.parent.iterdir()} <= {f"{n}{end}" for n in names for end in _BESIDE}

    @contextmanager
    def _halted(self) -> Iterator[None]:
        self.writer.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.writer.pid, os.WSTOPPED)
        try:
            yield
        finally:
            self.writer.send_signal(signal.SIGCONT)


def _both(connection: sqlite3.Connection, other: Books | None) -> tuple[Books, Books]:
    assert other
    return books(connection), other


def state(folder: Path) -> dict[str, tuple[int, int, int, int, bytes]]:
    """Everything in a folder, itself included: (mode, size, mtime in ns, inode, bytes)."""
    found = {}
    for path in (folder, *sorted(folder.iterdir())):
        status = path.stat()
        data = path.read_bytes() if path != folder else b""
        found[path.name] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, data)
    return found


@contextmanager
def storm(folder: Path, mode: str, rest: int, patch: pytest.MonkeyPatch) -> Iterator[Storm]:
    """A document in `folder` that another process writes; it is killed at the end, and what was counted is printed."""
    home, scratch = folder / "catalogs", folder / "scratch"
    home.mkdir()
    scratch.mkdir()
    path = home / "busy.db"
    words = [sys.executable, str(WRITER), str(path), mode, str(rest)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        try:
            assert writer.stdout.readline() == "ready\n"
            running = Storm(path, mode, scratch, writer)
            _count_looks(running, patch)
            yield running
            assert writer.poll() is None, "the writer ended by itself"
        finally:
            writer.kill()
    print(running.words)


def _count_looks(running: Storm, patch: pytest.MonkeyPatch) -> None:
    """Each look begins with a pause: counted, and made shorter."""

    def counting(real: Callable[[float], None]) -> SimpleNamespace:
        def sleep(seconds: float) -> None:
            running.looks += 1
            real(seconds / _SHORTER)

        return SimpleNamespace(sleep=sleep)

    chosen = pair if running.mode == "PAIR" else sqlite_snapshot
    patch.setattr(chosen, "time", counting(time.sleep))
    if chosen is pair:
        patch.setattr(sqlite_snapshot, "time", SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / _SHORTER)))
