"""Commands with a real terminal around them: what one shows from begin to end, and one that is talked with."""

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, "-m", "ingest.cli.main")
PATIENCE = 60.0  # seconds, against a test that waits for ever
CTRL_C = "\x03"
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What colours the screen or moves its cursor."""


def opened(columns: int = 80) -> tuple[int, int]:
    """(our side, their side) of a new terminal of 24 lines."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    return ours, theirs


def takes_the_terminal() -> None:
    """In a child that leads a session of its own, before its program begins: Ctrl-C at its stdin is for it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def shown_by(
    command: Sequence[str], *, columns: int = 80, env: Mapping[str, str] | None = None, stderr: int | None = None
) -> tuple[int, str]:
    """(exit code, all that came to a terminal, as it came). stderr: where it goes instead, for one."""
    ours, theirs = opened(columns)
    errors = theirs if stderr is None else stderr
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=errors, env=env)
    os.close(theirs)
    got = b""
    while piece := _read(ours):
        got += piece
    os.close(ours)
    return process.wait(), got.decode()


class Terminal:
    """A command with a terminal of 80 columns around it. screen: all that was shown, without colours and moves."""

    def __init__(self, home: Path, *words: str, **environment: str) -> None:
        self._ours, theirs = opened()
        env = {**os.environ, "SAFELIGHT_HOME": str(home), "HOME": str(home.parent), "TERM": "xterm", **environment}
        env |= {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(home.parent / ".config")}
        self._child = subprocess.Popen(
            [*PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=ROOT, start_new_session=True,
            preexec_fn=takes_the_terminal,
        )  # fmt: skip
        os.close(theirs)
        self.screen, self._seen = "", 0

    def until(self, text: str) -> str:
        """Wait for it, wherever its lines end; gives what was shown since what was waited for before."""
        began, start = time.monotonic(), self._seen
        wanted = re.compile(r"[\s!]+".join(map(re.escape, text.split(" "))))
        while not (found := wanted.search(self.screen, start)):
            assert time.monotonic() - began < PATIENCE, f"no {text!r} in {self.screen!r}"
            piece = self._more(0.5)
            assert piece is not None, f"ended without {text!r}: {self.screen!r}"
            self.screen += piece
        self._seen = found.end()
        return self.screen[start : self._seen]

    def answers(self, text: str) -> None:
        """Type it, and Enter behind it."""
        os.write(self._ours, text.encode() + b"\r" * (text != CTRL_C))

    def ends(self) -> int:
        """Wait for the end; gives the exit code."""
        began = time.monotonic()
        while (piece := self._more(0.5)) is not None:
            self.screen += piece
            assert time.monotonic() - began < PATIENCE, self.screen
        os.close(self._ours)
        return self._child.wait(PATIENCE)

    def _more(self, seconds: float) -> str | None:
        """What came, "" for nothing in so long, None at the end."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return ""
        data = _read(self._ours)
        return MOVES.sub("", data.decode(errors="replace")) if data else None


class OwnTerminal:
    """A terminal of 80 columns for a command that others start. said: all that came to it, without moves."""

    def __init__(self) -> None:
        self._ours, self.slave = opened()
        self._raw = b""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while more := _read(self._ours):
            self._raw += more

    @property
    def said(self) -> str:
        return MOVES.sub("", self._raw.decode()).replace("\r", "\n")

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def options(self) -> dict[str, Any]:
        """How a child gets it as its own terminal."""
        theirs = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave}
        return {"start_new_session": True, "preexec_fn": takes_the_terminal, **theirs}


def _read(fd: int) -> bytes:
    """What came next; b"" when nobody holds the other side any more."""
    try:
        return os.read(fd, 1 << 16)
    except OSError:
        return b""
