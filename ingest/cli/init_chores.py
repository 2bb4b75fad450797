"""What follows the one yes of `init`: folders, settings, the bucket, the watcher, a notice, the nights, a rehearsal."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.cli.console import Console, paint, shape
from ingest.cli.home import LEDGER, Home
from ingest.cli.init_flags import Flags
from ingest.config import Settings
from ingest.errors import Exit, SafelightError
from ingest.ledger.db import open_ledger
from ingest.model.names import display
from ingest.session.context import Request
from ingest.session.hands import Hands
from ingest.setup.places import Place
from ingest.setup.questions import NONE, YES
from ingest.setup.rehearsal import NAME, stage
from ingest.setup.writing import Draft, write

_NIGHT_AT = "02:30"


@dataclass(slots=True)
class Chores:
    """What is done and how it went. code: of the first thing that failed and counts."""

    home: Path
    console: Console
    flags: Flags
    code: int = 0

    def do(self, step: str, work: Callable[[], int], *, counts: bool) -> None:
        """One thing; an error of it is told and stops no other. counts: it changes the exit code."""
        try:
            code, words = work(), ""
        except SafelightError as error:
            code, words = int(error.exit_code), error.message
            self.console.say(f"  {shape('warn')} {error.message}")
            if error.hint:
                self.console.say(f"    {error.hint}")
        outcome = "failed" if code else "done"
        self.console.line({"schema": 1, "type": "step", "step": step, "outcome": outcome, "words": words, "exit": code})
        if counts:
            self.code = self.code or code


def run_chores(
    home: Path,
    console: Console,
    flags: Flags,
    places: Sequence[Place],
    answers: Mapping[str, str],
    made: Draft,
) -> int:
    """Do it all; gives 0, or the code of the first thing that failed. answers: by the key of their question.

    Raises:
        SafelightError: a folder or the settings cannot be made; what else was wanted is not begun then.
    """
    chores = Chores(home, console, flags)
    _write(chores, places, made)
    wished = {key: answers[key] == YES for key in ("notice", "watcher", "night", "rehearsal")}
    try:
        if answers["bucket"] != NONE:
            _title(console, "The third copy")
            chores.do("bucket", lambda: _bucket(chores, answers["bucket"]), counts=True)
        _system(chores, wished, made.settings)
        if wished["rehearsal"]:
            _title(console, "A rehearsal on these disks")
            chores.do("rehearsal", lambda: rehearse(chores, made.settings), counts=True)
    except KeyboardInterrupt:
        console.note("\nInterrupted. The settings are written; for the rest run again: safelight init")
        chores.code = int(Exit.INTERRUPTED)
    _end(chores, made)
    return chores.code


def _write(chores: Chores, places: Sequence[Place], made: Draft) -> None:
    for place in places:
        if place.is_new:
            with Hands(made.settings.copying.patience) as hands:
                try:
                    hands.ask(place.name, _make_folder, place.root)
                except OSError as error:
                    raise SafelightError(f"{place.root} cannot be made: {error.strerror}", path=place.root) from error
    kept = write(chores.home, made, time.strftime("%Y-%m-%d"))
    chores.console.say(
        f"\n{shape('safe')} The settings are written" if made.changed else "\nThe settings stay as they are"
    )
    if kept:
        chores.console.say(f"  from before: {display(os.fsencode(kept))}")


def _make_folder(root: str) -> None:
    """Asked at the destination."""
    os.makedirs(root, exist_ok=True)


def _system(chores: Chores, wished: Mapping[str, bool], settings: Settings) -> None:
    """What the system shall do by itself. It counts where it was asked for by its flag: many computers cannot."""
    steps: dict[str, Callable[[], int]] = {
        "notice": lambda: _notice(chores.console, settings),
        "watcher": lambda: _watcher(chores),
        "night": lambda: _night(chores),
    }
    if any(wished[step] for step in steps):
        _title(chores.console, "By itself")
    for step, work in steps.items():
        if wished[step]:
            chores.do(step, work, counts=step in chores.flags.given)


def _bucket(chores: Chores, bucket: str) -> int:
    from ingest.cli.cloud_setup import Wishes
    from ingest.cli.do_cloud_setup import run_setup

    wishes = Wishes(bucket, yes=True, ask=chores.flags.ask)  # so a key that is typed goes into the keychain
    return run_setup(chores.home, chores.console, wishes)


def _night(chores: Chores) -> int:
    from ingest.cli.do_schedule import run_schedule

    return run_schedule(chores.home, chores.console, "install", _NIGHT_AT, time.time())


def _watcher(chores: Chores) -> int:
    from ingest.cli.do_watch_agent import run_watch_agent

    return run_watch_agent(chores.home, chores.console, "install", time.time())


def _notice(console: Console, settings: Settings) -> int:
    from ingest.cli.do_notices import run_test

    return run_test(settings, console)


def rehearse(chores: Chores, settings: Settings) -> int:
    """A real ingest of a made-up card, on the real screen; gives its exit code."""
    from ingest.cli.do_ingest import run_ingest

    with stage(chores.home, settings, time.time()) as played:
        ledger = open_ledger(played.home / LEDGER)
        try:
            home = Home(played.home, played.settings, ledger)
            code = run_ingest(home, chores.console, Request(os.fsencode(played.card), NAME), ask=False)
        finally:
            ledger.close()
    chores.console.say("  That was the rehearsal. All that was written for it is removed again.")
    return code


def _end(chores: Chores, made: Draft) -> None:
    names = [place.name for place in made.settings.destinations]
    chores.console.line({"schema": 1, "type": "summary", "destinations": names, "exit": chores.code})
    drives = [place.name for place in made.settings.destinations if place.kind.value == "drive"]
    chores.console.say()
    for name in drives:
        chores.console.say(f"Mark the drive when it is plugged in: safelight drive add {name}")
    if chores.code:
        chores.console.say(
            f"{shape('warn')} Not everything is done, see above. Later: safelight init, safelight doctor"
        )
    else:
        chores.console.say(f"{shape('safe')} Ready. Plug in a card and run: safelight ingest")


def _title(console: Console, text: str) -> None:
    console.say(f"\n{paint(text, 'bold')}")
