"""Small pictures of photographs, made from proven copies by children that may be killed, and kept in the home.

The card is never opened. A destination that hangs costs one time limit and is left alone for a while; a picture that
hangs, crashes or exhausts its decoder costs its own, and there is none of it.
"""

import queue
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ingest.card.parser_wire import READY
from ingest.card.parser_worker import Worker
from ingest.ledger.pictures import Content, ProvenCopy, content_of
from ingest.sheets.cache import LIMIT, Cache
from ingest.sheets.preview_wire import LINE_LIMIT, Asked, Found, decode_found, decode_made, encode_asked

FOLDER = "previews"  # in the home
CHILDREN = 2
EDGES = (64, 2048)  # pixels; what is asked for beyond is brought within
SECONDS_TO_FIND = 10.0  # a disk that sleeps takes some
SECONDS_TO_MAKE = 25.0  # a RAW without a preview is developed, a clip is tried twice
REST = 60.0  # seconds for which a place that was silent is not asked
_UNMAKEABLE = 600.0  # seconds for which nobody tries again
_UNMAKEABLE_MOST = 20_000
_START_SECONDS = 20.0
_FILES_A_CHILD = 1000  # its memory is limited, so that a leak ends it sooner
_AHEAD = 4  # for each child

_COMMAND = (sys.executable, "-P", "-m", "ingest.sheets.preview_child")


class Made(NamedTuple):
    """data: a JPEG, None where there is none. is_away: since no destination that holds a proven copy gave it."""

    data: bytes | None
    is_away: bool = False


@dataclass(slots=True)
class _Child:
    worker: Worker
    asked: int = 0


class _SilentError(Exception):
    """A child did not answer. by_time: it was waited for to the end, else it died."""

    def __init__(self, *, by_time: bool) -> None:
        super().__init__()
        self.by_time = by_time


