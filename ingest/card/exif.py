"""EXIF values out of a bare TIFF blob. The only place that knows exifread.

exifread is never given a container: of damaged HEIC files it makes endless loops, and MakerNotes (`details`) can
keep it busy for minutes. The blob comes as a window, whose allowance of reads ends every loop.
"""

import logging
from dataclasses import dataclass
from typing import BinaryIO, cast

import exifread
from exifread.core.ifd_tag import IfdTag

from ingest.card.containers.dates import microseconds, read_date, zone_minutes
from ingest.card.containers.stamps import Source, Stamp
from ingest.card.containers.window import Window

_TEXT_LIMIT = 64
_TIMES = ((Source.EXIF, "Original"), (Source.DIGITIZED, "Digitized"))
_WANTED = (
    *(f"{tag}{which}" for _, which in _TIMES for tag in ("DateTime", "OffsetTime", "SubSecTime")),
    *("Make", "Model", "BodySerialNumber"),
)


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


def clean(text: str) -> str:
    """A name as a camera wrote it, without padding, control characters and excess; at most 64 characters."""
    return "".join(character for character in text[:_TEXT_LIMIT] if character.isprintable()).strip()


def _texts(blob: Window) -> dict[str, str]:
    try:
        tags = exifread.process_file(cast("BinaryIO", blob.stream()), details=False, extract_thumbnail=False)
        # Canon's CMT2 is an EXIF directory in the first place, so that its tags are called "Image ...".
        found = {name: tags.get(f"EXIF {name}") or tags.get(f"Image {name}") for name in _WANTED}
        return {name: _text(tag) for name, tag in found.items() if tag is not None}
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: nine kinds of exception were seen
        return {}


def _text(tag: IfdTag) -> str:
    """A value that is no UTF-8 arrives as bytes, whose str() would be a Python literal."""
    text = tag.values.decode("latin-1") if isinstance(tag.values, bytes) else str(tag)
    return text[:_TEXT_LIMIT]


def _stamp(texts: dict[str, str], source: Source, which: str) -> Stamp | None:
    found = read_date(texts.get(f"DateTime{which}", ""))
    if found is None:
        return None
    local, zone = found
    if not local.microsecond:
        local = local.replace(microsecond=microseconds(texts.get(f"SubSecTime{which}", "")))
    told = zone_minutes(texts.get(f"OffsetTime{which}", ""))
    return Stamp(source, local, zone if told is None else told)
