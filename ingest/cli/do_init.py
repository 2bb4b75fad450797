"""The first run: the questions one after the other, a summary, one yes; then everything is written and set up."""

import contextlib
import os
import platform
import sqlite3
from pathlib import Path
from urllib.parse import quote

from ingest.cli.bars import working
from ingest.cli.console import Console
from ingest.cli.home import LEDGER
from ingest.cli.init_asking import Asking
from ingest.cli.init_chores import run_chores
from ingest.cli.init_flags import Flags
from ingest.config import CONFIG_FILE, Settings, load
from ingest.config.values import name as checked_name
from ingest.errors import Exit, UsageError
from ingest.ledger.places import known_marker
from ingest.model.names import display
from ingest.model.places import DestinationKind
from ingest.setup.card_here import samples_here
from ingest.setup.places import Known, devices_in_all
from ingest.setup.questions import BY_KEY, NONE, QUESTIONS, Interview, unanswered
from ingest.setup.trying import Trial
from ingest.setup.writing import Draft, Wanted, draft

_NOTHING = "Nothing was changed."


def run_init(home: Path, console: Console, flags: Flags) -> int:
    """Gives 0 when all that was wanted is done; else the code of the first thing that is not.

    Raises:
        ConfigError: the settings that are there have mistakes, or cannot be changed.
        UsageError: an answer of the command line will not do, or one is missing and nobody can be asked.
    """
    before = load(home) if (home / CONFIG_FILE).exists() else None
    known = _known(home, before)
    label, samples = samples_here()
    trial = Trial(known, before, flags.kinds, console.say, lambda what: working(console, what), samples, flags.one_disk)
    asking = Asking(console, trial, flags, label)
    try:
        interview = _answered(asking, flags, _offered(before))
        made = _draft(home, trial, interview)
        agreed = flags.yes or not asking.can_ask or _agreed(asking, home, interview, made)
        while agreed is None:  # "b": back to the last question
            interview = _asked(asking, interview.back(), _offered(before))
            made = _draft(home, trial, interview)
            agreed = _agreed(asking, home, interview, made)
    except (KeyboardInterrupt, EOFError):
        console.note(f"\n{_NOTHING}")
        console.line({"schema": 1, "type": "error", "exit": int(Exit.INTERRUPTED), "message": _NOTHING})
        return int(Exit.INTERRUPTED)
    if not agreed:
        console.say(_NOTHING)
        return int(Exit.OK)
    return run_chores(home, console, flags, trial.all_places(), interview.answers, made)


def _known(home: Path, before: Settings | None) -> Known:
    """What the settings and the ledger know of destinations; a ledger is neither made nor brought up to date."""
    if before is None:
        return Known(home=home)
    named = tuple((place.name, place.kind.value, place.root) for place in before.destinations)
    markers: dict[str, str] = {}
    address = f"file:{quote(os.fsencode((home / LEDGER).absolute()))}?mode=ro"
    with (
        contextlib.suppress(sqlite3.Error),  # there is none, or it is for `doctor`
        contextlib.closing(sqlite3.connect(address, uri=True)) as ledger,
    ):
        markers = {name: known_marker(ledger, name) for name, _, _ in named}
    return Known(named, markers, home)


def _offered(before: Settings | None) -> dict[str, str]:
    """Answers that the settings give already, by the key of their question."""
    if before is None:
        return {}
    roots = [place.root for place in before.destinations if place.kind is not DestinationKind.DRIVE]  # mostly away
    said = {
        "folder": before.naming.folder,
        "catalogs": "\n".join(str(catalog.path) for catalog in before.catalogs),
        "bucket": before.cloud.bucket if before.cloud and before.cloud.kind == "b2" else "",
    }
    return said | dict(zip(("first", "second"), roots, strict=False)) | {"more": "\n".join(roots[2:])}


