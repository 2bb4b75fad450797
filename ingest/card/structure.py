"""Does a file hold all that it promises? The cheap checks, by the lengths a container states about itself.

Of whole camera files 568 in 603 JPEGs end in their end mark, 86 in 87 of the MP4 family end with a box, and a cut
one does neither. A decoder often opens a cut file all the same; these lengths do not let it pass.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingest.card.containers import jpeg, tiff
from ingest.card.containers.boxes import boxes
from ingest.card.containers.magic import Kind, major_brand, packet_shape
from ingest.card.containers.window import READ_LIMIT, MalformedError, Window

_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")
_END_OF_IMAGE = b"\xff\xd9"
_BOX_NAME = re.compile(rb"[\x20-\x7e\xa9]{4}")
_LAST = 1024
_TAIL = 64 * 1024
_RIFF_HEADER = 12
_RIFFS_LIMIT = 1000  # OpenDML: a long AVI is a row of RIFF chunks
_UNSET_SIZES = (0, 0xFFFFFFFF)  # what a recorder writes first, to be corrected when it stops


class Code(StrEnum):
    """What is the matter with a file; stable words, stored and printed."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    INTERRUPTED = "interrupted"
    NO_MOOV = "no moov"
    UNKNOWN = "unknown content"
    UNOPENABLE = "does not open"
    LONGER = "longer than promised"  # a note: nothing is missing
    UNCHECKED = "unchecked"  # a note: nothing is known to be wrong


NOTES = frozenset({Code.LONGER, Code.UNCHECKED})  # to be told, but no word of damage


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing seen in one file. detail: one plain sentence."""

    code: Code
    detail: str


def check_structure(kind: Kind, window: Window) -> list[Symptom]:
    """What is missing in a file of this kind; empty where all is there, or where the kind states no lengths.

    Args:
        kind: as `kind_of` told it.
        window: the whole file, with an allowance for a search through a large JPEG.

    Raises:
        MalformedError: the file's own structure could not be followed.
    """
    check = _CHECKS.get(kind)
    return check(window) if check else []


def _missing(promised: int, size: int) -> Symptom:
    return Symptom(
        Code.TRUNCATED,
        f"The file ends too early: it promises {promised:,} bytes and holds {size:,}. Part of it is missing.",
    )


def _surplus(end: int, size: int) -> Symptom:
    return Symptom(
        Code.LONGER, f"{size - end:,} bytes follow behind the end of the picture or clip; nothing is missing."
    )


def _check_jpeg(window: Window) -> list[Symptom]:
    """Whole where the end mark stands anywhere behind the start of the picture data: trailers are normal."""
    marker = scan = 0
    try:
        for marker, _, scan in jpeg.segments(window):  # noqa: B007 - those of the last segment are wanted
            pass
    except MalformedError:
        return [Symptom(Code.TRUNCATED, "The JPEG ends inside its header: there is no picture in it.")]
    if marker != jpeg.SOS:
        return [Symptom(Code.UNOPENABLE, "The JPEG's header is damaged: no picture data can be found behind it.")]
    lengths = (_LAST, _TAIL) if window.size - scan > READ_LIMIT else (_LAST,)  # what is small is searched at once
    for length in lengths:  # nearly every picture ends with its mark
        tail = window.peek(max(scan, window.size - length), length)
        if tail.rstrip(b"\0").endswith(_END_OF_IMAGE):
            return []
    for at in range(scan, window.size, READ_LIMIT - 1):  # one byte of overlap: the mark has two
        if _END_OF_IMAGE in window.peek(at, READ_LIMIT):
            return []
    return [Symptom(Code.TRUNCATED, "The JPEG has no end: its lower part is missing or grey.")]


def _check_bmff(window: Window) -> list[Symptom]:
    found: list[Symptom] = []
    kinds, end = set[bytes](), 0
    try:
        for box in boxes(window):
            if not _BOX_NAME.fullmatch(box.kind):
                break
            kinds.add(box.kind)
            end = min(box.start + box.size, window.size)
            if box.is_cut:
                found = [_missing(box.start + box.size, window.size)]
    except MalformedError:  # bytes that are no box: a trailer, or the unfinished end of a recording
        pass
    is_still = major_brand(window) in _STILL_BRANDS
    if is_still and b"meta" not in kinds and not found:
        return [Symptom(Code.UNOPENABLE, "The picture's directory is missing: no program can open it.")]
    if not is_still and b"moov" not in kinds:
        return [Symptom(Code.NO_MOOV, "The clip has no index: it was not closed in the camera, or its end is missing.")]
    return found or ([_surplus(end, window.size)] if end < window.size else [])


def _check_riff(window: Window) -> list[Symptom]:
    if window.size < _RIFF_HEADER:
        return [_missing(_RIFF_HEADER, window.size)]
    at = 0
    for _ in range(_RIFFS_LIMIT):
        size = window.integer(at + 4, 4, "little")
        if window.read(at, 4) == b"RF64":  # the true size stands in its first chunk, `ds64`
            size = window.integer(at + 20, 8, "little")
        elif size in _UNSET_SIZES:
            return [Symptom(Code.INTERRUPTED, "The recording was not closed in the camera: its length was never set.")]
        at += 8 + size
        if at > window.size:
            return [_missing(at, window.size)]
        at += at % 2 if at < window.size else 0
        if window.peek(at, 4) != b"RIFF":
            return [_surplus(at, window.size)] if at < window.size else []
    return []


def _check_mts(window: Window) -> list[Symptom]:
    shape = packet_shape(window.peek(0, 1024))
    rest = window.size % shape[0] if shape else 0
    return [Symptom(Code.TRUNCATED, "The clip ends inside a packet: its end is missing.")] if rest else []


def _check_tiff(window: Window) -> list[Symptom]:
    try:
        end = tiff.promised_end(window)
    except MalformedError:
        return [Symptom(Code.TRUNCATED, "The picture's directory lies beyond the end of the file, or is damaged.")]
    return [_missing(end, window.size)] if end > window.size else []


_CHECKS: dict[Kind, Callable[[Window], list[Symptom]]] = {
    Kind.JPEG: _check_jpeg,
    Kind.BMFF: _check_bmff,
    Kind.RIFF: _check_riff,
    Kind.MTS: _check_mts,
    Kind.TIFF: _check_tiff,
}
