"""A line that is wider than the terminal goes on below its own beginning, at a space and never within a word."""

import re
import unicodedata

_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_START = re.compile(r" *(?:(?:Why|Next): +|! |[^ ]+(?: [^ ]+)? {2,})?")  # `  Why:  `, `✔ ssd          `
_DEEPEST = 20  # columns; what begins further right goes on near the left edge
_NARROWEST = 30
_GLUE = "\0"  # in place of a space; no text that is shown holds one


def width_of(text: str) -> int:
    """Columns on a terminal, colours not counted."""
    shown = _COLOUR.sub("", text)
    if shown.isascii():
        return len(shown)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in shown)


def wrapped(text: str, width: int) -> str:
    """`text` in lines of at most so many columns; a word that is longer than a line stays whole."""
    if width_of(text) <= width or width < _NARROWEST:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, width))


def _pieces(line: str, width: int) -> list[str]:
    start = _START.match(_COLOUR.sub("", line))
    deep = start.end() if start else 0
    hang = " " * (deep if 0 < deep <= _DEEPEST else 2 + len(line) - len(line.lstrip()))
    pieces, now = [], ""
    for gap, word in re.findall(r"( *)([^ ]+)", _glued(line, width - len(hang))):
        if now.strip() and width_of(now + gap + word) > width:
            pieces.append(now)
            now = hang + word
        else:
            now += gap + word
    return [piece.replace(_GLUE, " ") for piece in (*pieces, now)]


def _glued(line: str, room: int) -> str:
    """What stands between two dots (`ssd 29/29 · nas 29/29`) is broken in its middle only where it fits on no line."""
    if " · " not in line:
        return line
    glued = re.sub("(?<=[^ ·]) (?=[^ ])", _GLUE, line)
    return glued if all(width_of(part) <= room for part in glued.split()) else line