def _answered(asking: Asking, flags: Flags, offered: dict[str, str]) -> Interview:
    """Every question answered, by the flags, the settings or somebody."""
    missing = [question.flag for question in QUESTIONS if question.key not in flags.given]
    if missing and not flags.yes and not asking.can_ask:
        hint = f"Add --yes for the defaults, or {', '.join(missing)}"
        raise UsageError("There is nobody to ask, and not everything was said", hint=hint)
    if flags.yes:
        missing = [question.flag for question in unanswered(flags.given, offered)]
        if missing:
            raise UsageError(f"--yes knows no answer for {', '.join(missing)}", hint="Name both destinations")
        said = {q.key: flags.given.get(q.key) or offered.get(q.key) or q.default for q in QUESTIONS}
        return Interview.begun({q.key: asking.take(q, said[q.key]) for q in QUESTIONS})
    given = {q.key: asking.take(q, flags.given[q.key]) for q in QUESTIONS if q.key in flags.given}
    return _asked(asking, Interview.begun(given), offered)


def _asked(asking: Asking, interview: Interview, offered: dict[str, str]) -> Interview:
    asking.begin(interview)
    while interview.question is not None:
        key, answer = interview.question.key, asking.ask(interview, offered)
        interview = interview.back() if answer is None else interview.next(answer)
        if key == "first" and answer and "second" in interview.given:
            asking.take(BY_KEY["second"], interview.answers["second"])  # now that it has something to differ from
    return interview


def _draft(home: Path, trial: Trial, interview: Interview) -> Draft:
    """The settings as they would be; `Trial` holds the places in the order of the questions."""
    places, catalogs = trial.all_places(), interview.answers["catalogs"]
    paths = [] if catalogs == NONE else catalogs.splitlines()
    wanted = Wanted(
        [{"name": place.name, "kind": place.kind, "root": place.root} for place in places],
        interview.answers["folder"],
        [{"kind": trial.kind_of_catalog(path), "path": path} for path in paths],
        _devices(trial, devices_in_all(places)),
    )
    return draft(home, wanted, _station())


def _devices(trial: Trial, separate: int) -> int | None:
    """What the gate is to ask for: one disk only as long as there is one."""
    if separate < 2:
        return 1
    return 2 if trial.before and trial.before.gate.devices < 2 else None


def _station() -> str:
    try:
        return checked_name(platform.node().partition(".")[0])
    except ValueError:
        return "studio-1"


def _agreed(asking: Asking, home: Path, interview: Interview, made: Draft) -> bool | None:
    """The summary, and one question; None for back."""
    say = asking.console.say
    say()
    file = display(os.fsencode(home / CONFIG_FILE))
    kept = "; the one from before is kept beside it" if made.before is not None and made.changed else ""
    say(f"{file}{kept if made.changed or made.before is None else ', as it is'}")
    for place in asking.trial.all_places():
        say(f"  {place.name:<12} {place.root}{'   (is made)' if place.is_new else ''}")
    staying = [place for place in made.settings.destinations if place.kind is not DestinationKind.DRIVE]
    others = {place.name for place in staying} - {place.name for place in asking.trial.all_places()}
    if others:
        say(f"  {'':<12} {', '.join(sorted(others))} stays in the settings; take it out by hand when it is gone")
    if made.settings.gate.devices < 2:
        say(f"  {'gate':<12} one disk is enough: for a trial, since two folders of one disk are one copy")
    for key, word in (("folder", "folder"), ("catalogs", "catalogs"), ("bucket", "third copy")):
        for number, line in enumerate(interview.answers[key].splitlines()):
            say(f"  {'' if number else word:<12} {line}")
    then = [word for key, word in _THEN.items() if interview.answers[key] == "yes"]
    say(f"  {'then':<12} {', '.join(then) or 'nothing more'}")
    return asking.yes("Write it?", default=True)


_THEN = {"notice": "a test notice", "watcher": "the watcher", "night": "the nights", "rehearsal": "a rehearsal"}
