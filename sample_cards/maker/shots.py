"""The story behind the cards: two photographers at one wedding, from 23:40 to 00:20, and who took what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from . import dng, exif, jpeg
from .clips import Clip
from .exif import Camera, Shot
from .scenes import Scene

EVENING = datetime(2025, 6, 14, tzinfo=timezone(timedelta(hours=2)))
"""The day on which the evening began, as wall clock with its zone: summer time in the middle of Europe."""

CANON = Camera("Canon", "Canon EOS R5", "012021000417", "RF50mm F1.2 L USM")
SONY = Camera("SONY", "ILCE-7M4", "04612345", "FE 35mm F1.4 GM")
SECOND_CANON = Camera("Canon", "Canon EOS R6", "043025001188", "RF24-70mm F2.8 L IS USM")

_COLUMNS, _ROWS = 64, 40
_PAIR, _JPEG_ONLY = ("JPG", "DNG"), ("JPG",)
_NOON = 12


def at(clock: str) -> datetime:
    """A time of the story, `23:52:07.18`; the small hours belong to the day after."""
    hour, minute, second = clock.split(":")
    days = 0 if int(hour) >= _NOON else 1
    return EVENING + timedelta(
        days=days, hours=int(hour), minutes=int(minute), milliseconds=round(float(second) * 100) * 10
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph on a card. stem: path without extension. suffixes: the files it consists of."""

    stem: str
    shot: Shot
    suffixes: tuple[str, ...] = _PAIR

    @property
    def name(self) -> str:
        """The stem without its folder, e.g. `IMG_9998`."""
        return self.stem.rpartition("/")[2]

    def content(self, suffix: str) -> bytes:
        """The bytes of one of its files. suffix: `JPG` or `DNG`."""
        return raw(self.shot) if suffix == "DNG" else photograph(self.shot)


@lru_cache(maxsize=64)
def photograph(shot: Shot, columns: int = _COLUMNS, rows: int = _ROWS) -> bytes:
    """The JPEG of a shot. columns, rows: its size in tiles of 8 pixels."""
    block = exif.block(shot, columns * jpeg.TILE, rows * jpeg.TILE)
    return jpeg.encode(Scene(shot.seed), columns, rows, exif=block)


@lru_cache(maxsize=64)
def raw(shot: Shot) -> bytes:
    """The DNG of a shot."""
    return dng.encode(shot)


def _canon(stem: str, clock: str, seed: int, *, orientation: int = 1, suffixes: tuple[str, ...] = _PAIR) -> Picture:
    return Picture(f"DCIM/{stem}", Shot(CANON, at(clock), seed, orientation), suffixes)


def _sony(number: int, clock: str, seed: int, suffixes: tuple[str, ...] = _PAIR) -> Picture:
    shot = Shot(SONY, at(clock), seed, aperture_tenths=14, focal_length=35)
    return Picture(f"DCIM/100MSDCF/DSC{number:05d}", shot, suffixes)


# The counter runs over from 9999 to 0001 into the next folder. After 00:15 the photographer resets it by hand: the
# camera opens 102CANON and begins again at 0001, so that two photographs of one card are called IMG_0001.
CANON_PICTURES = (
    _canon("100CANON/IMG_9994", "23:40:12.18", 1),
    _canon("100CANON/IMG_9995", "23:44:51.07", 2, orientation=8),
    _canon("100CANON/IMG_9996", "23:47:30.62", 3),
    _canon("100CANON/IMG_9997", "23:49:02.33", 4, suffixes=_JPEG_ONLY),
    _canon("100CANON/IMG_9998", "23:52:07.18", 5),
    _canon("100CANON/IMG_9999", "23:52:07.64", 6),
    _canon("101CANON/IMG_0001", "23:58:30.40", 7),
    _canon("101CANON/IMG_0002", "23:59:59.91", 8, orientation=6),
    _canon("101CANON/IMG_0004", "00:04:41.12", 9),
    _canon("101CANON/IMG_0005", "00:11:16.75", 10),
    _canon("101CANON/IMG_0006", "00:14:55.20", 11, suffixes=_JPEG_ONLY),
    _canon("102CANON/IMG_0001", "00:18:03.48", 12),
    _canon("102CANON/IMG_0002", "00:20:00.05", 13, suffixes=_JPEG_ONLY),
)
CANON_CLIP = Clip(seed=21, closed=at("00:01:21"))
MEMO_SPOKEN = at("23:47:41.50")

SONY_PICTURES = (
    _sony(101, "23:41:30.25", 31),
    _sony(102, "23:50:44.10", 32),
    _sony(103, "23:50:44.60", 33, _JPEG_ONLY),
    _sony(104, "23:59:20.88", 34),
    _sony(105, "00:03:08.02", 35, _JPEG_ONLY),
    _sony(106, "00:16:42.47", 36),
)
SONY_CLIPS = {"C0001": Clip(seed=41, closed=at("23:45:11")), "C0002": Clip(seed=42, closed=at("00:08:31"))}

DAMAGED_PICTURES = tuple(
    Picture(f"DCIM/100CANON/IMG_{number:04d}", Shot(SECOND_CANON, at(clock), seed), _JPEG_ONLY)
    for number, clock, seed in ((101, "23:55:02.10", 51), (102, "23:55:40.70", 52), (105, "23:57:13.30", 53))
)
"""The middle one is the one that gets cut short."""
