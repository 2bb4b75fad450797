"""The parser pool: what the ingest asks about untrusted files, answered by children that may be killed.

A file that hangs, crashes or exhausts a parser costs its time limit and says nothing; it never raises, and never
stops a copy or a verdict. The file is not tried again, and after twenty such files a pool asks no more.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from types import TracebackType
from typing import Self, TypeVar

from ingest.card.health import gave_up
from ingest.card.parser_wire import READY, Request, WireError, decode_capture, decode_findings, encode_request
from ingest.card.parser_worker import Worker, child_command
from ingest.model.cards import Capture, Finding

CAPTURE_SECONDS = 3.0
HEALTH_SECONDS = 10.0  # unpacking a RAW of 60 megapixels takes about one
FILES_A_WORKER = 10_000  # its memory is limited, so that a leak ends it sooner
_START_SECONDS = 20.0  # a cold disk; a warm start takes 0.1
_STARTS_LIMIT = 3
_SUCCESSOR_AT = FILES_A_WORKER - 60  # the next child starts while this one still works
_FAILURES_LIMIT = 20  # a card full of hanging files must not cost its time limit 5,000 times
_WORTH_A_CHILD = 1000  # files; a start costs about as much as reading so many
_AHEAD = 64  # requests given to a child before its answers are back; it answers some at a time
_REFILLED = _AHEAD // 2  # and when so few are left the next ones go out together: each time costs two wake-ups

_Answer = TypeVar("_Answer")


class ParserPool:
    """One child for capture times and one for health, each started when first asked for.

    Use it as a context manager, from one thread. Paths are absolute bytes; names are card paths.

    Args:
        capture_command: starts the child that answers `capture`.
        health_command: starts the child that answers `health`.
        capture_seconds: time limit a file.
        health_seconds: time limit a file.
    """

    def __init__(
        self,
        *,
        capture_command: Sequence[str] = child_command("capture"),
        health_command: Sequence[str] = child_command("health"),
        capture_seconds: float = CAPTURE_SECONDS,
        health_seconds: float = HEALTH_SECONDS,
    ) -> None:
        self._capture = _Lane(capture_command, capture_seconds)
        self._health = _Lane(health_command, health_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._capture.close()
        self._health.close()

    def capture(self, path: bytes, name: bytes, now: float) -> Capture | None:
        """When one file was taken, by the ladder up to its name; None where it tells nothing or broke its parser.

        Args:
            path: absolute path of the bytes to read.
            name: path on the card, for its extension and the dates in it.
            now: seconds since 1970 UTC.
        """
        [answer] = self.captures([(path, name)], now)
        return answer

    def captures(self, files: Iterable[tuple[bytes, bytes]], now: float) -> Generator[Capture | None, None, None]:
        """As `capture` for many (path, name), in their order; the child works ahead while answers are used.

        Raises:
            RuntimeError: another answer is begun before this iterator is used up or closed.
        """
        requests = (Request(path, name, now) for path, name in files)
        return self._capture.ask(requests, lambda line, _: decode_capture(line), lambda _: None)

    def health(self, path: bytes, name: bytes) -> tuple[Finding, ...]:
        """What is wrong with one picture or clip; empty where nothing is, "unchecked" where the parser gave up."""
        [answer] = self.healths([(path, name)])
        return answer

    def healths(self, files: Iterable[tuple[bytes, bytes]]) -> Generator[tuple[Finding, ...], None, None]:
        """As `health` for many (path, name), in their order.

        Raises:
            RuntimeError: another answer is begun before this iterator is used up or closed.
        """
        requests = (Request(path, name) for path, name in files)
        return self._health.ask(
            requests, lambda line, request: decode_findings(line, request.name), lambda request: gave_up(request.name)
        )


def captures_by_several(
    files: Sequence[tuple[bytes, bytes]], now: float, children: int = 0
) -> Iterator[Capture | None]:
    """As `ParserPool.captures`, in the order of `files`, asked of several children at once.

    children: 0 for one a processor, at most four; a few files are not worth a second child.
    """
    wanted = children or min(4, os.cpu_count() or 1, 1 + len(files) // _WORTH_A_CHILD)
    with ExitStack() as stack:
        pools = [stack.enter_context(ParserPool()) for _ in range(wanted)]
        shares = [pool.captures(files[start::wanted], now) for start, pool in enumerate(pools)]
        for place in range(len(files)):
            yield next(shares[place % wanted])


class _Lane:
    """The line to one child at a time: keeps it fed, replaces it after a failure or FILES_A_WORKER files.

    Of `waiting` the first `_sent` went to the present worker, in that order; without a worker nothing is answered.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = command
        self._seconds = seconds
        self._worker: Worker | None = None
        self._successor: Worker | None = None
        self._waiting: deque[Request] = deque()
        self._sent = 0
        self._singly = 0  # so many of the waiting are asked one at a time, to see which of them breaks the parser
        self._asked = 0
        self._failures = 0
        self._is_broken = False
        self._is_busy = False

    def ask(
        self,
        requests: Iterable[Request],
        decode: Callable[[bytes, Request], _Answer],
        give_up: Callable[[Request], _Answer],
    ) -> Generator[_Answer, None, None]:
        """One answer a request, in order."""
        if self._is_busy:
            raise RuntimeError("the answers before these were not used up")
        self._is_busy = True
        waiting = self._waiting
        try:
            for request in requests:
                left = 1 if self._asked >= FILES_A_WORKER else _REFILLED if len(waiting) >= _AHEAD else _AHEAD
                while len(waiting) >= left:
                    yield self._next(decode, give_up)
                if self._asked >= FILES_A_WORKER:
                    self._end_worker()
                waiting.append(request)
                self._feed()
            while waiting:
                yield self._next(decode, give_up)
        finally:
            self._is_busy = False
            self._singly = 0
            if waiting:  # answers nobody will fetch
                waiting.clear()
                self._end_worker()

    def close(self) -> None:
        """Ends the child, and the next one where it is started already."""
        self._end_worker()
        if self._successor is not None:
            self._successor.close()
        self._successor = None

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker = None
        self._sent = 0

    def _feed(self) -> None:
        """Send what may be sent of what waits."""
        most = 1 if self._singly else len(self._waiting)
        if self._sent < most:
            for request in list(islice(self._waiting, self._sent, most)):
                self._send(request)

    def _send(self, request: Request) -> None:
        if self._worker is None and not self._is_broken:
            self._worker = self._started()
            self._is_broken = self._worker is None
            self._asked = 0
        if self._worker is not None:
            self._worker.send(encode_request(request))
            self._sent += 1
            self._asked += 1
            if self._asked == _SUCCESSOR_AT and self._successor is None:
                self._successor = self._new_worker()

    def _new_worker(self) -> Worker | None:
        try:
            return Worker(self._command)
        except OSError:  # no more processes, or no such program
            return None

    def _started(self) -> Worker | None:
        """A child that said it is ready; None where it cannot be brought to that, which is then final."""
        for _ in range(_STARTS_LIMIT):
            worker, self._successor = self._successor or self._new_worker(), None
            if worker is not None:
                if worker.receive(_START_SECONDS) == READY:
                    return worker
                worker.close()
        return None

    def _next(self, decode: Callable[[bytes, Request], _Answer], give_up: Callable[[Request], _Answer]) -> _Answer:
        """The answer to the oldest request.

        A child that says nothing more may have held back answers to files that it was done with: those that it was
        given are asked again one at a time, and only a file that breaks the next child alone is given up.
        """
        line = self._worker.receive(self._seconds) if self._worker is not None else None
        if line is None and self._worker is not None and self._sent > 1:
            self._singly = self._sent
            self._end_worker()
            self._feed()
            return self._next(decode, give_up)
        answer = self._decoded(line, decode)
        request = self._waiting.popleft()
        self._sent, self._singly = max(0, self._sent - 1), max(0, self._singly - 1)
        if not answer:
            self._end_worker()
            self._failures += 1
            self._is_broken |= self._failures >= _FAILURES_LIMIT
        self._feed()
        return answer[0] if answer else give_up(request)

    def _decoded(self, line: bytes | None, decode: Callable[[bytes, Request], _Answer]) -> tuple[_Answer] | None:
        """The answer, in a tuple since it may be None; None where the child gave none."""
        if line is None:
            return None
        try:
            return (decode(line, self._waiting[0]),)
        except WireError:
            return None
