"""Where the terminal face writes: stdout is the answer, stderr the progress; colour only where it is seen."""

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from ingest.cli.plain import is_plain
from ingest.cloud.keys import without_secrets
from ingest.model.names import display_text

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "bold": "1", "dim": "2"}
_MARK = os.urandom(8).hex()  # of this run, so that no name can hold it; `printable` makes colours of it
_COLOUR = re.compile(f"<{_MARK}:([0-9;]+)>")
_SHAPES = {"safe": ("✔", "[OK]"), "not_yet": ("…", "[..]"), "do_not_format": ("✘", "[!!]"), "warn": ("!", "!")}


@dataclass(frozen=True, slots=True)
class Console:
    """json: every line on stdout is one JSON object. quiet: no progress. plain: for a screen that is read aloud."""

    json: bool = False
    quiet: bool = False
    plain: bool = field(default_factory=is_plain)

    def say(self, text: str = "") -> None:
        """One line of the answer, for people."""
        if not self.json:
            print(self._fitted(printable(text), sys.stdout))

    def line(self, record: dict[str, Any]) -> None:
        """One JSON line of the answer, in ASCII: it goes through any pipe and plays no trick in a terminal."""
        if self.json:
            print(without_secrets(json.dumps(record)), flush=True)

    def note(self, text: str) -> None:
        """To stderr: what is worth seeing but is not the answer."""
        if not self.json:
            print(self._fitted(printable(text), sys.stderr), file=sys.stderr)

    def _fitted(self, text: str, stream: TextIO) -> str:
        """On a terminal no line is wider than it is; elsewhere, and where it is read aloud, a line stays one."""
        if self.plain or not stream.isatty():
            return text
        from ingest.cli.wrapping import wrapped

        return wrapped(text, shutil.get_terminal_size().columns)

    @property
    def shows_bars(self) -> bool:
        """Bars vanish off a terminal, and where the screen is read aloud."""
        return not self.json and not self.quiet and not self.plain and sys.stderr.isatty()

    @property
    def speaks(self) -> bool:
        """Progress is told in sentences, at a calm pace, in place of bars."""
        return self.plain and not self.json and not self.quiet


def printable(text: str) -> str:
    """`text` as it may be shown: no key, and of the names in it nothing moves the cursor or sets a colour."""
    text = without_secrets(text)
    body = text.strip("\n")
    if not body:
        return text
    start, _, end = text.partition(body)
    shown = body if body.isprintable() else display_text(body)
    return start + _COLOUR.sub("\x1b[\\1m", shown) + end


def paint(text: str, *styles: str) -> str:
    """`text` to be said in colour, unless NO_COLOR is set, the screen is read aloud or stdout is no terminal."""
    if os.environ.get("NO_COLOR") or is_plain() or not sys.stdout.isatty():
        return text
    codes = ";".join(_COLOURS[style] for style in styles)
    return f"<{_MARK}:{codes}>{text}<{_MARK}:0>"


def shape(name: str) -> str:
    """The sign of a verdict, in ASCII where it is read aloud or the terminal's encoding has no more."""
    nice, plain = _SHAPES[name]
    if is_plain():
        return plain
    try:
        nice.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return plain
    return nice
