"""Minolta MRW: blocks of a four-byte name and a length; the one named TTW is a TIFF. Source: as LibRaw reads it."""

from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import Window

_BLOCKS_LIMIT = 100


def read(window: Window, facts: Facts) -> None:
    """The TIFF block of the header.

    Raises:
        MalformedError: a block reaches beyond the header.
    """
    header = window.part(8, min(window.integer(4, 4), window.size - 8))
    at = 0
    for _ in range(_BLOCKS_LIMIT):
        if at + 8 > header.size:
            return
        length = header.integer(at + 4, 4)
        if header.read(at, 4) == b"\0TTW":
            facts.tiffs.append(header.part(at + 8, length))
            return
        at += 8 + length
