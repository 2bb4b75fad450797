"""A large ledger is gone through by a second process while this one reads the catalog: `python -m` this module.

It is started anew, for a forked one could not open a ledger that its parent holds open (SQLite, "How To Corrupt", 2.6).
It may fail in any way: then this process does it itself, for all that is lost is time.
"""

import contextlib
import marshal
import os
import pickle
import sqlite3
import subprocess
import sys
from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import ingest
from catalog_adapters.uncollected import uncollected
from ingest.ledger.standings import highest_asset, one_state, state_of
from ingest.session.known_files import KnownFiles
from ingest.session.standings import Standings
from ingest.tagging.plain import Claims, Noted, note

# No secrets among them: how names are written, where libraries and SQLite's own temporary files are.
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR", "SQLITE_TMPDIR", "SYSTEMROOT")
_LARGE = 30_000  # contents: below, starting a process takes longer than it saves


class Found(NamedTuple):
    """noted: of all files asked for. standings: of all contents, where these were asked for."""

    noted: Noted
    standings: Standings | None


class Noting:
    """Begun before the catalog is read, asked behind it; meanwhile this connection writes nothing.

    ledger: open, outside of a transaction. shoots: ids, in this order; None for all that a shoot holds.
    bucket: Standings are wanted too, with third copies in it; "" without any, None for no Standings.
    """

    def __init__(
        self, ledger: sqlite3.Connection, shoots: Sequence[int] | None = None, bucket: str | None = None
    ) -> None:
        self._ledger = ledger
        self._process: subprocess.Popen[bytes] | None = None
        self._state = state_of(ledger)
        if highest_asset(ledger) >= _LARGE:
            with contextlib.suppress(OSError, ValueError):
                self._process = _begun((_path_of(ledger), shoots, bucket))

    def result(self) -> Found | None:
        """What it found, inside a transaction; None where that is not what the ledger says in it, or nothing is."""
        process, self._process = self._process, None
        if process is None:
            return None
        answer, _ = process.communicate()
        if process.returncode != 0 or state_of(self._ledger) != self._state:
            return None
        packed, standings = pickle.loads(answer)  # noqa: S301 - our own process wrote it
        return Found(_unpacked(packed), standings)

    def close(self) -> None:
        """End the other process where nobody waited for it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> "Noting":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _begun(question: tuple[str, Sequence[int] | None, str | None]) -> "subprocess.Popen[bytes]":
    packages = os.path.dirname(os.path.dirname(os.path.abspath(ingest.__file__)))
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", __name__),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**inherited, "PYTHONPATH": packages},
        start_new_session=True,  # Ctrl-C is ours to handle
    )
    with contextlib.suppress(BrokenPipeError):  # it ended: `result` sees that
        stdin = process.stdin
        assert stdin is not None
        stdin.write(pickle.dumps(question))
        stdin.close()
        process.stdin = None
    return process


def _path_of(ledger: sqlite3.Connection) -> str:
    return str(ledger.execute("PRAGMA database_list").fetchone()[2])


def _packed(noted: Noted) -> bytes:
    """By marshal, which writes and reads hundreds of thousands of keys in half the time."""
    (of_key, doubtful), places = noted.claims, array("q", noted.claims.of_key.values())
    return marshal.dumps((noted.assets.tobytes(), list(of_key), places.tobytes(), list(doubtful)))


def _unpacked(packed: bytes) -> Noted:
    assets, keys, places, doubtful = marshal.loads(packed)  # noqa: S302 - our own process wrote it
    of_key = dict(zip(keys, array("q", places), strict=True))
    return Noted(array("q", assets), Claims(of_key, set(doubtful)))


@uncollected()
def main() -> None:
    """Answer the question on stdin to stdout; nothing is written into the ledger."""
    path, shoots, bucket = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
    connection = sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True, isolation_level=None)
    with closing(connection) as ledger, one_state(ledger):
        noted = note(KnownFiles(ledger, (), shoots))
        standings = None if bucket is None else Standings(ledger, bucket)
    pickle.dump((_packed(noted), standings), sys.stdout.buffer)


if __name__ == "__main__":
    main()
