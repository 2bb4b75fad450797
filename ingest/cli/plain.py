"""`--plain`: the screen is read aloud, or by a program that knows no cursor. Whole lines, ASCII shapes, no colour."""

import os
import sys
from collections.abc import Sequence

OPTION = "--plain"
VARIABLE = "SAFELIGHT_PLAIN"


def is_plain() -> bool:
    """Asked for on the command line, before or behind the verb, or by the environment (`0` and nothing mean no)."""
    return without_plain(sys.argv[1:]) != sys.argv[1:] or os.environ.get(VARIABLE, "") not in ("", "0")


def without_plain(words: Sequence[str]) -> list[str]:
    """The words of a command line but `--plain`; behind `--` every word is a name."""
    end = words.index("--") if "--" in words else len(words)
    return [*(word for word in words[:end] if word != OPTION), *words[end:]]
