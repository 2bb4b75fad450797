"""Cells of an untrusted database as plain values, and what was odd about them, counted.

Most columns of these catalogs have no declared type: a rating may come as 5.0, 5, '5' or ''.
"""

import math
import unicodedata
from collections import Counter

LONGEST_NAME = 1000
LONGEST_PATH = 32_000
# Seconds between 1970-01-01 and 2001-01-01, both UTC: the zero point of Lightroom's clocks.
SINCE_2001 = 978_307_200.0
_EXACT = 1 << 53


class Notes:
    """What a reader found odd, as sentences. Counts only, never a row: a catalog holds personal data."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._sentences: dict[str, None] = {}

    def count(self, what: str) -> None:
        """One more case of `what`, e.g. "rating outside 1 to 5, read as not known"."""
        self._counts[what] += 1

    def say(self, sentence: str) -> None:
        """A sentence that holds for the whole catalog; said once."""
        self._sentences[sentence] = None

    def warnings(self) -> tuple[str, ...]:
        """Sentences first, then counts, each in the order of first sight."""
        return (*self._sentences, *(f"{count:,} × {what}" for what, count in self._counts.items()))


def text(value: object, longest: int = LONGEST_NAME) -> str:
    """A cell as text in NFC, cut to `longest` characters; "" for NULL."""
    if type(value) is str and len(value) <= longest and value.isascii():
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value[: longest * 4].decode("utf-8", "replace")
    found = value if isinstance(value, str) else str(value)
    found = found[:longest]
    return found if found.isascii() else unicodedata.normalize("NFC", found)


def number(value: object) -> float | None:
    """A cell as a finite number; None for NULL, '' and everything that is none."""
    if isinstance(value, str):
        try:
            value = float(value[:64])
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def whole(value: object) -> int | None:
    """A cell as an integer a double can hold exactly; None for everything else."""
    if type(value) is int:
        return value if -_EXACT < value < _EXACT else None
    found = value if type(value) is float else number(value)
    return int(found) if found is not None and -_EXACT < found < _EXACT and found.is_integer() else None


def is_false(value: object) -> bool:
    """Editors and other writers store "no" as 0, 0.0, '0', '' or NULL."""
    return value is None or value == "" or number(value) == 0
