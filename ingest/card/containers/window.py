"""The bounded view through which every reader sees an untrusted file.

A reader cannot read outside its window, nor more bytes or more often than the file's allowance: a hostile length
or count ends in `MalformedError`, never in a long loop or a large allocation.
"""

import io
from dataclasses import dataclass
from typing import BinaryIO, Literal

HEAD = 16 * 1024  # read once; holds the EXIF of nearly every still
READ_LIMIT = 1 << 20  # bytes of one read
BYTES_LIMIT = 16 << 20  # bytes of all reads of one file
READS_LIMIT = 60_000  # an ordinary RAW takes about 2,000

ByteOrder = Literal["big", "little"]


class MalformedError(ValueError):
    """The content breaks the rules of its format, or asks for more than a reader may spend on one file."""


@dataclass(slots=True)
class _Origin:
    """The file beneath all windows of it, with what is left of its allowance."""

    file: BinaryIO
    head: bytes
    bytes_left: int
    reads_left: int

    def fetch(self, offset: int, length: int) -> bytes:
        self.reads_left -= 1
        if self.reads_left < 0:
            raise MalformedError("more reads than any honest file needs")
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        self.bytes_left -= length
        if self.bytes_left < 0:
            raise MalformedError("more bytes than any honest file needs")
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise MalformedError("shorter than it said")
        return data


class Window:
    """`size` bytes of a file, addressed from 0. Parts of it are windows too and share its allowance."""

    __slots__ = ("_origin", "_start", "size")

    def __init__(self, origin: _Origin, start: int, size: int) -> None:
        self._origin = origin
        self._start = start
        self.size = size

    @classmethod
    def of(cls, file: BinaryIO, *, bytes_limit: int = BYTES_LIMIT, reads_limit: int = READS_LIMIT) -> "Window":
        """A window over a whole seekable file.

        Args:
            file: opened for reading in binary mode.
            bytes_limit: bytes that may be read in all, the first HEAD bytes not counted.
            reads_limit: how often it may be read.

        Raises:
            OSError: the file cannot be read.
        """
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return cls(_Origin(file, file.read(HEAD), bytes_limit, reads_limit), 0, size)

    def read(self, offset: int, length: int, *, limit: int = READ_LIMIT) -> bytes:
        """Exactly `length` bytes.

        Raises:
            MalformedError: they do not lie inside the window, or are more than `limit`.
        """
        if offset < 0 or length < 0 or offset + length > self.size:
            raise MalformedError("points outside its own file")
        if length > limit:
            raise MalformedError("larger than any honest value")
        return self._origin.fetch(self._start + offset, length)

    def peek(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes (at most READ_LIMIT): as many as the window holds there."""
        if 0 <= offset <= self.size - length <= self.size and length <= READ_LIMIT:
            return self._origin.fetch(self._start + offset, length)
        offset = min(max(offset, 0), self.size)
        return self.read(offset, min(length, self.size - offset))

    def integer(self, offset: int, length: int, order: ByteOrder = "big") -> int:
        """An unsigned integer of `length` bytes."""
        return int.from_bytes(self.read(offset, length), order)

    def part(self, offset: int, length: int | None = None) -> "Window":
        """A window inside this one; without `length`, to the end.

        Raises:
            MalformedError: it would reach outside.
        """
        length = self.size - offset if length is None else length
        if offset < 0 or length < 0 or offset + length > self.size:
            raise MalformedError("points outside its own file")
        return Window(self._origin, self._start + offset, length)

    def loaded(self, limit: int) -> "Window":
        """The same content held in memory, for a reader that makes many small reads; at most `limit` bytes."""
        data = self.read(0, self.size, limit=limit)
        return Window(_Origin(io.BytesIO(data), data, 0, self._origin.reads_left), 0, self.size)

    def stream(self) -> "WindowStream":
        """The window as a file object for a library, with an allowance of reads of its own."""
        return WindowStream(self)


class WindowStream(io.BufferedIOBase):
    """A read-only file over a window. A read past the end is short, as with any file.

    exifread makes a thousand tiny reads a file, nearly all near the start: these are answered from memory.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._near = window.peek(0, HEAD)
        self._reads_left = READS_LIMIT
        self._at = 0

    def readable(self) -> bool:
        """Always: that is what it is for."""
        return True

    def seekable(self) -> bool:
        """Always: TIFF parsers jump."""
        return True

    def tell(self) -> int:
        """The position of the next read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves the position; beyond the end is allowed, as with any file."""
        if whence != io.SEEK_SET:
            offset += self._at if whence == io.SEEK_CUR else self._window.size
        if offset < 0:
            raise MalformedError("points before its own beginning")
        self._at = offset
        return offset

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, never more than READ_LIMIT."""
        self._reads_left -= 1
        if self._reads_left < 0:
            raise MalformedError("more reads than any honest file needs")
        start = self._at
        wanted = READ_LIMIT if size is None or size < 0 else size
        if start + wanted <= len(self._near):
            data = self._near[start : start + wanted]
        else:
            data = self._window.peek(start, min(wanted, READ_LIMIT))
        self._at = start + len(data)
        return data
