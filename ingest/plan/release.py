"""May the working copies of a shoot go? Only while enough others of each file were seen to be right a moment ago.

What must be left is what is left of the 3-2-1 rule without them: two copies, one of them off-site where there is a
bucket, else on two devices.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

FRESH = 86400.0  # seconds; a release reads the other copies before it asks, which takes hours for a large shoot


class Other(NamedTuple):
    """A copy elsewhere that is proven. at: when it was last read back, seconds since 1970 UTC."""

    place: str
    device: str
    at: float


class Holding(NamedTuple):
    """A file on the primary and what else there is of it. checked: whether the bucket was seen to hold it."""

    path: bytes
    size: int
    others: tuple[Other, ...]
    checked: bool


class Doubt(StrEnum):
    """Why a file has to stay."""

    NO_OTHER = "no other copy of it is proven"
    OLD = "its other copies were not read back just now"
    NO_THIRD = "its copy off-site is not there yet, or not checked"
    ONE_DEVICE = "all other copies are on one device, and none is off-site"


def doubt_of(holding: Holding, now: float, *, wants_third: bool) -> Doubt | None:
    """None where it may go. wants_third: there is a bucket in the settings."""
    if not holding.others:
        return Doubt.NO_OTHER
    devices = {other.device for other in holding.others if 0 <= now - other.at < FRESH}
    if not devices:
        return Doubt.OLD
    if wants_third:
        return None if holding.checked else Doubt.NO_THIRD
    return None if len(devices) >= 2 else Doubt.ONE_DEVICE


def doubts(holdings: Iterable[Holding], now: float, *, wants_third: bool) -> dict[Doubt, list[bytes]]:
    """Why not, with the files it is so of; empty where all may go."""
    found: dict[Doubt, list[bytes]] = {}
    for holding in holdings:
        doubt = doubt_of(holding, now, wants_third=wants_third)
        if doubt is not None:
            found.setdefault(doubt, []).append(holding.path)
    return found