class Previews:
    """Makes small pictures, several at once. For many threads; a context manager.

    Args:
        home: its folder `previews` keeps them.
        children: processes at once.
        command: starts one.
        seconds: time limits, to find a copy and to make a picture of it.
        limit: bytes that the folder may hold.
    """

    def __init__(
        self,
        home: Path,
        *,
        children: int = CHILDREN,
        command: Sequence[str] = _COMMAND,
        seconds: tuple[float, float] = (SECONDS_TO_FIND, SECONDS_TO_MAKE),
        limit: int = LIMIT,
    ) -> None:
        self.home = home
        self._cache = Cache(home / FOLDER, limit)
        self._command = command
        self._to_find, self._to_make = seconds
        self._children = children
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._free.put(None)
        self._lock = threading.Lock()
        self._resting: dict[str, float] = {}
        self._unmakeable: dict[str, float] = {}
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children, those that work when they are done."""
        self._is_closed = True
        for child in [self._free.get() for _ in range(self._children)]:
            if child:
                child.worker.close()
            self._free.put(None)

    def make(self, ledger: sqlite3.Connection, asset_id: int, edge: int) -> Made:
        """One picture, kept or new. ledger: used by this thread alone."""
        return self._made(content_of(ledger, asset_id), _within(edge))

    def make_all(self, ledger: sqlite3.Connection, asset_ids: Iterable[int], edge: int) -> Generator[Made, None, None]:
        """Many, in their order; the children work ahead while these are used."""
        waiting: deque[Future[Made]] = deque()
        threads = ThreadPoolExecutor(self._children, thread_name_prefix="previews")
        try:
            for asset_id in asset_ids:
                waiting.append(threads.submit(self._made, content_of(ledger, asset_id), _within(edge)))
                if len(waiting) > _AHEAD * self._children:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)

    def _made(self, content: Content | None, edge: int) -> Made:
        if content is None:
            return Made(None)
        key = f"{content.xxh128.hex()}-{edge}.jpg"
        data = self._cache.get(key)
        if data is not None:
            return Made(data)
        if self._until(self._unmakeable, key):
            return Made(None)
        made = self._made_anew(content, edge)
        if made.data is not None:
            self._cache.put(key, made.data)
        elif not made.is_away:
            with self._lock:
                if len(self._unmakeable) >= _UNMAKEABLE_MOST:
                    self._unmakeable.clear()
                self._unmakeable[key] = time.monotonic() + _UNMAKEABLE
        return made

    def _made_anew(self, content: Content, edge: int) -> Made:
        """From the first copy that is there. What breaks its decoder at one place would at all others."""
        for copy in content.copies:
            found = self._made_of(content, copy, edge)
            if not found.is_away:
                return found
        return Made(None, is_away=True)

    def _made_of(self, content: Content, copy: ProvenCopy, edge: int) -> Made:
        name = content.name
        asked = Asked(copy.root, copy.marker.encode(), copy.path, name, content.xxh128, content.size, edge)
        child = self._free.get()
        kept: _Child | None = None
        try:
            if self._until(self._resting, copy.destination):
                kept = child
                return Made(None, is_away=True)
            child = child or self._started()
            if child is None:
                return Made(None, is_away=True)
            made = self._asked(child, asked, copy.destination)
            child.asked += 1
            kept = child if child.asked < _FILES_A_CHILD else None
            return made
        except _SilentError:
            return Made(None)
        finally:
            if child and not kept:
                child.worker.close()
            self._free.put(kept)

    def _asked(self, child: _Child, asked: Asked, destination: str) -> Made:
        """Raises _SilentError where the picture broke the child."""
        child.worker.send(encode_asked(asked))
        try:
            found = decode_found(self._line(child, self._to_find))
        except _SilentError as silent:
            if not silent.by_time:
                raise
            with self._lock:
                self._resting[destination] = time.monotonic() + REST
            child.asked = _FILES_A_CHILD  # it waits for that place still
            return Made(None, is_away=True)
        if found is not Found.HERE:
            return Made(None, is_away=True)
        line = self._line(child, self._to_make)
        if decode_found(line) is Found.OTHER:
            return Made(None, is_away=True)
        return Made(decode_made(line, asked.edge))

    @staticmethod
    def _line(child: _Child, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        line = child.worker.receive(seconds)
        if line is None:
            raise _SilentError(by_time=time.monotonic() >= until)
        return line

    def _started(self) -> _Child | None:
        if self._is_closed:
            return None
        try:
            worker = Worker(self._command, LINE_LIMIT)
        except OSError:  # no more processes
            return None
        if worker.receive(_START_SECONDS) == READY:
            return _Child(worker)
        worker.close()
        return None

    def _until(self, times: dict[str, float], key: str) -> bool:
        with self._lock:
            if times.get(key, 0.0) > time.monotonic():
                return True
            times.pop(key, None)
            return False


_lock = threading.Lock()
_current: Previews | None = None


def preview_of(home: Path, ledger: sqlite3.Connection, asset_id: int, edge: int = 320) -> bytes | None:
    """A small JPEG of a photograph or clip, from a proven copy at a destination that is here, or as it was kept.

    It is upright, without metadata, and never larger than the photograph's own preview. Safe for many threads, each
    with its own `ledger`; it waits for its turn at one of two children, and for a place that hangs some seconds, once.

    Args:
        home: the home folder, of which `previews/` keeps what was made.
        ledger: used by the calling thread alone.
        asset_id: of the content.
        edge: pixels of the longer side at most, 64 to 2,048.

    Returns:
        The JPEG; None where none can be made, or no such copy is here. Nothing is raised for a bad picture.
    """
    return _pool_of(home).make(ledger, asset_id, edge).data


def _pool_of(home: Path) -> Previews:
    """The children of this process; those of another home, if there was one, end."""
    global _current
    with _lock:
        before = _current
        if before is None or before.home != home:
            _current = Previews(home)
            if before is not None:
                before.close()
        assert _current is not None
        return _current


def _within(edge: int) -> int:
    return min(max(edge, EDGES[0]), EDGES[1])
