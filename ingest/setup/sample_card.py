"""A small made-up card for a rehearsal: twelve pictures that open, each of its own bytes, taken this evening."""

import base64
import hashlib
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

PICTURES = 12
_SIZE = 1_000_000  # bytes of each
_COMMENT = 65_000  # a JPEG's comment holds less than 64 KiB
_GREY = base64.b64decode(  # eight by eight grey points, without its first two bytes
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
    "eFxlZ2P/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)[2:]
_FIELD = struct.Struct("<HHII")
_ASCII, _LONG = 2, 4


def make_card(folder: Path, now: float) -> None:
    """Write it below `folder`, which is made. now: seconds since 1970 UTC; the pictures are of the hour before."""
    pictures = folder / "DCIM" / "100TRIAL"
    pictures.mkdir(parents=True)
    for number in range(1, PICTURES + 1):
        taken = int(now) - 3600 + number * 60
        path = pictures / f"IMG_{number:04}.JPG"
        path.write_bytes(b"".join(_picture(number, taken)))
        os.utime(path, (taken, taken))


def _picture(number: int, taken: int) -> Iterator[bytes]:
    yield b"\xff\xd8"
    exif = _exif(time.strftime("%Y:%m:%d %H:%M:%S", time.localtime(taken)))
    yield b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    noise = hashlib.shake_128(f"rehearsal {number} {taken}".encode()).digest(_SIZE)
    for start in range(0, _SIZE, _COMMENT):
        part = noise[start : start + _COMMENT]
        yield b"\xff\xfe" + struct.pack(">H", len(part) + 2) + part
    yield _GREY


def _exif(taken: str) -> bytes:
    """Camera and time of capture, and no more. Source: CIPA DC-008, TIFF 6.0."""
    model, moment = b"Rehearsal\0", taken.encode() + b"\0"
    first, second = 8, 8 + 2 + 2 * _FIELD.size + 4
    texts = second + 2 + _FIELD.size + 4
    return b"".join(
        (
            b"Exif\0\0II*\0", struct.pack("<I", first),
            struct.pack("<H", 2), _FIELD.pack(0x0110, _ASCII, len(model), texts),
            _FIELD.pack(0x8769, _LONG, 1, second), struct.pack("<I", 0),
            struct.pack("<H", 1), _FIELD.pack(0x9003, _ASCII, len(moment), texts + len(model)), struct.pack("<I", 0),
            model, moment,
        )
    )  # fmt: skip
