"""One ingest of one card, from the card in the reader to the verdict."""

import contextlib
import gc
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.config import Settings
from ingest.copying.crew import Crew
from ingest.disk.folders import FileOpener
from ingest.disk.memory import give_back
from ingest.errors import CardGone, LedgerError
from ingest.events import CardFound, Event, Phase, StartEditing
from ingest.ledger.db import check, transaction
from ingest.ledger.known import acknowledge
from ingest.ledger.places import find_card, remember_card
from ingest.ledger.runs import open_run
from ingest.ledger.verdicts import last_verdict
from ingest.model.cards import Capture
from ingest.plan.dispositions import judge_entries
from ingest.plan.planned import IngestPlan
from ingest.session.context import Emit, Request, Session
from ingest.session.copy import copy_all, copying
from ingest.session.hands import Hands
from ingest.session.jobs import early_jobs, jobs_of, wanted_room
from ingest.session.look import (
    Recognised,
    Standing,
    captures_of,
    make_plan,
    plan_event,
    recognise,
    remember,
    still_standing,
    wanted_files,
)
from ingest.session.partial import kept_temporaries, still_on_the_card
from ingest.session.pictures import PictureCheck
from ingest.session.prepare import admit_all, boot_id, card_lock, refuse_indistinct, sweep_leftovers
from ingest.session.reader import open_card
from ingest.session.reread import SecondRead, read_again
from ingest.session.room import leave_out_full
from ingest.session.scene import Card, may_be_acknowledged
from ingest.session.shoots import copy_facts, make_empty_folders, make_shoots
from ingest.session.undo import withdraw_wrong

if TYPE_CHECKING:
    from ingest.gate.verdict import Verdict

