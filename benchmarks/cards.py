"""Cards: a mixed one like an evening of work, one of few large files, one of many small; the same bytes each time."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.growing import write_grown

SAMPLES = Path(__file__).resolve().parent.parent / "sample_cards"
_DCIM = SAMPLES / "canon" / "DCIM"
_CLIPS = "PRIVATE/M4ROOT/CLIP"
_FIRST_SHOT = 1_748_727_600_000_000_000  # 2025-05-31 21:40:00 UTC, in ns: the evening passes midnight
_BETWEEN = 38_000_000_000
_RAW, _JPEG, _CLIP = 24_000_000, 6_000_000, 8_000_000
_A_FOLDER = 9999  # the highest number of a DCF folder
LARGE = 30_000_000  # bytes of a file of the card of few large files


def large(card: Path, count: int) -> None:
    """A card of `count` RAW files of 30 MB each, 9,999 a folder."""
    header = (_DCIM / "100CANON/IMG_9994.DNG").read_bytes()
    for number in range(count):
        folder, frame = divmod(number, _A_FOLDER)
        path = card / f"DCIM/{100 + folder}CANON/IMG_{frame + 1:04}.DNG"
        write_grown(path, header, LARGE, number, _FIRST_SHOT + number * _BETWEEN)


def mixed(card: Path, pairs: int = 20) -> int:
    """A card of `pairs` RAW + JPEG (30 MB each) with a counter that runs over, voice memo, sidecar and clip.

    20 pairs are 46 files and about 608 MB. Gives the number of files.
    """
    written = 0
    for number, frame in enumerate(islice(_frames(), pairs)):
        at = _FIRST_SHOT + number * _BETWEEN
        for suffix, size in (("DNG", _RAW), ("JPG", _JPEG)):
            header = (_DCIM / f"100CANON/IMG_999{4 + 2 * (number % 2)}.{suffix}").read_bytes()
            write_grown(card / f"DCIM/{frame}.{suffix}", header, size, 2 * number + (suffix == "JPG"), at)
            written += 1
    for place, source, size in (
        ("DCIM/101CANON/IMG_0001.WAV", "canon/DCIM/100CANON/IMG_9996.WAV", 0),
        ("DCIM/101CANON/IMG_0001.XMP", "canon/DCIM/101CANON/IMG_0002.XMP", 0),
        ("MISC/AUTPRINT.MRK", "canon/MISC/AUTPRINT.MRK", 0),
        (f"{_CLIPS}/C0001.MP4", f"sony/{_CLIPS}/C0001.MP4", _CLIP),
        (f"{_CLIPS}/C0001M01.XML", f"sony/{_CLIPS}/C0001M01.XML", 0),
        ("PRIVATE/M4ROOT/MEDIAPRO.XML", "sony/PRIVATE/M4ROOT/MEDIAPRO.XML", 0),
    ):
        write_grown(card / place, (SAMPLES / source).read_bytes(), size, 9_999_999, _FIRST_SHOT)
        written += 1
    return written


def _frames() -> Iterator[str]:
    yield from (f"100CANON/IMG_{number}" for number in range(9990, 10_000))
    yield from (f"101CANON/IMG_{number:04}" for number in range(1, 10_000))


def many(card: Path, count: int, size: int) -> None:
    """A card of `count` JPEGs of `size` bytes, no two alike, 9,999 a folder; whole pictures from about 20 kB on."""
    head = (_DCIM / "100CANON/IMG_9994.JPG").read_bytes()[: size - 8]
    for number in range(count):
        folder, frame = divmod(number, _A_FOLDER)
        path = card / f"DCIM/{100 + folder}CANON/IMG_{frame + 1:04}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((head + number.to_bytes(8, "big") * (size // 8))[:size])
        at = _FIRST_SHOT + number * 2_000_000_000
        os.utime(path, ns=(at, at))
