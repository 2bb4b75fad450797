"""The boxes of MP4, MOV, HEIF and CR3, stepped over by their sizes. Source: ISO/IEC 14496-12 4.2."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.card.containers.window import MalformedError, Window

BOXES_LIMIT = 2000


class Box(NamedTuple):
    """One box. start: where it begins in its parent. size: as promised, header included. body: what lies inside the
    parent; shorter than promised where the box is cut.
    """

    kind: bytes
    start: int
    size: int
    body: Window
    is_cut: bool


def boxes(parent: Window, start: int = 0) -> Iterator[Box]:
    """The boxes in `parent` from `start` on. Ends at the parent's end, or after a box that reaches beyond it.

    Raises:
        MalformedError: a size smaller than its own header, or more than BOXES_LIMIT boxes.
    """
    at = start
    for _ in range(BOXES_LIMIT):
        if at + 8 > parent.size:
            return
        header, size = 8, parent.integer(at, 4)
        if size == 1:  # a 64-bit size follows the type
            header, size = 16, parent.integer(at + 8, 8)
        elif size == 0:  # to the end of its parent
            size = parent.size - at
        if size < header:
            raise MalformedError("a box smaller than its own header")
        room = min(size, parent.size - at)
        yield Box(parent.read(at + 4, 4), at, size, parent.part(at + header, room - header), size > room)
        at += size
    raise MalformedError("more boxes than any camera writes")


def whole_boxes(parent: Window, start: int = 0) -> Iterator[Box]:
    """As `boxes`, without one that is cut."""
    return (box for box in boxes(parent, start) if not box.is_cut)