_QUICK_CHECK_BELOW = 256 << 20
AskName = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an ingest ends with. verdict: None for a dry run.

    afterwards: work that the verdict need not wait for, done as its events are taken: the queue, tags from catalogs.
    """

    card: Card
    verdict: "Verdict | None"
    afterwards: Iterable[Event] = ()


def ingest_card(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    request: Request,
    emit: Emit,
    *,
    ask_name: AskName | None = None,
) -> Outcome:
    """Copy, prove, judge and tag one card.

    Raises:
        SafelightError: nothing could be begun (no card, no destination, card busy, ledger damaged): see `errors`.
    """
    _refuse_damaged(home, ledger)
    workers = 0 if request.dry_run else len(settings.places())
    with Crew(workers) as crew, Hands(settings.copying.patience) as hands:
        return _ingest(home, settings, ledger, request, emit, hands, crew, ask_name)


def _ingest(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    request: Request,
    emit: Emit,
    hands: Hands,
    crew: Crew,
    ask_name: AskName | None,
) -> Outcome:
    card = open_card(request.card, settings.places(), hands)
    with contextlib.nullcontext() if request.dry_run else card_lock(home, card):
        refuse_indistinct(settings, settings.places(), card, hands)
        _tell_card(ledger, card, emit)
        with FileOpener(card.root) as opener:
            session = _open_session(home, settings, ledger, request, card, opener, emit, hands)
            session.crew = crew
            if request.dry_run:
                emit(plan_event(_dry_plan(session)))
                return Outcome(card, None)
            return _run(session, ask_name)


def _refuse_damaged(home: Path, ledger: sqlite3.Connection) -> None:
    size = ledger.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    problems = check(ledger) if size < _QUICK_CHECK_BELOW else []
    if problems:
        raise LedgerError(
            f"The ledger is damaged: {problems[0]}",
            path=str(home),
            hint="Nothing was copied. Keep the file, put back a ledger backup, then run the same command",
        )


def _tell_card(ledger: sqlite3.Connection, card: Card, emit: Emit) -> None:
    row = find_card(ledger, card.identity)
    before = last_verdict(ledger, row.id) if row else None
    files = card.listing.files
    emit(
        CardFound(
            card.label,
            card.identity.uuid,
            card.identity.size,
            card.volume.fs_type,
            card.root,
            len(files),
            sum(file.size for file in files),
            row.last_seen if row else None,
            before.level if before else "",
            bool(card.identity.subpath),
        )
    )


def _open_session(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    request: Request,
    card: Card,
    opener: FileOpener,
    emit: Emit,
    hands: Hands,
) -> Session:
    """A dry run writes nothing at all: no row, no marker, no folder."""
    row = find_card(ledger, card.identity)
    judged = judge_entries(card.listing.files, settings.cards.ignore)
    if request.dry_run:
        card_id = row.id if row else 0
        return Session(home, settings, ledger, request, card, judged, card_id, 0, "", opener, [], {}, {}, emit, hands)
    now = time.time()
    places, ids, absent = admit_all(ledger, settings.places(), hands, emit, now)
    with transaction(ledger):
        card_id = remember_card(ledger, card.identity, card.volume.fs_type, now)
        run_id = open_run(ledger, card_id, now, boot_id(), "ingest")
    words = (card_id, run_id, boot_id(), opener, places, ids, absent, emit, hands)
    session = Session(home, settings, ledger, request, card, judged, *words)
    session.partials = still_on_the_card(session)
    _sweep(session)
    return session


def _sweep(session: Session) -> None:
    sweep_leftovers(session, {place.name: kept_temporaries(session, place.name) for place in session.places})


def _run(session: Session, ask_name: AskName | None) -> Outcome:
    """The order of durable writes: copy, prove, publish, ledger; the second read; manifests; the verdict; tags."""
    with contextlib.closing(PictureCheck(session)) as pictures:
        is_copied = _read_and_copy(session, ask_name, pictures)
        session.facts = {}  # a card of 100,000 files needs the room for its evidence
        gc.collect()  # the engine and its hands hold one another, and the names of all files with them
        give_back()
        from ingest.session.ending import afterwards, write_and_judge

        return Outcome(session.card, write_and_judge(session, pictures, is_copied=is_copied), afterwards(session))


def _read_and_copy(session: Session, ask_name: AskName | None, pictures: PictureCheck) -> bool:
    """Both reads; whether all was copied that could be. How it ended otherwise is in the troubles."""
    files = wanted_files(session)
    is_copied = False
    with contextlib.closing(SecondRead(session, files)) as second:
        try:
            _copy_and_prove(session, ask_name, second, pictures)
            is_copied = True
            _read_again(session, second, pictures)
        except CardGone:
            session.troubles.card_gone = True
        except KeyboardInterrupt:
            session.troubles.interrupted = True
    return is_copied


def _recognise(session: Session) -> Recognised:
    return recognise(session, wanted_files(session))


def _dry_plan(session: Session) -> IngestPlan:
    known = _recognise(session)
    return _plan(session, known, still_standing(session, known.content), ask_name=None)[0]


def _plan(
    session: Session, known: Recognised, standing: Mapping[bytes, Standing], *, ask_name: AskName | None
) -> tuple[IngestPlan, dict[bytes, Capture]]:
    """The plan, and when each file was taken.

    A card that was torn out meanwhile could not tell of all files when they were taken: the times that it had for them
    serve, for what has been read of it may be the only copy now.
    """
    captures = captures_of(session, wanted_files(session), known.content)
    plan = make_plan(session, known, standing, captures)
    new = [shoot for shoot in plan.shoots if shoot.existing_id is None]
    if ask_name and new and not session.request.shoot and session.opener.alive():
        name = ask_name(new[0].name)
        if name != new[0].name:
            session.request = replace(session.request, shoot=name)
            plan = make_plan(session, known, standing, captures)
    return plan, captures


def _copy_and_prove(session: Session, ask_name: AskName | None, second: SecondRead, pictures: PictureCheck) -> None:
    """Reading begins before the plan is made: what is new is needed everywhere, whatever it will be named."""
    if session.request.acknowledge:
        _acknowledge(session)
    known = _recognise(session)
    remember(session, known)
    standing = still_standing(session, known.content)
    leave_out_full(session, wanted_room(session, standing))
    with copying(session, pictures.add, second.start) as copier:
        copier.start(early_jobs(session, standing, session.partials), standing)
        import ingest.session.ending  # noqa: F401 - what comes last takes longest to import: now the card is being read

        plan, captures = _plan(session, known, standing, ask_name=ask_name)
        session.emit(plan_event(plan))
        session.facts = copy_facts(session, plan, captures, make_shoots(session, plan))
        jobs, folders = jobs_of(session, plan, standing), plan.folders
        del plan, captures  # the jobs hold the plan until the last of them is taken
        copier.finish(jobs)
    if session.partials:
        _sweep(session)  # beginnings that were not built upon
    make_empty_folders(session, folders)
    if not session.troubles.any_file and not session.absent:
        session.emit(StartEditing(tuple(place.name for place in session.places)))


def _acknowledge(session: Session) -> None:
    with transaction(session.ledger):
        for entry in session.card.listing.files:
            if may_be_acknowledged(entry):
                acknowledge(session.ledger, session.card_id, entry.path, entry.size, entry.mtime_ns, time.time())


def _read_again(session: Session, second: SecondRead, pictures: PictureCheck) -> None:
    """The second read; files whose first read was wrong are withdrawn, copied anew and read again, at most twice."""
    if session.settings.gate.reads < 2:
        return
    session.emit(Phase("reading again", sum(file.size for file in second.files), files=len(second.files)))
    wrong = read_again(session, second)
    for _ in range(2):
        if not wrong:
            return
        copy_all(session, withdraw_wrong(session, wrong), pictures.add)
        session.emit(Phase("reading again", sum(file.size for file in wrong), files=len(wrong)))
        with contextlib.closing(SecondRead(session, wrong)) as again:
            wrong = read_again(session, again)
    session.troubles.disagreed |= {file.path for file in wrong}
