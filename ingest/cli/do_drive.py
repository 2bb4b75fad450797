"""Drives on the terminal: what each is doing, adding one, bringing it up to date, taking it away."""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, replace

from ingest.away.adding import add
from ingest.away.catch_up import catch_up
from ingest.away.context import CaughtUp, told
from ingest.away.drives import Located, advice, drives_of
from ingest.away.eject import eject
from ingest.cli.console import Console, paint, shape
from ingest.cli.do_catch_up import exit_of
from ingest.cli.do_verify import look_with_bars, show_report
from ingest.cli.face_ingest import face_for
from ingest.cli.home import Home
from ingest.cli.signals import ended_like_ctrl_c
from ingest.edits.sync import sync_edits
from ingest.errors import DestinationError, DestinationMissing, Exit, LedgerError, SyncBusy, UsageError
from ingest.ledger.places import known_marker
from ingest.ledger.shoots import all_shoots
from ingest.ledger.sightings import saw
from ingest.model.drives import Drive
from ingest.model.names import display
from ingest.model.places import Destination, DestinationKind
from ingest.plan.rounds import Budget
from ingest.session.backup import back_up_ledger
from ingest.session.hands import Hands, words_of
from ingest.session.verify import tasks_at
from ingest.words import day

_FLUSHING = 300.0  # seconds without a sign of life: a slow drive may have much to flush


def run_list(home: Home, console: Console) -> int:
    """Gives 0, whatever is asked of a person."""
    now = time.time()
    home.saw_drives(now)
    drives = drives_of(home.drives, home.ledger) if home.drives else []
    for drive in drives:
        console.line({"schema": 1, "type": "drive", **asdict(drive)})
        console.say(_line(drive, now))
    said = advice(home.drives, home.ledger, now) if home.drives else []
    for word in said:
        console.say(f"{shape('warn')} {word.text}")
    if not drives:
        console.say('The settings name no drive: a [[destinations]] table with kind = "drive" for each.')
    words = [{"advice": word.advice, "drive": word.drive, "text": word.text} for word in said]
    console.line({"schema": 1, "type": "summary", "drives": len(drives), "advice": words})
    return int(Exit.OK)


def _line(drive: Drive, now: float) -> str:
    if not drive.is_known:
        return f"{drive.name:<12} not added yet"
    where = "here" if drive.is_here else "away"
    parts = [f"{where} since {day(drive.since, now)}" if drive.since else where]
    parts.append(f"had everything {day(drive.current, now)}" if drive.current else "never had everything")
    parts.append(f"lacks {drive.lacks:,} file{'s' * (drive.lacks != 1)}" if drive.lacks else "lacks nothing")
    if drive.proven:
        parts.append(f"its oldest proof {day(drive.proven, now)}")
    return f"{drive.name:<12} {', '.join(parts)}"


def _located(home: Home) -> Located:
    if home.drives is None:
        raise UsageError("The settings name no drive", hint='Add a [[destinations]] table with kind = "drive"')
    return home.drives


def _named(home: Home, name: str) -> Destination:
    """A drive of the settings, wherever it is."""
    located = _located(home)
    found = [*located.here, *located.away]
    for place in found:
        if place.name == name:
            return place
    raise UsageError(f"There is no drive {name!r}", hint=f"The settings name: {', '.join(p.name for p in found)}")


def run_add(home: Home, console: Console, name: str, at: str | None) -> int:
    """Gives 0; what speaks against it is raised."""
    place = _named(home, name)
    if at is not None:
        place = replace(place, root=os.path.abspath(os.fsencode(at)))
    others = [each for each in home.settings.places() if each.kind is not DestinationKind.DRIVE]
    with Hands(home.settings.copying.patience) as hands:
        found = add(home.ledger, hands, place, others, time.time(), is_trial=home.settings.gate.devices < 2)
    uuid, mount = found.volume.uuid, display(found.volume.mount)
    console.line({"schema": 1, "type": "summary", "drive": name, "uuid": uuid, "mount": mount, "marker": found.marker})
    console.say(f"{paint(shape('safe'), 'green')} {name} is known from now on, wherever it is mounted.")
    console.say(f"  What it lacks is brought by: safelight drive update {name}")
    return int(Exit.OK)


