"""What a button of the page may start: harmless commands of our own, each as a child, each as one would type it.

The list is fixed. Nothing on it deletes, lets go or replaces anything, and no word of a request reaches a command but a
shoot's number and a card that was seen in a reader.
"""

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.model.names import display_text

_KEPT = 8  # errands that ended
_TAIL = 4000  # characters of what it said
_OUTCOMES = {0: ("good", "done"), 10: ("note", "do not format"), 11: ("wait", "not yet"), 130: ("note", "interrupted")}
_SHOWN = 900.0  # seconds for which one that ended is told


@dataclass(frozen=True, slots=True)
class Command:
    """One that a button may start. needs: "card", "shoot" or "" for neither."""

    label: str
    words: tuple[str, ...]
    needs: str = ""


COMMANDS: Mapping[str, Command] = {
    "check": Command("Check", ("check",), "card"),
    "ingest": Command("Copy this card", ("ingest",), "card"),
    "verify": Command("Read the copies again", ("verify",), "shoot"),
    "tag": Command("Read the catalogs again", ("tag",), "shoot"),
    "cloud-run": Command("Send what is queued", ("cloud", "run")),
    "catch-up": Command("Bring what a destination missed", ("catch-up",)),
    "drill": Command("Try the way back", ("drill",)),
    "ledger-backup": Command("Back the ledger up", ("ledger", "backup")),
}


def typed(words: Sequence[str]) -> str:
    """A command as one would type it."""
    return display_text(shlex.join(("safelight", *words)))


@dataclass(eq=False)
class Errand:
    """A command that was started here. root: the card that it is about, "" for none. exit: None while it runs."""

    number: int
    label: str
    words: tuple[str, ...]
    begun: float
    root: str
    process: "subprocess.Popen[bytes]"
    output: IO[bytes]
    exit: int | None = None
    ended: float = 0.0
    said: str = ""

    @property
    def command(self) -> str:
        """As one would type it."""
        return typed(self.words)

    @property
    def outcome(self) -> tuple[str, str]:
        """(level, words) of how it goes or went."""
        if self.exit is None:
            return "wait", "running"
        return _OUTCOMES.get(self.exit, ("note", f"ended with code {self.exit}"))

    @property
    def is_running(self) -> bool:
        """It has not ended yet."""
        return self.exit is None


class Errands:
    """Those of one page. They go on when the page is closed."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        self._home, self._clock = home, clock
        self._number = 0
        self.all: list[Errand] = []

    def start(self, name: str, fact: str = "") -> Errand:
        """Start a command of the list; the same one that still runs is not started again. fact: card or shoot.

        Raises:
            KeyError: there is no such command.
            OSError: it cannot be started.
        """
        command = COMMANDS[name]
        words = (*command.words, fact) if command.needs else command.words
        for errand in self.all:
            if errand.is_running and errand.words == words:
                return errand
        self._number += 1
        output = tempfile.TemporaryFile()  # noqa: SIM115 - a file and no pipe: the child outlives this page
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingest.cli.main", *words],  # -P: the page may stand in a card's folder
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "SAFELIGHT_HOME": str(self._home), "NO_COLOR": "1", "COLUMNS": "80"},
                start_new_session=True,  # Ctrl-C ends the page, not a copy under way
            )
        except OSError:
            output.close()
            raise
        root = fact if command.needs == "card" else ""
        errand = Errand(self._number, command.label, words, self._clock(), root, process, output)
        self.all.append(errand)
        return errand

    def look(self) -> bool:
        """Whether one ended since the last look."""
        changed = False
        for errand in self.all:
            if errand.is_running and errand.process.poll() is not None:
                errand.exit, errand.ended = errand.process.returncode, self._clock()
                errand.said = _tail(errand.output)
                changed = True
        fresh = self._clock() - _SHOWN
        ended = [errand for errand in self.all if not errand.is_running and errand.ended > fresh]
        kept = [errand for errand in self.all if errand.is_running or errand in ended[-_KEPT:]]
        changed |= len(kept) != len(self.all)
        self.all = kept
        return changed

    def running_for(self, root: str) -> list[Errand]:
        """Those under way for a card."""
        return [errand for errand in self.all if errand.is_running and errand.root == root]


def _tail(output: IO[bytes]) -> str:
    with contextlib.suppress(OSError, ValueError), output:
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
        lines = [display_text(line) for line in text.splitlines()]
        return "\n".join(lines)[-_TAIL:].strip("\n")
    return ""
