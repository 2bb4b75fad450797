"""Catch up and print what came of it at each destination."""

import time
from dataclasses import asdict

from ingest.away.catch_up import catch_up
from ingest.away.context import CaughtUp, PlaceCounts, told
from ingest.away.working import working_since
from ingest.cli.console import Console, paint, shape
from ingest.cli.face_ingest import face_for
from ingest.cli.home import Home
from ingest.cli.signals import ended_like_ctrl_c
from ingest.errors import DestinationMissing, Exit, UsageError
from ingest.ledger.shoots import ShootRow, all_shoots, find_shoots
from ingest.model.places import Destination
from ingest.plan.rounds import Budget
from ingest.words import files, size


def run_catch_up(
    home: Home, console: Console, shoot: str | None, destination: str | None, *, budget: Budget, dry_run: bool
) -> int:
    """Gives 0 when every destination holds what it should, or has as much as was allowed; else as `exit_of`."""
    targets, shoots = _targets(home, destination), _shoots(home, shoot)
    working = {} if destination or shoot else working_since(home.settings, home.ledger)
    face = face_for(console)
    try:
        with ended_like_ctrl_c():
            done = catch_up(
                home.folder, home.settings, home.ledger, shoots, targets, face,
                budget=budget, working=working, dry_run=dry_run,
            )  # fmt: skip
    finally:
        face.close()
    if not dry_run:
        home.saw_drives(time.time())
    code = Exit.OK if dry_run else exit_of(done)
    console.line({"schema": 1, "type": "summary", **asdict(done), "exit": int(code)})
    _show(console, done)
    return int(code)


def _targets(home: Home, only: str | None) -> list[Destination]:
    places = home.settings.places()
    found = [place for place in places if only in (None, place.name)]
    if home.drives and only in {place.name for place in home.drives.away}:
        raise DestinationMissing(f"{only} is away", hint="Plug it in, then run the same command")
    if not found:
        known = ", ".join(place.name for place in places)
        raise UsageError(f"There is no destination {only!r}", hint=f"The settings name: {known}")
    return found


def _shoots(home: Home, text: str | None) -> list[ShootRow]:
    found = find_shoots(home.ledger, text) if text is not None else all_shoots(home.ledger)
    if text is not None and not found:
        raise UsageError(f"There is no shoot {text!r}", hint="See them with: safelight shoots")
    return found


def exit_of(done: CaughtUp) -> Exit:
    """What is worst: other bytes, then a destination that lacks something still, unless no more was allowed."""
    places = done.places.values()
    if any(place.mismatched for place in places):
        return Exit.MISMATCH
    if any(place.problem or place.failed or place.full or place.waiting for place in places):
        return Exit.DESTINATION
    return Exit.OK


def _show(console: Console, done: CaughtUp) -> None:
    for name, place in done.places.items():
        console.say(f"{_sign(place)} {name:<12} {lacks(place) if done.dry_run else told(place)}")
    if not done.places:
        console.say(f"{paint(shape('safe'), 'green')} Every destination has every shoot.")
    elif done.dry_run:
        console.say("Nothing was brought (--dry-run).")


def _sign(place: PlaceCounts) -> str:
    return paint(shape("safe"), "green") if place.brought == place.files else shape("warn")


def lacks(place: PlaceCounts) -> str:
    """`lacks 312 files of 2 shoots, 8.1 GB`."""
    return f"lacks {files(place.files)} of {files(place.shoots, 'shoot')}, {size(place.bytes)}"
