"""EXIF values out of a bare TIFF blob. The only place that knows exifread.

exifread is never given a container: of damaged HEIC files it makes endless loops, and MakerNotes (`details`) can
keep it busy for minutes. Of a TIFF it is given the entries that we ask for, one at a time; of anything else a window,
whose allowance of reads ends every loop.
"""

import io
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, cast

import exifread
from exifread.core.ifd_tag import IfdTag

from ingest.card.containers.dates import microseconds, read_date, zone_minutes
from ingest.card.containers.extract import Value, values
from ingest.card.containers.stamps import Source, Stamp
from ingest.card.containers.window import MalformedError, Window

_TEXT_LIMIT = 64
_TIMES = ((Source.EXIF, "Original"), (Source.DIGITIZED, "Digitized"))
_WANTED = {
    "DateTimeOriginal": 0x9003,
    "OffsetTimeOriginal": 0x9011,
    "SubSecTimeOriginal": 0x9291,
    "DateTimeDigitized": 0x9004,
    "OffsetTimeDigitized": 0x9012,
    "SubSecTimeDigitized": 0x9292,
    "Make": 0x10F,
    "Model": 0x110,
    "BodySerialNumber": 0xA431,
}
_NUMBERS = frozenset(_WANTED.values())
_EXIF_OFFSET = 0x8769
_VALUES_KEPT = 2048  # a camera's name stands in every picture of a card, a date in a burst of them


@dataclass(frozen=True, slots=True)
class Exif:
    """What the blobs of one file say. serial: "" when absent or zero."""

    stamps: tuple[Stamp, ...]
    make: str
    model: str
    serial: str


def silence() -> None:
    """Stops exifread's own log lines, which quote the file's bytes."""
    logging.getLogger("exifread").disabled = True


def read_exif(blobs: list[Window]) -> Exif:
    """The capture times and the camera in one or more TIFF blobs; an earlier blob's value stands.

    Never raises: a blob that exifread cannot read says nothing.
    """
    texts: dict[str, str] = {}
    for blob in blobs:
        for name, text in _texts(blob).items():
            texts.setdefault(name, text)
    stamps = tuple(stamp for source, which in _TIMES if (stamp := _stamp(texts, source, which)))
    serial = clean(texts.get("BodySerialNumber", ""))
    return Exif(
        stamps=stamps,
        make=clean(texts.get("Make", "")),
        model=clean(texts.get("Model", "")),
        serial=serial if serial.strip("0 ") else "",
    )


@lru_cache(maxsize=256)
def clean(text: str) -> str:
    """A name as a camera wrote it, without padding, control characters and excess; at most 64 characters."""
    return "".join(character for character in text[:_TEXT_LIMIT] if character.isprintable()).strip()


def _texts(blob: Window) -> dict[str, str]:
    """The wanted values of one blob. Canon's CMT2 is an EXIF directory in the first place, which is looked at too."""
    try:
        found = values(blob, _NUMBERS, _EXIF_OFFSET)
        if found is None:
            return _texts_of_all(blob)
    except MalformedError:
        return {}
    first, inner = found
    entries = {name: inner.get(number) or first.get(number) for name, number in _WANTED.items()}
    return {name: _value_text(entry) for name, entry in entries.items() if entry}


@lru_cache(maxsize=_VALUES_KEPT)
def _value_text(value: Value) -> str:
    """The text of one value; every tag that is wanted is a plain one, so that one number does for all."""
    tags = _tags(io.BytesIO(value.as_tiff(_WANTED["Make"])))
    return _text(tags["Image Make"]) if "Image Make" in tags else ""


def _texts_of_all(blob: Window) -> dict[str, str]:
    tags = _tags(cast("BinaryIO", blob.stream()))
    found = {name: tags.get(f"EXIF {name}") or tags.get(f"Image {name}") for name in _WANTED}
    return {name: _text(tag) for name, tag in found.items() if tag is not None}


def _tags(stream: BinaryIO) -> dict[str, IfdTag]:
    try:
        return exifread.process_file(stream, details=False, extract_thumbnail=False)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: nine kinds of exception were seen
        return {}


def _text(tag: IfdTag) -> str:
    """A value that is no UTF-8 arrives as bytes, whose str() would be a Python literal."""
    text = tag.values.decode("latin-1") if isinstance(tag.values, bytes) else str(tag)
    return text[:_TEXT_LIMIT]


def _stamp(texts: dict[str, str], source: Source, which: str) -> Stamp | None:
    date, fraction, zone = (texts.get(f"{name}{which}", "") for name in ("DateTime", "SubSecTime", "OffsetTime"))
    moment = _moment(date, fraction, zone)
    return Stamp(source, *moment) if moment else None


@lru_cache(maxsize=_VALUES_KEPT)
def _moment(date: str, fraction: str, zone: str) -> tuple[datetime, int | None] | None:
    """The wall clock and the zone in minutes; a picture nearly always tells the same twice."""
    found = read_date(date)
    if found is None:
        return None
    local, told = found
    if not local.microsecond:
        local = local.replace(microsecond=microseconds(fraction))
    minutes = zone_minutes(zone)
    return local, told if minutes is None else minutes
