"""Progress on a terminal: lines that tqdm keeps at their places, drawn anew at most ten times a second.

With `--plain` nothing moves: a sentence says how far it is, at each tenth of the way or after half a minute.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from ingest.cli.console import Console
from ingest.cli.pace import Pace
from ingest.cli.tones import ASCII, BLOCKS, Tones
from ingest.progress import Amount, Count, Standing, Tracker

_EVERY = 0.1  # seconds
_TO_END = "\x1b[K"  # clears the rest of the line

Render = Callable[[int], list[str]]  # gets the width; as many lines at every time


class Bars:
    """The lines of one stage at a time; on a screen that is no terminal there are none.

    shown: lines are drawn. spoken: where sentences go in their place, None for nowhere.
    """

    def __init__(self, *, shown: bool, spoken: Callable[[str], None] | None = None) -> None:
        self._shown, self._spoken = shown, spoken
        self._pace = Pace(0.0)
        self._lines: list[Any] = []
        self._next = 0.0
        self._tracker = Tracker({})
        self._said = Standing({}, 0, None)
        self.tones = BLOCKS if knows_blocks() else ASCII

    @classmethod
    def on(cls, console: Console) -> "Bars":
        """As this console shows progress."""
        return cls(shown=console.shows_bars, spoken=console.note if console.speaks else None)

    def begin(self, totals: dict[str, int]) -> None:
        """One bar for each: what is done -> bytes in all."""
        from ingest.cli.screen_progress import simple_line

        self._tracker = Tracker({name: Amount(total) for name, total in totals.items()})
        self._said, self._pace = self._tracker.update(time.monotonic(), {}), Pace(time.monotonic())
        names = list(totals)
        self.draw(lambda width: [simple_line(n, self._said.lanes[n], width, self.tones) for n in names], len(names))

    def show(self, done: dict[str, int]) -> None:
        """Bytes done so far; a bar never jumps back and never passes its end."""
        now = time.monotonic()
        self._said = self._tracker.update(now, {name: Count(n, n) for name, n in done.items()})
        self.redraw()
        if self._spoken and self._pace.is_due(now, self._said.percent):
            from ingest.cli.screen_progress import simple_sentence

            for name, lane in self._said.lanes.items():
                self._spoken(simple_sentence(name, lane))

    def busy(self, title: str) -> None:
        """Something that nobody can count is done now; it is named until the next thing or the end."""
        self.draw(lambda width: [title[:width]], 1)
        if self._spoken:
            self._spoken(f"{title}.")

    def draw(self, render: Render, lines: int) -> None:
        """New lines in place of those before."""
        self.close()
        if self._shown:
            from ingest.cli.lines import Line  # with tqdm, a tenth of a second: by now the card is being read

            self._lines = [Line(render, number) for number in range(lines)]
            self._next = time.monotonic() + _EVERY

    def redraw(self) -> None:
        """What the lines say has changed."""
        now = time.monotonic()
        if self._lines and now >= self._next:
            self._next = now + _EVERY
            for line in self._lines:
                line.refresh()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Something else is printed, above the lines."""
        if not self._lines:
            yield
            return
        with type(self._lines[0]).external_write_mode(file=sys.stderr):
            yield
            sys.stdout.flush()
            sys.stderr.flush()

    def close(self) -> None:
        """Take the lines away."""
        for line in reversed(self._lines):
            line.close()
        if self._lines:
            print("\r" + _TO_END, end="", file=sys.stderr, flush=True)
        self._lines = []


@contextlib.contextmanager
def working(console: Console, title: str) -> Iterator[None]:
    """Something that nobody can count lasts: it is named as long as it does. Nothing may be printed within."""
    bars = Bars.on(console)
    bars.busy(title)
    try:
        yield
    finally:
        bars.close()


def knows_blocks() -> bool:
    """The terminal's characters are UTF-8 by the locale, and what is written there is encoded so.

    Where the locale is C, Python sets LC_CTYPE to C.UTF-8 by itself (PEP 538), which says nothing about the terminal.
    """
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if names[1] == "C.UTF-8":
        names[1] = ""
    locale = next(filter(None, names), "")
    return "utf8" in locale.casefold().replace("-", "") and _can_encode(BLOCKS)


def _can_encode(tones: Tones) -> bool:
    try:
        (tones.proven + tones.copied + tones.to_do).encode(getattr(sys.stderr, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
