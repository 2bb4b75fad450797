"""Fujifilm RAF: a whole JPEG with EXIF stands inside. Source: the header as described by LibRaw and exiftool."""

from ingest.card.containers import jpeg
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import MalformedError, Window

_POINTER = 84


def read(window: Window, facts: Facts) -> None:
    """Continues in the embedded JPEG, or in as much of it as there is.

    Raises:
        MalformedError: the pointer leads nowhere.
    """
    offset, length = window.integer(_POINTER, 4), window.integer(_POINTER + 4, 4)
    if offset < _POINTER:
        raise MalformedError("the preview would lie in the header")
    jpeg.read(window.part(offset, min(length, window.size - offset)), facts)
