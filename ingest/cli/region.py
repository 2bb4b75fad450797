"""The lines at the bottom of a terminal that stay where they are while other text passes above them, and its keys."""

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.cli.console import printable

_NARROW = 20


class Region:
    """Lines that are drawn anew in place. Without `shown` there are none."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown and os.environ.get("TERM") != "dumb"
        self._lines: list[str] = []

    @property
    def width(self) -> int:
        """Columns that a line may have: one less than the terminal, so that none is broken."""
        try:
            return max(_NARROW, os.get_terminal_size(sys.stderr.fileno()).columns) - 1
        except (OSError, ValueError):
            return 79

    def draw(self, lines: Sequence[str]) -> None:
        """These lines now."""
        lines = [printable(line)[: self.width] for line in lines]
        if self.shown and lines != self._lines:
            self._write(self._away() + "\n".join(lines))
            self._lines = lines

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Something is printed above the lines."""
        lines = self._lines
        self.clear()
        yield
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        self.draw(lines)

    def clear(self) -> None:
        """No lines any more."""
        if self._lines:
            self._write(self._away())
            self._lines = []

    def _away(self) -> str:
        if not self._lines:
            return ""
        up = f"\x1b[{len(self._lines) - 1}A" if len(self._lines) > 1 else ""
        return f"\r{up}\x1b[J"

    @staticmethod
    def _write(text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


class Keys:
    """What is typed. drawn: as it is typed, unseen until we show it, for the line of the question is ours to draw;
    else in whole lines, as the terminal gives them.
    """

    def __init__(self, *, drawn: bool = True) -> None:
        self._before: list[Any] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self.fd: int | None = None
        with contextlib.suppress(ImportError, OSError, ValueError):
            import termios  # not on Windows
            import tty

            fd = sys.stdin.fileno()
            if os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp():  # behind a shell's back nobody can be asked
                if drawn:
                    self._before = termios.tcgetattr(fd)
                    tty.setcbreak(fd)
                self.fd = fd

    def read(self) -> str:
        """What was typed since the last time; does not wait."""
        if self.fd is None:
            return ""
        import select

        try:
            if not select.select([self.fd], [], [], 0)[0]:
                return ""
            data = os.read(self.fd, 1024)
        except OSError:
            data = b""
        if not data:  # the terminal is gone
            self.fd = None
        return self._decoder.decode(data)

    def close(self) -> None:
        """The terminal as it was."""
        if self._before is not None:
            import termios

            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._before)
            self._before = None
