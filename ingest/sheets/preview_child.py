"""The process in which pictures are opened: `python -m ingest.sheets.preview_child`; it may be killed at any moment.

It alone touches the destinations: one that hangs takes this child with it and nobody else. It first says whether the
copy is there, then what it made of it: whoever waits knows whether a place or a picture is silent.
"""

import os
import stat
import sys
from collections.abc import Callable
from typing import BinaryIO

import xxhash

from ingest.card.parser_child import MIB, confined
from ingest.card.parser_wire import READY
from ingest.card.previews import small_jpeg
from ingest.copying.destination import read_marker
from ingest.disk.folders import FileOpener
from ingest.model.media import STILLS
from ingest.model.names import suffix_of
from ingest.sheets.preview_wire import Asked, Found, decode_asked, encode_found, encode_made

_MEMORY = 2048 * MIB  # the most that may be decoded at once, and ffmpeg
_CPU_SECONDS = 30  # a picture; whoever asked is sooner, this is for a child left alone
_NICER = 5
_PIECE = 1 << 20


def main() -> None:
    """Serves until nobody asks any more."""
    answers, allow_cpu = confined(_MEMORY, _NICER)
    answers.write(READY + b"\n")
    answers.flush()
    for line in sys.stdin.buffer:
        allow_cpu(_CPU_SECONDS)
        serve(decode_asked(line), answers)


def serve(asked: Asked, answers: BinaryIO) -> None:
    """Answers one question: what was found, and what was made of it where it is here."""

    def say(line: bytes) -> None:
        answers.write(line)
        answers.flush()

    try:
        opener = _opener(asked)
    except OSError:
        return say(encode_found(Found.AWAY))
    with opener:
        try:
            fd = opener.open(asked.path)
        except (OSError, ValueError):
            return say(encode_found(Found.OTHER))
        with os.fdopen(fd, "rb") as file:
            if os.fstat(fd).st_size != asked.size:
                return say(encode_found(Found.OTHER))
            _make(asked, file, say)
    return None


def _opener(asked: Asked) -> FileOpener:
    """Raises OSError where what lies at the root is not this destination."""
    if read_marker(asked.root).encode() != asked.marker or not stat.S_ISDIR(os.stat(asked.root).st_mode):
        raise FileNotFoundError(asked.root)
    return FileOpener(asked.root)


def _make(asked: Asked, file: BinaryIO, say: Callable[[bytes], None]) -> None:
    """A still is read whole in any case, so that it is seen to be what was proven; of a RAW or a clip its size is."""
    file.read(1)  # a place that opens a file and gives none of it is silent, too
    say(encode_found(Found.HERE))
    if suffix_of(asked.path) in STILLS and _digest(file) != asked.digest:
        return say(encode_found(Found.OTHER))
    try:
        made = small_jpeg(file, asked.path, asked.edge)
    except MemoryError:
        raise  # perhaps those before it took the memory: the next child begins anew
    except Exception:  # noqa: BLE001 - whatever a hostile file brings about, it is a picture that cannot be shown
        made = None
    return say(encode_made(made))


def _digest(file: BinaryIO) -> bytes:
    content = xxhash.xxh3_128()
    file.seek(0)
    while data := file.read(_PIECE):
        content.update(data)
    file.seek(0)
    return content.digest()


if __name__ == "__main__":
    main()
