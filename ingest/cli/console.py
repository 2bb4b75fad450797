"""Where the terminal face writes: stdout is the answer, stderr the progress; colour only where it is seen."""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "bold": "1", "dim": "2"}
_SHAPES = {"safe": ("✔", "[OK]"), "not_yet": ("…", "[..]"), "do_not_format": ("✘", "[!!]"), "warn": ("!", "!")}


@dataclass(frozen=True, slots=True)
class Console:
    """json: every line on stdout is one JSON object. quiet: no progress."""

    json: bool = False
    quiet: bool = False

    def say(self, text: str = "") -> None:
        """One line of the answer, for people."""
        if not self.json:
            print(text)

    def line(self, record: dict[str, Any]) -> None:
        """One JSON line of the answer."""
        if self.json:
            print(json.dumps(record, ensure_ascii=False), flush=True)

    def note(self, text: str) -> None:
        """To stderr: what is worth seeing but is not the answer."""
        if not self.json:
            print(text, file=sys.stderr)

    @property
    def shows_bars(self) -> bool:
        """Bars vanish off a terminal."""
        return not self.json and not self.quiet and sys.stderr.isatty()


def paint(text: str, *styles: str) -> str:
    """`text` in colour, unless NO_COLOR is set or stdout is no terminal."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    codes = ";".join(_COLOURS[style] for style in styles)
    return f"\x1b[{codes}m{text}\x1b[0m"


def shape(name: str) -> str:
    """The sign of a verdict, in ASCII where the terminal's encoding has no more."""
    nice, plain = _SHAPES[name]
    try:
        nice.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return plain
    return nice
