"""The voice memo beside a picture: RIFF WAVE, 8 kHz, 8 bit, mono, with the picture's name in it.

Source: RIFF/WAVE as Microsoft and IBM published it in 1991; the list type `exif` of Exif 3.0, section 5.
"""

from __future__ import annotations

import struct
from datetime import datetime

from .exif import hundredths

_RATE = 8_000
_PCM = 1
_NOTES_HZ = (440, 330, 392, 262)
_NOTE_SAMPLES = 1_600


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


def _text(kind: bytes, value: str) -> bytes:
    return _chunk(kind, value.encode("ascii") + b"\0")


def _note(hertz: int) -> bytes:
    """A triangle wave that fades out, around the middle value 128."""
    period = _RATE // hertz
    samples = bytearray()
    for number in range(_NOTE_SAMPLES):
        swing = abs(number % period * 4 - period * 2) - period
        samples.append(128 + swing * 60 * (_NOTE_SAMPLES - number) // (period * _NOTE_SAMPLES))
    return bytes(samples)


def memo(picture: str, spoken: datetime, make: str, model: str) -> bytes:
    """The whole WAV. picture: the file name it speaks about (`erel`). spoken: wall clock (`etim`, `ICRD`)."""
    layout = struct.pack("<HHLLHH", _PCM, 1, _RATE, _RATE, 1, 8)
    about = (
        _chunk(b"ever", b"0300")
        + _text(b"erel", picture)
        + _text(b"etim", f"{spoken:%H:%M:%S}.{hundredths(spoken)}")
        + _text(b"ecor", make)
        + _text(b"emdl", model)
    )
    body = (
        _chunk(b"fmt ", layout)
        + _chunk(b"LIST", b"INFO" + _text(b"ICRD", f"{spoken:%Y-%m-%d}"))
        + _chunk(b"LIST", b"exif" + about)
        + _chunk(b"data", b"".join(_note(hertz) for hertz in _NOTES_HZ))
    )
    return _chunk(b"RIFF", b"WAVE" + body)
