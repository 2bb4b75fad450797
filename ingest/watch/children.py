"""The command itself as a child process: it is begun, what it says is read along, it is told to end as by Ctrl-C.

What it says goes through a file that no name leads to any more: a watcher that is slow or killed holds up no session,
as a pipe would.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LAST_LINES = 3
_POLL = 0.05


def command_of(home: Path, words: Sequence[str]) -> list[str]:
    """How the command is typed by us, and by the system. -P: a card's own folder, should somebody stand in it, or the
    folder in which the system starts us, is no place for modules.
    """
    return [sys.executable, "-P", "-m", "ingest.cli.main", "--home", str(home.absolute()), *words]


class Child:
    """A command under way. words: as they are typed behind `safelight`; they ask for JSON lines.

    It leads a session of its own: Ctrl-C at this terminal reaches the watcher alone, which tells it.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, home: Path, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._rest = b""
        self._said = _Told()
        self._complained = _Told()
        try:
            self._process = subprocess.Popen(
                command_of(home, words),
                stdin=subprocess.DEVNULL,
                stdout=self._said.end,
                stderr=self._complained.end,
                start_new_session=True,
            )
        except BaseException:
            self.close()
            raise
        finally:
            self._said.shut_end()
            self._complained.shut_end()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines that it said since the last time."""
        *whole, self._rest = (self._rest + self._said.read()).split(b"\n")
        found = []
        for line in whole:
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    found.append(record)
        return found

    def last_words(self) -> str:
        """The end of what it complained of, in one line."""
        text = self._complained.read().decode("utf-8", "backslashreplace")
        return " ".join(line.strip() for line in text.splitlines()[-_LAST_LINES:])

    def tell(self) -> None:
        """As by Ctrl-C: it ends in order. On Windows it is killed, which costs nothing either."""
        with contextlib.suppress(OSError):
            self._process.terminate()

    def kill(self) -> None:
        """At once."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most so many seconds."""
        until = time.monotonic() + seconds
        while self.code() is None and time.monotonic() < until:
            time.sleep(_POLL)
        return self.code() is not None

    def close(self) -> None:
        """It ended, and nothing of it is asked any more."""
        self._said.close()
        self._complained.close()


class _Told:
    """A file that one process writes and another one reads along."""

    def __init__(self) -> None:
        self.end, self._path = tempfile.mkstemp(prefix="safelight-")
        self._is_open = True
        self._read = os.open(self._path, os.O_RDONLY)
        self._forget()

    def read(self) -> bytes:
        found = b""
        while more := os.read(self._read, 1 << 16):
            found += more
        return found

    def shut_end(self) -> None:
        """The child has its own."""
        if self._is_open:
            self._is_open = False
            os.close(self.end)

    def close(self) -> None:
        self.shut_end()
        with contextlib.suppress(OSError):
            os.close(self._read)
        self._forget()

    def _forget(self) -> None:
        with contextlib.suppress(OSError):  # Windows lets no open file go
            os.unlink(self._path)
