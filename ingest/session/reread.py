"""The second read of the card, around the cache: the only thing that finds a wrong answer given once.

Two reads that differ: the file is read again until two independent reads agree. When they agree with the first, the
copies stand. When they agree against it, the copies hold bytes that were never on the card: they are withdrawn and the
file is copied anew.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.copying.source import SourceAnswer, second_read
from ingest.disk.readback import Buffer
from ingest.disk.readers import reader_of
from ingest.events import Progressed, Warned
from ingest.ledger.assets import agreed, record_reads
from ingest.ledger.db import transaction
from ingest.ledger.known import card_files_at
from ingest.ledger.unsteady import record_unsteady
from ingest.model.cards import CardFile
from ingest.model.copies import Method
from ingest.session.context import Session

_MOST_READS = 5
_COMMIT_EVERY = 256
_AT_ONCE = 1024  # files of which the ledger is asked what their first read gave
_TICK = 0.1  # seconds
_AHEAD = 1024  # answers that wait for the copies to be recorded


@dataclass(frozen=True, slots=True)
class Agreement:
    """What reading again gave. first: xxh128 of the first read. reads: independent complete reads that agree on
    `xxh128`; 0 when none could be had.
    """

    file: CardFile
    first: bytes
    xxh128: bytes
    reads: int
    answers: tuple[SourceAnswer, ...]
    problem: str = ""
    changed: bool = False

    @property
    def is_unsteady(self) -> bool:
        """Two reads of the file as it was listed gave different bytes, whatever the others gave."""
        reads = (answer.read for answer in self.answers if not answer.changed)
        return any(read is not None and read.xxh128 != self.first for read in reads)


class SecondRead:
    """Reads these card files once more, in order, in a thread of its own: it may begin beside the last proofs.

    It is the very card that the session opened, and read from `start` on. `close` ends it early.
    """

    def __init__(self, session: Session, files: Sequence[CardFile]) -> None:
        self.files = files
        self.read = 0  # bytes so far
        self._opener = session.opener.twin()
        self._ceiling = session.card.read_ceiling
        self._answers: queue.Queue[SourceAnswer | BaseException] = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._is_wanted = session.settings.gate.reads >= 2
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it has begun or the settings ask for one read alone."""
        if self._thread is None and self._is_wanted:
            self._thread = threading.Thread(target=self._read, name="read the card again", daemon=True)
            self._thread.start()

    def answers(self, tick: Callable[[int], None]) -> Iterator[tuple[CardFile, SourceAnswer]]:
        """Each file with what its second read gave. tick: gets the bytes that were read so far, now and then.

        Raises:
            CardGone: the card was removed.
        """
        self.start()
        told = time.monotonic()
        for file in self.files:
            answer = None
            while answer is None:
                with contextlib.suppress(queue.Empty):
                    answer = self._answers.get(timeout=_TICK)
                if time.monotonic() - told >= _TICK:
                    tick(self.read)
                    told = time.monotonic()
            if isinstance(answer, BaseException):
                raise answer
            yield file, answer
        tick(self.read)

    def _read(self) -> None:
        try:
            with contextlib.closing(Buffer()) as buffer:
                for file in self.files:
                    self._put(second_read(self._opener, file, buffer, self._ceiling, 2, self._count))
        except _StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the session's thread
            with contextlib.suppress(_StoppedError):
                self._put(error)

    def _count(self, count: int) -> None:
        self.read += count
        if self._stop.is_set():  # a clip of an hour is not read to its end first
            raise _StoppedError

    def _put(self, answer: SourceAnswer | BaseException) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._answers.put(answer, timeout=0.1)
                return
        raise _StoppedError

    def close(self) -> None:
        """Let go of the card."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._opener.close()


class _StoppedError(Exception):
    """The session ends."""


def read_again(session: Session, second: SecondRead) -> list[CardFile]:
    """Take the answers of the second read; gives the files whose first read was wrong and must be copied anew.

    A second read lies behind the first one, since only it goes around the cache: the other order could give the bytes
    of one answer of the card twice. So a file that was copied from the card again meanwhile is read again here.

    Raises:
        CardGone: the card was removed.
    """
    buffer = Buffer()
    firsts: dict[bytes, bytes] = {}
    wrong: list[CardFile] = []
    waiting: list[Agreement] = []
    for number, (file, answer) in enumerate(second.answers(lambda count: session.emit(Progressed(count)))):
        if number % _AT_ONCE == 0:
            firsts = _first_reads(session, second.files[number : number + _AT_ONCE])
        if file.path not in firsts:
            continue
        if file.path in session.read_late:
            answer = second_read(session.opener, file, buffer, session.card.read_ceiling, 2)
        waiting.append(_agree(session, file, firsts[file.path], answer, buffer))
        if len(waiting) >= _COMMIT_EVERY:
            wrong += _settle(session, waiting)
            waiting = []
    return wrong + _settle(session, waiting)


def _first_reads(session: Session, files: Sequence[CardFile]) -> dict[bytes, bytes]:
    """Card path -> xxh128 of the read that fed the copies, or that showed that there are some."""
    known = card_files_at(session.ledger, session.card_id, [file.path for file in files])
    return {path: file.xxh128 for path, file in known.items()}


def _agree(session: Session, file: CardFile, first: bytes, answer: SourceAnswer, buffer: Buffer) -> Agreement:
    """Read until two independent reads agree: normally one more read, which `answer` is."""
    seen: dict[bytes, int] = {first: 1}
    answers = [answer]
    while True:
        if answer.read is None or answer.changed:
            return Agreement(file, first, first, 1, tuple(answers), answer.problem, answer.changed)
        if answer.read.method is Method.CACHED:  # perhaps the first read's own bytes: it proves nothing
            return Agreement(file, first, first, 1, tuple(answers))
        count = seen[answer.read.xxh128] = seen.get(answer.read.xxh128, 0) + 1
        if count >= 2:
            return Agreement(file, first, answer.read.xxh128, count, tuple(answers))
        nth = len(answers) + 2
        if nth > _MOST_READS:
            return Agreement(file, first, first, 0, tuple(answers))
        answer = second_read(session.opener, file, buffer, session.card.read_ceiling, nth)
        answers.append(answer)


def _settle(session: Session, agreements: list[Agreement]) -> list[CardFile]:
    """Write what was read into the ledger; give the files whose copies hold wrong bytes."""
    reads = [(item.file, answer.read) for item in agreements for answer in item.answers if answer.read]
    unsteady = [(item.file.path, len(item.answers) + 1) for item in agreements if item.is_unsteady]
    settled = [item for item in agreements if item.reads >= 2]
    right = [item for item in settled if item.xxh128 == item.first]
    with transaction(session.ledger):
        record_reads(session.ledger, session.run_id, session.card_id, reads)
        if unsteady:
            record_unsteady(
                session.ledger,
                run_id=session.run_id,
                card_id=session.card_id,
                reader=reader_of(session.card.volume),
                files=unsteady,
                now=time.time(),
            )
        agreed(session.ledger, session.card_id, [(item.file.path, item.reads) for item in right])
    for item in agreements:
        _tell(session, item)
    return [item.file for item in settled if item.xxh128 != item.first]


def _tell(session: Session, item: Agreement) -> None:
    path, troubles = item.file.path, session.troubles
    if item.problem:
        troubles.unreadable[path] = item.problem
    elif item.changed:
        troubles.changed.add(path)
    elif item.reads == 0:
        troubles.disagreed.add(path)
    elif len(item.answers) > 1:
        text = "the card or its reader gave wrong bytes once; it was read again until two reads agreed"
        session.emit(Warned("unsteady card", text, (path,)))
