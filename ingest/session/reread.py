"""The second read of the card, around the cache: the only thing that finds a wrong answer given once.

Two reads that differ: the file is read again until two independent reads agree. When they agree with the first, the
copies stand. When they agree against it, the copies hold bytes that were never on the card: they are withdrawn and the
file is copied anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.copying.source import SourceAnswer, second_read
from ingest.disk.readback import Buffer
from ingest.events import Progressed, Warned
from ingest.ledger.assets import reads_agreed, record_source_read
from ingest.ledger.db import transaction
from ingest.ledger.known import KnownCardFile, card_files
from ingest.model.cards import CardFile
from ingest.model.copies import Method
from ingest.session.context import Session

_MOST_READS = 5
_COMMIT_EVERY = 256


@dataclass(frozen=True, slots=True)
class Agreement:
    """What reading again gave. reads: independent complete reads that agree on `xxh128`; 0 when none could be had."""

    file: CardFile
    xxh128: bytes
    reads: int
    answers: tuple[SourceAnswer, ...]
    problem: str = ""
    changed: bool = False


def read_again(session: Session, files: Iterable[CardFile]) -> list[CardFile]:
    """Read these card files a second time; gives those whose first read was wrong and that must be copied anew.

    Raises:
        CardGone: the card was removed.
    """
    known = card_files(session.ledger, session.card_id)
    buffer, done, wrong = Buffer(), 0, []
    waiting: list[Agreement] = []
    for file in files:
        if file.path not in known:
            continue
        agreement = _agree(session, file, known[file.path].xxh128, buffer)
        waiting.append(agreement)
        done += file.size
        session.emit(Progressed(done))
        if len(waiting) >= _COMMIT_EVERY:
            wrong += _settle(session, waiting, known)
            waiting = []
    return wrong + _settle(session, waiting, known)


def _agree(session: Session, file: CardFile, first: bytes, buffer: Buffer) -> Agreement:
    """Read until two independent reads agree: normally one more read."""
    seen: dict[bytes, int] = {first: 1}
    answers: list[SourceAnswer] = []
    for nth in range(2, _MOST_READS + 1):
        answer = second_read(session.opener, file, buffer, session.card.read_ceiling, nth)
        answers.append(answer)
        if answer.read is None or answer.changed:
            return Agreement(file, first, 1, tuple(answers), answer.problem, answer.changed)
        if answer.read.method is Method.CACHED:  # perhaps the first read's own bytes: it proves nothing
            return Agreement(file, first, 1, tuple(answers))
        count = seen[answer.read.xxh128] = seen.get(answer.read.xxh128, 0) + 1
        if count >= 2:
            return Agreement(file, answer.read.xxh128, count, tuple(answers))
    return Agreement(file, first, 0, tuple(answers))


def _settle(session: Session, agreements: list[Agreement], known: dict[bytes, KnownCardFile]) -> list[CardFile]:
    """Write what was read into the ledger; give the files whose copies hold wrong bytes."""
    wrong = []
    with transaction(session.ledger):
        for item in agreements:
            for answer in item.answers:
                if answer.read:
                    record_source_read(session.ledger, session.run_id, session.card_id, item.file, answer.read)
            if item.reads >= 2 and item.xxh128 == known[item.file.path].xxh128:
                reads_agreed(session.ledger, session.card_id, item.file.path, item.reads)
    for item in agreements:
        _tell(session, item)
        if item.reads >= 2 and item.xxh128 != known[item.file.path].xxh128:
            wrong.append(item.file)
    return wrong


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
        session.notes.append(f"{text}: use another reader, and retire this card if it happens again")
