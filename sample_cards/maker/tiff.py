"""Little-endian TIFF directories: the skeleton of EXIF and of DNG. Source: TIFF 6.0, section 2."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_FORMATS = {BYTE: "B", SHORT: "H", LONG: "L", RATIONAL: "L", SRATIONAL: "l"}
_NUMBERS_EACH = {RATIONAL: 2, SRATIONAL: 2}
_INLINE = 4


@dataclass(frozen=True, slots=True)
class Value:
    """One directory entry's value. kind: TIFF type. count: values, not bytes. data: as stored."""

    kind: int
    count: int
    data: bytes


def numbers(kind: int, *values: int) -> Value:
    """Numbers of one TIFF type; a RATIONAL takes two numbers each (numerator, denominator)."""
    data = struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)
    return Value(kind, len(values) // _NUMBERS_EACH.get(kind, 1), data)


def text(value: str) -> Value:
    """ASCII with its closing NUL."""
    data = value.encode("ascii") + b"\0"
    return Value(ASCII, len(data), data)


def undefined(data: bytes) -> Value:
    """Bytes whose meaning the tag alone knows."""
    return Value(UNDEFINED, len(data), data)


@dataclass(slots=True)
class Directory:
    """One IFD.

    values: tag -> value. children: tag -> the directory it points to (EXIF, SubIFDs). image: the bytes of its one
    strip; the directory then gets the tags StripOffsets and StripByteCounts by itself.
    """

    values: dict[int, Value]
    children: dict[int, Directory] = field(default_factory=dict)
    image: bytes = b""


_STRIP_OFFSETS, _STRIP_BYTE_COUNTS = 0x0111, 0x0117


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def _render(directory: Directory, at: int) -> bytes:
    """The directory and all it points to as bytes that start at file offset `at`."""
    values = dict(directory.values)
    pointers = list(directory.children) + ([_STRIP_OFFSETS] if directory.image else [])
    values |= {tag: numbers(LONG, 0) for tag in pointers}
    if directory.image:
        values[_STRIP_BYTE_COUNTS] = numbers(LONG, len(directory.image))
    behind = bytearray()
    start = at + 2 + 12 * len(values) + 4

    def place(data: bytes) -> Value:
        offset = numbers(LONG, start + len(behind))
        behind.extend(_even(data))
        return offset

    fields = {tag: place(value.data).data for tag, value in values.items() if len(value.data) > _INLINE}
    if directory.image:
        fields[_STRIP_OFFSETS] = place(directory.image).data
    for tag, child in directory.children.items():
        fields[tag] = place(_render(child, start + len(behind))).data
    entries = b"".join(
        struct.pack("<HHL4s", tag, value.kind, value.count, fields.get(tag, value.data))
        for tag, value in sorted(values.items())
    )
    return struct.pack("<H", len(values)) + entries + struct.pack("<L", 0) + bytes(behind)


def tiff_file(first: Directory) -> bytes:
    """A whole TIFF whose only top-level directory is `first`."""
    return b"II*\0" + struct.pack("<L", 8) + _render(first, 8)
