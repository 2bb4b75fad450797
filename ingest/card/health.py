"""The health of one picture or clip, told while the card still exists. It changes no verdict.

Order: empty, interrupted by its name, structure by content, and for a RAW by name and content the decoder.
Where name and content agree on nothing the content is "unknown", not "bad"; files that are neither picture, clip
nor sound are not judged at all.
"""

import io
import os
from collections.abc import Callable
from typing import BinaryIO

from ingest.card.containers.magic import Kind, kind_of, major_brand
from ingest.card.containers.window import MalformedError, Window
from ingest.card.raw_check import check_raw
from ingest.card.structure import NOTES, Code, Symptom, check_structure
from ingest.model.cards import Finding
from ingest.model.media import MEDIA, NO_MAGIC, RAWS
from ingest.model.names import suffix_of

RawChecker = Callable[[str], list[Symptom]]

_BYTES_LIMIT = 256 << 20  # the longest search for a JPEG's end
_RAW_KINDS = (Kind.TIFF, Kind.RAF, Kind.MRW, Kind.CRW, Kind.X3F)
_INTERRUPTED = b"rsv"  # what Sony cameras leave when power goes while recording


def examine(
    file: BinaryIO, name: bytes, raw_checker: Callable[[str], list[Symptom]] = check_raw
) -> tuple[Finding, ...]:
    """What is wrong with one file, as it can be seen cheaply; empty where nothing is.

    Args:
        file: a real file, opened for reading, untrusted.
        name: its path on the card; only the extension is used, and the findings carry it.
        raw_checker: opens a RAW by a path.

    Raises:
        OSError: the file cannot be read.
    """
    return tuple(Finding(name, symptom.code.value, symptom.detail) for symptom in _symptoms(file, name, raw_checker))


def gave_up(name: bytes) -> tuple[Finding, ...]:
    """The finding for a file whose parser had to be stopped, or that could not be read for the check."""
    return (Finding(name, Code.UNCHECKED.value, "The parser gave up on this file, so nothing is known about it."),)


def _symptoms(file: BinaryIO, name: bytes, raw_checker: RawChecker) -> list[Symptom]:
    suffix = suffix_of(name)
    if suffix == _INTERRUPTED:
        return [Symptom(Code.INTERRUPTED, "The camera was interrupted while recording; this clip must be recovered.")]
    window = Window.of(file, bytes_limit=_BYTES_LIMIT)
    kind = kind_of(window)
    if kind is Kind.UNKNOWN:
        return _unknown(suffix, window.size) if suffix in MEDIA else []
    try:
        symptoms = check_structure(kind, window)
    except MalformedError:
        return [Symptom(Code.UNCHECKED, "The file's structure could not be followed to its end.")]
    is_raw = suffix in RAWS and (kind in _RAW_KINDS or major_brand(window) == b"crx ")
    if is_raw and all(symptom.code in NOTES for symptom in symptoms):
        symptoms += raw_checker(_path_of(file))
    return symptoms


def _unknown(suffix: bytes, size: int) -> list[Symptom]:
    if size == 0:
        return [Symptom(Code.EMPTY, "The file is empty: the camera wrote its name and nothing else.")]
    if suffix in NO_MAGIC:
        return [Symptom(Code.UNCHECKED, "Safelight cannot look into this kind of file.")]
    label = suffix.decode("ascii").upper()
    return [Symptom(Code.UNKNOWN, f"The file is named {label} but its content is no known picture, clip or sound.")]


def _path_of(file: BinaryIO) -> str:
    """A path that names this very descriptor: no other file can take its place, and any bytes may be in its name."""
    file.seek(0, io.SEEK_SET)
    path = f"/dev/fd/{file.fileno()}"
    return path if os.path.exists(path) else os.fsdecode(file.name)
