"""Drives that are carried elsewhere, as they were seen."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive of the settings. Times in seconds since 1970 UTC.

    is_known: it was added, and bears our mark. is_here: it is plugged in now. since: when it was first seen to be here,
    or away, without a break; None where it never was seen. current: when it last had everything, None for never.
    proven: when the copy that was read back longest ago was; None without one. lacks: files that it does not have.
    """

    name: str
    is_known: bool
    is_here: bool
    since: float | None = None
    current: float | None = None
    proven: float | None = None
    lacks: int = 0


class Advice(StrEnum):
    """What a rotation of drives asks of a person."""

    ADD = "was never added"
    TAKE_AWAY = "take it away"
    BRING = "bring it home"
    UPDATE = "bring it up to date"
    NOTHING_AWAY = "nothing is away"


@dataclass(frozen=True, slots=True)
class Word:
    """One advice. drive: "" where it is about all of them. text: a sentence without its end."""

    advice: Advice
    drive: str
    text: str
