"""What a camera writes about a picture. Source: Exif 3.0 (CIPA DC-008), tags as numbered there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .tiff import LONG, RATIONAL, SHORT, Directory, Value, numbers, text, tiff_file, undefined

MAKE, MODEL, ORIENTATION, DATE_TIME, EXIF_POINTER = 0x010F, 0x0110, 0x0112, 0x0132, 0x8769
EXPOSURE_TIME, F_NUMBER, ISO, EXIF_VERSION = 0x829A, 0x829D, 0x8827, 0x9000
DATE_TIME_ORIGINAL, DATE_TIME_DIGITIZED = 0x9003, 0x9004
OFFSET_TIME, OFFSET_TIME_ORIGINAL, OFFSET_TIME_DIGITIZED = 0x9010, 0x9011, 0x9012
FOCAL_LENGTH, SUB_SEC, SUB_SEC_ORIGINAL, SUB_SEC_DIGITIZED = 0x920A, 0x9290, 0x9291, 0x9292
COLOUR_SPACE, PIXEL_X, PIXEL_Y = 0xA001, 0xA002, 0xA003
BODY_SERIAL_NUMBER, LENS_MODEL = 0xA431, 0xA434


@dataclass(frozen=True, slots=True)
class Camera:
    """A body with its lens, as they name themselves in EXIF."""

    make: str
    model: str
    serial: str
    lens: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One release of the shutter. taken: wall clock with its zone, hundredths at most. orientation: EXIF 1-8."""

    camera: Camera
    taken: datetime
    seed: int
    orientation: int = 1
    shutter: int = 125
    aperture_tenths: int = 28
    iso: int = 1600
    focal_length: int = 50


def zone(taken: datetime) -> str:
    """The offset as EXIF, XMP and XML write it: `+02:00`."""
    return taken.isoformat()[-6:]


def hundredths(taken: datetime) -> str:
    """The fraction of the second as cameras write it, two digits."""
    return f"{taken.microsecond // 10_000:02d}"


def _exif_values(shot: Shot, width: int, height: int) -> dict[int, Value]:
    clock = text(f"{shot.taken:%Y:%m:%d %H:%M:%S}")
    fraction, offset = text(hundredths(shot.taken)), text(zone(shot.taken))
    return {
        EXPOSURE_TIME: numbers(RATIONAL, 1, shot.shutter),
        F_NUMBER: numbers(RATIONAL, shot.aperture_tenths, 10),
        ISO: numbers(SHORT, shot.iso),
        EXIF_VERSION: undefined(b"0232"),
        DATE_TIME_ORIGINAL: clock,
        DATE_TIME_DIGITIZED: clock,
        OFFSET_TIME: offset,
        OFFSET_TIME_ORIGINAL: offset,
        OFFSET_TIME_DIGITIZED: offset,
        FOCAL_LENGTH: numbers(RATIONAL, shot.focal_length, 1),
        SUB_SEC: fraction,
        SUB_SEC_ORIGINAL: fraction,
        SUB_SEC_DIGITIZED: fraction,
        COLOUR_SPACE: numbers(SHORT, 1),
        PIXEL_X: numbers(LONG, width),
        PIXEL_Y: numbers(LONG, height),
        BODY_SERIAL_NUMBER: text(shot.camera.serial),
        LENS_MODEL: text(shot.camera.lens),
    }


def directory(shot: Shot, width: int, height: int) -> Directory:
    """IFD0 with the camera's name and the EXIF directory below it. width, height in pixels."""
    values = {
        MAKE: text(shot.camera.make),
        MODEL: text(shot.camera.model),
        ORIENTATION: numbers(SHORT, shot.orientation),
        DATE_TIME: text(f"{shot.taken:%Y:%m:%d %H:%M:%S}"),
    }
    return Directory(values, {EXIF_POINTER: Directory(_exif_values(shot, width, height))})


def block(shot: Shot, width: int, height: int) -> bytes:
    """The EXIF of a JPEG, without its `Exif` prefix."""
    return tiff_file(directory(shot, width, height))
