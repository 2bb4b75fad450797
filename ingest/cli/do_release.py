"""Judge, ask, release, and print it."""

import os
import time

from ingest.archive.release import Judged, judge, release, working_place
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.cli.typed import typed
from ingest.errors import Exit, UsageError
from ingest.gate.certificate import example_names
from ingest.ledger.known import copies_of_shoot
from ingest.ledger.shoots import ShootRow, find_shoots
from ingest.model.names import display
from ingest.words import files, size


def run_release(
    home: Home, console: Console, text: str, place: str | None, confirm: str | None, *, dry_run: bool
) -> int:
    """Gives 0 when all went, 18 where copies have to stay, 3 where single files did."""
    shoot = one_shoot(home, text)
    judged = _judge(home, console, shoot, place)
    if judged.doubts:
        return _refused(console, shoot, judged)
    count = files(len(judged.copies))
    console.say(f"Every other copy of {shoot.name} was read back just now: {count} may go, {size(judged.bytes)}.")
    if dry_run:
        _line(console, shoot, judged, released=0, stayed=0)
        console.say("Nothing went (--dry-run).")
        return int(Exit.OK)
    typed = confirm if confirm is not None else _ask(shoot)
    if typed != shoot.name:
        raise UsageError(f"That is not the shoot's name ({shoot.name})", hint="Nothing was touched")
    sent = release(home.settings, home.ledger, judged, time.time)
    stayed, missing = sent.stayed, len(sent.missing)
    went = len(judged.copies) - len(stayed) - missing
    _line(console, shoot, judged, released=went, stayed=len(stayed), missing=missing)
    console.say(
        f"{paint(shape('safe'), 'green')} {files(went)} went to the trash of {judged.place.name}: empty it for room."
    )
    if missing:
        console.say(f"  Not there any more: {files(missing)}; released as well")
    console.say(f"  Back with: safelight restore {shoot.id}")
    for path, why in stayed.items():
        console.say(f"  {shape('warn')} left where it was: {display(path)} ({why})")
    return int(Exit.OK if not stayed else Exit.UNREADABLE_FILES)


def one_shoot(home: Home, text: str) -> ShootRow:
    """The one shoot that a person means.

    Raises:
        UsageError: none, or several.
    """
    found = find_shoots(home.ledger, text)
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{row.id}: {row.name} ({row.day})" for row in found[:8])
    hint = f"Name one by its number: {names}" if found else "See them with: safelight shoots"
    raise UsageError(f"{len(found) or 'No'} shoots match {text!r}", hint=hint)


def _judge(home: Home, console: Console, shoot: ShootRow, place: str | None) -> Judged:
    bars, done = Bars.on(console), 0
    working = working_place(home.settings, place)
    elsewhere = [copy for known in copies_of_shoot(home.ledger, shoot.id).values() for copy in known]
    bars.begin({"Reading the others": sum(copy.size for copy in elsewhere if copy.destination != working.name)})

    def tick(_: str, count: int) -> None:
        nonlocal done
        done += count
        bars.show({"Reading the others": done})

    try:
        return judge(home.settings, home.ledger, shoot, working, time.time, tick)
    finally:
        bars.close()


def _refused(console: Console, shoot: ShootRow, judged: Judged) -> int:
    _line(console, shoot, judged, released=0, stayed=len(judged.copies))
    console.say(
        f"{paint(shape('do_not_format'), 'red')} {shoot.name} stays on {judged.place.name}. Nothing was touched."
    )
    for doubt, paths in judged.doubts.items():
        console.say(f"    {files(len(paths))}: {doubt.value}: {example_names(tuple(paths))}")
    console.say("    What helps: bring the other destinations here, safelight verify, safelight cloud run")
    return int(Exit.CARE_FAILED)


def _line(console: Console, shoot: ShootRow, judged: Judged, *, released: int, stayed: int, missing: int = 0) -> None:
    reasons = {doubt.name.lower(): [display(path) for path in paths] for doubt, paths in judged.doubts.items()}
    console.line(
        {
            "schema": 1, "type": "summary", "shoot": shoot.name, "destination": judged.place.name,
            "files": len(judged.copies), "bytes": judged.bytes, "released": released, "stayed": stayed,
            "missing": missing, "reasons": reasons,
        }
    )  # fmt: skip


def _ask(shoot: ShootRow) -> str:
    if not os.isatty(0):
        raise UsageError("A release must be confirmed", hint=f"Add: --confirm {shoot.name!r}")
    return typed(f"Type the shoot's name ({shoot.name}) to go on: ")