def run_update(home: Home, console: Console, name: str | None, seconds: float) -> int:
    """Gives 0 when each has everything and all that was read again is right; else as `catch-up` and `verify` do."""
    located = _located(home)
    places = [place for place in located.here if name in (None, place.name)]
    if not places:
        away = _named(home, name).name if name else "every drive"
        raise DestinationMissing(f"{away} is away", hint="Plug it in, then run the same command")
    done, edits = _bring(home, console, places)
    reports = look_with_bars(home, console, tasks_at(home.ledger, places), False, Budget(seconds))
    for report in reports:
        show_report(console, report)
    home.saw_drives(time.time())
    unsaved = _back_up(home, places)
    for problem in filter(None, (edits, *unsaved)):
        console.say(f"{shape('warn')} {problem}")
    code = exit_of(done)
    if code is Exit.OK and not all(report.is_clean for report in reports):
        code = Exit.CARE_FAILED
    if code is Exit.OK and unsaved:
        code = Exit.DESTINATION
    problems = {"edits": edits, "ledger": "; ".join(unsaved)}
    console.line({"schema": 1, "type": "summary", **asdict(done), **problems, "exit": int(code)})
    return int(code)


def _bring(home: Home, console: Console, places: Sequence[Destination]) -> tuple[CaughtUp, str]:
    """What the drives lack, then the edits beside it; gives what came of it, and why no edits were brought."""
    face, problem = face_for(console), ""
    try:
        with ended_like_ctrl_c():
            shoots = all_shoots(home.ledger)
            budget = Budget()
            done = catch_up(
                home.folder, home.settings, home.ledger, shoots, places, face, budget=budget, working={}
            )  # fmt: skip
            for place in places:
                came = told(done.places[place.name]) if place.name in done.places else "has every shoot"
                console.say(f"{place.name:<12} {came}")
            try:
                sync_edits(home.folder, home.settings, home.ledger, shoots, face)
            except (DestinationError, SyncBusy) as error:
                problem = f"no edits were brought: {error.message}"
    finally:
        face.close()
    return done, problem


def _back_up(home: Home, places: Sequence[Destination]) -> list[str]:
    """The ledger as well, for whoever has nothing but the drive; gives why there is no new backup."""
    with Hands(home.settings.copying.patience) as hands:
        try:
            found = back_up_ledger(home.folder, home.settings, home.ledger, places, hands, time.time())
        except LedgerError as error:
            return [error.message]
    return [
        f"no new backup of the ledger on {name}: {words_of(name, each)}"
        for name, each in found.items()
        if isinstance(each, DestinationError)
    ]


def run_eject(home: Home, console: Console, name: str) -> int:
    """Gives 0 when it may be unplugged, else 13."""
    place = _named(home, name)
    home.saw_drives(time.time())
    with Hands(max(home.settings.copying.patience, _FLUSHING)) as hands:
        gone = eject(hands, place, known_marker(home.ledger, name), home.settings.places())
    if not gone.problem:
        saw(home.ledger, name, "away", time.time())
    code = Exit.DESTINATION if gone.problem else Exit.OK
    console.line(
        {
            "schema": 1, "type": "summary", "drive": name, "mount": display(gone.mount), "problem": gone.problem,
            "holders": gone.holders, "exit": int(code),
        }
    )  # fmt: skip
    if not gone.problem:
        console.say(f"{paint(shape('safe'), 'green')} {name} may be unplugged now.")
        return int(code)
    console.say(f"{paint(shape('do_not_format'), 'red')} Do not unplug {name} yet: {gone.problem}")
    if gone.holders:
        console.say(f"  Open there: {', '.join(gone.holders)}. Close that, then run the same command.")
    return int(code)
