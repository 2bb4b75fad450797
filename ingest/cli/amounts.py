"""Amounts as they are typed: `20m`, `50GB`."""

import re

from ingest.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-z]*)")


def seconds_typed(text: str) -> float:
    """`20m`, `90s`, `1.5h`.

    Raises:
        UsageError: anything else, or nothing at all.
    """
    return _typed(text, _SECONDS, "a time", "20m, 90s or 2h")


def bytes_typed(text: str) -> int:
    """`50GB`, `800 MB`; decimal, as on drives. Raises as `seconds_typed`."""
    return int(_typed(text, _BYTES, "an amount", "50GB or 800MB"))


def _typed(text: str, units: dict[str, int], what: str, like: str) -> float:
    found = _AMOUNT.fullmatch(text.strip().lower())
    amount = float(found[1]) * units[found[2]] if found and found[2] in units else 0.0
    if amount < 1:
        raise UsageError(f"{text!r} is not {what}", hint=f"Like: {like}")
    return amount
