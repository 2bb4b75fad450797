"""Progress on a terminal: lines that tqdm keeps at their places, drawn anew at most ten times a second."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tqdm import tqdm

from ingest.cli.screen_progress import ASCII, BLOCKS, Tones, simple_line
from ingest.progress import Amount, Count, Standing, Tracker

_EVERY = 0.1  # seconds
_WIDTH = 79  # where the terminal does not tell
_TO_END = "\x1b[K"  # clears the rest of the line, also where it was longer before the window became narrower

Render = Callable[[int], list[str]]  # gets the width; as many lines at every time


class _Line(tqdm):  # type: ignore[type-arg]
    """One line; its text is made when it is drawn, for the width that the terminal has then."""

    monitor_interval = 0  # no thread of tqdm's: workers are forked while lines are shown

    def __init__(self, render: Render, number: int) -> None:
        self._render, self._number, self._drawn = render, number, 0
        super().__init__(total=1, position=number, leave=False, dynamic_ncols=True, file=sys.stderr)

    def __str__(self) -> str:
        width = self.format_dict["ncols"] or _WIDTH
        if width != self._drawn:
            self.sp, self._drawn = self.status_printer(self.fp), width
        return self._render(width)[self._number] + _TO_END


class Bars:
    """The lines of one stage at a time; on a screen that is no terminal there are none."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._lines: list[Any] = []
        self._next = 0.0
        self._tracker = Tracker({})
        self._said = Standing({}, 0, None)
        self.tones = BLOCKS if knows_blocks() else ASCII

    def begin(self, totals: dict[str, int]) -> None:
        """One bar for each: what is done -> bytes in all."""
        self._tracker = Tracker({name: Amount(total) for name, total in totals.items()})
        self._said = self._tracker.update(time.monotonic(), {})
        names = list(totals)
        self.draw(lambda width: [simple_line(n, self._said.lanes[n], width, self.tones) for n in names], len(names))

    def show(self, done: dict[str, int]) -> None:
        """Bytes done so far; a bar never jumps back and never passes its end."""
        self._said = self._tracker.update(time.monotonic(), {name: Count(n, n) for name, n in done.items()})
        self.redraw()

    def draw(self, render: Render, lines: int) -> None:
        """New lines in place of those before."""
        self.close()
        if self._shown:
            tqdm.set_lock(threading.RLock())  # tqdm's own is shared between processes, which is not needed here
            self._lines = [_Line(render, number) for number in range(lines)]
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
        with _Line.external_write_mode(file=sys.stderr):
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
