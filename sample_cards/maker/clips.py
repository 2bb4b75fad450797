"""A small MP4 that really plays: one track of motion JPEG frames.

Source: ISO/IEC 14496-12 (boxes), 14496-14 (`mp4v`, `esds`), 14496-1 (descriptors; object type 0x6C is JPEG).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from . import jpeg
from .scenes import Scene

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNITY_MATRIX = struct.pack(">9l", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UND = 0x55C4
_OBJECT_TYPE_JPEG, _STREAM_TYPE_VISUAL = 0x6C, 0x04
_TRACK_IN_USE = 7
_RESOLUTION_72_DPI = 0x480000


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip shows. closed: when recording stopped, with zone (mvhd keeps it in UTC). columns, rows: tiles."""

    seed: int
    closed: datetime
    frames: int = 12
    per_second: int = 12
    columns: int = 40
    rows: int = 22


def box(kind: bytes, *payload: bytes) -> bytes:
    """A box. kind: four characters."""
    body = b"".join(payload)
    return struct.pack(">L4s", 8 + len(body), kind) + body


def full_box(kind: bytes, flags: int, *payload: bytes) -> bytes:
    """A box with version 0 and flags."""
    return box(kind, struct.pack(">L", flags), *payload)


def _descriptor(tag: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return bytes([tag, len(body)]) + body


def _sample_entry(clip: Clip) -> bytes:
    decoder = struct.pack(">BB3sLL", _OBJECT_TYPE_JPEG, _STREAM_TYPE_VISUAL << 2 | 1, b"\0\0\0", 0, 0)
    stream = _descriptor(3, struct.pack(">HB", 1, 0), _descriptor(4, decoder), _descriptor(6, b"\x02"))
    width, height = clip.columns * jpeg.TILE, clip.rows * jpeg.TILE
    size = struct.pack(">HHLL", width, height, _RESOLUTION_72_DPI, _RESOLUTION_72_DPI)
    visual = struct.pack(">6xH16x", 1) + size + struct.pack(">4xH32xHh", 1, 24, -1)
    return box(b"mp4v", visual, full_box(b"esds", 0, stream))


def _sample_table(clip: Clip, sizes: Sequence[int], first_frame_at: int) -> bytes:
    """Where the frames are: all in one chunk that begins at file offset `first_frame_at`."""
    return box(
        b"stbl",
        full_box(b"stsd", 0, struct.pack(">L", 1), _sample_entry(clip)),
        full_box(b"stts", 0, struct.pack(">LLL", 1, len(sizes), 1)),
        full_box(b"stsc", 0, struct.pack(">LLLL", 1, 1, len(sizes), 1)),
        full_box(b"stsz", 0, struct.pack(f">LL{len(sizes)}L", 0, len(sizes), *sizes)),
        full_box(b"stco", 0, struct.pack(">LL", 1, first_frame_at)),
    )


def _media(clip: Clip, sizes: Sequence[int], stamps: bytes, first_frame_at: int) -> bytes:
    here = full_box(b"url ", 1)
    return box(
        b"mdia",
        full_box(b"mdhd", 0, stamps, struct.pack(">LLHH", clip.per_second, len(sizes), _LANGUAGE_UND, 0)),
        full_box(b"hdlr", 0, struct.pack(">4x4s12x", b"vide"), b"Video\0"),
        box(
            b"minf",
            full_box(b"vmhd", 1, bytes(8)),
            box(b"dinf", full_box(b"dref", 0, struct.pack(">L", 1), here)),
            _sample_table(clip, sizes, first_frame_at),
        ),
    )


def _movie(clip: Clip, sizes: Sequence[int], first_frame_at: int) -> bytes:
    """The moov box; its size does not depend on `first_frame_at`."""
    seconds = int((clip.closed - _EPOCH).total_seconds())
    stamps = struct.pack(">LL", seconds, seconds)
    length = len(sizes)
    movie = struct.pack(">LLLH10x36s24xL", clip.per_second, length, 0x10000, 0x100, _UNITY_MATRIX, 2)
    width, height = clip.columns * jpeg.TILE << 16, clip.rows * jpeg.TILE << 16
    track = struct.pack(">L4xL16x36sLL", 1, length, _UNITY_MATRIX, width, height)
    return box(
        b"moov",
        full_box(b"mvhd", 0, stamps, movie),
        box(b"trak", full_box(b"tkhd", _TRACK_IN_USE, stamps, track), _media(clip, sizes, stamps, first_frame_at)),
    )


def encode(clip: Clip, *, brand: bytes, movie_first: bool, trailer: bytes = b"") -> bytes:
    """The whole MP4.

    brand: four characters for `ftyp`. movie_first: moov before mdat, as Canon does, else behind it, as Sony does.
    trailer: whole boxes for the end, e.g. Sony's `meta`.
    """
    frames = [jpeg.encode(Scene(clip.seed, step), clip.columns, clip.rows, grain=0) for step in range(clip.frames)]
    sizes = [len(frame) for frame in frames]
    kind = box(b"ftyp", brand, struct.pack(">L", 1), brand, b"isom", b"mp42")
    data = box(b"mdat", *frames)
    before = len(kind) + (len(_movie(clip, sizes, 0)) if movie_first else 0)
    movie = _movie(clip, sizes, before + 8)
    return kind + (movie + data if movie_first else data + movie) + trailer


def xml_meta(document: bytes) -> bytes:
    """Sony's non-real-time metadata as the `meta` box that stands at the end of its clips."""
    return full_box(
        b"meta", 0, full_box(b"hdlr", 0, struct.pack(">4x4s12x", b"nrtm"), b"\0"), full_box(b"xml ", 0, document)
    )
