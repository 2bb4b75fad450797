"""What `doctor` looks at, each as one small question with an answer and a next step."""

import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.cli.bars import working
from ingest.cli.console import Console, shape
from ingest.cli.home import LEDGER, Home, located
from ingest.cli.notice_points import notice_answers
from ingest.cli.seal_points import seal_answers
from ingest.cli.setup_points import catalog_answers, naming_answers, night_answers
from ingest.cli.weak_points import Answer, clock_weakness, cloud_weaknesses, home_weaknesses
from ingest.config import Settings, home_folder, load
from ingest.copying.destination import inspect, read_marker
from ingest.disk.fs_rules import FsRules
from ingest.errors import DestinationError, Exit, SafelightError
from ingest.ledger.backups import last_backups
from ingest.ledger.catalogs import last_snapshots
from ingest.ledger.db import check, open_ledger
from ingest.ledger.places import known_marker
from ingest.ledger.sightings import seen
from ingest.model.names import display
from ingest.model.places import Destination, Volume, separate_devices
from ingest.session.hands import Hands
from ingest.stream.watcher import INSTALL, is_watching, is_well, watcher_beat, watcher_words
from ingest.words import clock, day, size

_SIGNS = {"ok": "safe", "note": "warn", "problem": "do_not_format"}


def run_doctor(console: Console) -> int:
    """Print every answer; the exit code is that of the first problem."""
    with working(console, "Looking at settings, destinations, catalogs and the bucket"):
        answers = list(_answers())
    for answer in answers:
        record = {"what": answer.what, "level": answer.level, "text": answer.text, "todo": answer.todo}
        console.line({"schema": 1, "type": "finding", **record})
        console.say(f"{shape(_SIGNS[answer.level])} {answer.what:<14} {answer.text}")
        if answer.todo:
            console.say(f"  {'':<14} -> {answer.todo}")
    problems = [answer for answer in answers if answer.level == "problem"]
    console.line({"schema": 1, "type": "summary", "problems": len(problems), "looked_at": len(answers)})
    return int(problems[0].exit) if problems else int(Exit.OK)


def _answers() -> Iterator[Answer]:
    folder = home_folder()
    try:
        settings = load(folder)
        yield Answer("settings", "ok", str(folder / "config.toml"))
    except SafelightError as error:
        mistakes = "; ".join(getattr(error, "mistakes", ()))
        text = f"{error.message}{': ' if mistakes else ''}{mistakes}"
        yield Answer("settings", "problem", text, error.hint, error.exit_code)
        return
    yield from _system()
    try:
        ledger = open_ledger(folder / LEDGER)
    except SafelightError as error:
        yield Answer("ledger", "problem", error.message, error.hint, error.exit_code)
        return
    try:
        yield _ledger(ledger, folder / LEDGER)
        yield from home_weaknesses(folder, folder / LEDGER)
        yield from clock_weakness(ledger, time.time())
        yield from _backups(settings, ledger)
        yield from _snapshots(settings, ledger)
        home = located(folder, settings, ledger)
        yield from _destinations(home.settings, ledger)
        yield from _drives(home)
        yield from _encryption(settings, ledger)
    finally:
        ledger.close()
    yield from naming_answers(settings)
    yield from _watcher(folder, time.time())
    yield from night_answers(folder)
    yield from catalog_answers(settings, time.time())
    yield from _cloud(settings)
    yield from notice_answers(folder)


def _watcher(folder: Path, now: float) -> Iterator[Answer]:
    """How the watcher is, where one was ever installed or seen."""
    from ingest.agents.install import State, state_of, system_here
    from ingest.watch.agent import watch_agent

    beat, state = watcher_beat(folder), state_of(watch_agent(folder), system_here())
    if beat is None and state is State.ABSENT:
        return
    alive = is_watching(beat)
    text, _, todo = watcher_words(beat, now, alive).partition(": ")
    if is_well(beat, now, alive):
        yield Answer("watcher", "ok", text)
    else:
        yield Answer("watcher", "note", text, todo or "See: safelight watch --status")
    if state not in (State.RUNS, State.ABSENT):
        yield Answer("watcher", "note", state.value, f"Run: {INSTALL}")


def _system() -> Iterator[Answer]:
    if platform.system() != "Linux":
        text = "reading around the cache is built and measured on Linux only; here no verdict is SAFE"
        yield Answer("system", "problem", text, "Run Safelight on Linux for verdicts", Exit.NOT_YET)


def _ledger(ledger: sqlite3.Connection, path: Path) -> Answer:
    problems = check(ledger, thorough=True)
    if problems:
        return Answer("ledger", "problem", problems[0], "Keep the file and run: safelight ledger rebuild", Exit.LEDGER)
    return Answer("ledger", "ok", f"sound, {size(path.stat().st_size)}")


def _backups(settings: Settings, ledger: sqlite3.Connection) -> Iterator[Answer]:
    """When each destination last got a backup of the ledger; one that was never used has nothing to tell."""
    last, now = last_backups(ledger), time.time()
    told = [f"{name} {day(each.at, now)} {clock(each.at)}" for name, each in last.items()]
    used = [place.name for place in settings.places() if known_marker(ledger, place.name)]
    missing = [name for name in used if name not in last]
    if told:
        yield Answer("ledger backup", "ok", ", ".join(told))
    if missing:
        yield Answer("ledger backup", "note", f"none on {', '.join(missing)}", "Run: safelight ledger backup")


def _snapshots(settings: Settings, ledger: sqlite3.Connection) -> Iterator[Answer]:
    """The newest snapshot of each catalog; of a catalog that is read, and of which there is none, it is said."""
    last, now = {each.catalog: each for each in last_snapshots(ledger)}, time.time()
    for name in (display(os.fsencode(catalog.path)) for catalog in settings.catalogs):
        if name in last:
            where = ", ".join(last[name].places) or "nowhere any more"
            yield Answer("snapshot", "ok", f"{name}: {day(last[name].at, now)} {clock(last[name].at)}, {where}")
        else:
            yield Answer("snapshot", "note", f"none of {name}", "Run: safelight catalog snapshot")


def _destinations(settings: Settings, ledger: sqlite3.Connection) -> Iterator[Answer]:
    volumes: dict[str, Volume] = {}
    with Hands(settings.copying.patience) as hands:
        stands = hands.ask_all(_stand, {place.name: (place,) for place in settings.places()})
    for place in settings.places():
        stand = stands[place.name]
        if isinstance(stand, DestinationError):
            yield Answer(place.name, "problem", stand.message, stand.hint, Exit.DESTINATION)
            continue
        volume, rules, marker = stand
        volumes[place.name] = volume
        known = known_marker(ledger, place.name)
        if known and marker != known:
            text = "the folder is there, but it is not the destination that was used before"
            todo = f"Mount {place.name}; if it was emptied, or is a new drive, give it a new name in the settings"
            yield Answer(place.name, "problem", text, todo, Exit.DESTINATION)
        elif rules.proof_ceiling is None:
            text = f"{volume.fs_type}: copies there cannot be read around the cache, so they are never proven"
            yield Answer(
                place.name, "problem", text, "Use ext4, xfs, btrfs, exFAT by the kernel, NFS or SMB", Exit.DESTINATION
            )
        else:
            devices = ", ".join(sorted(volume.devices))
            yield Answer(place.name, "ok", f"{volume.fs_type} on {devices}, {size(volume.free)} free")
            if rules.proof_ceiling.value == "served":
                todo = "On the NAS: NFS export `sync`, SMB `strict sync = yes`; no client can see these"
                yield Answer(place.name, "note", "copies are proven as the NAS returns them", todo)
    yield from _distinct(settings, volumes)


def _drives(home: Home) -> Iterator[Answer]:
    """Those that are away, and whose turn it is."""
    if home.drives is None:
        return
    from ingest.away.drives import advice

    now = time.time()
    for place in home.drives.away:
        last = seen(home.ledger, place.name)
        when = f", had everything {day(last.current, now)}" if last.current else ""
        yield Answer(place.name, "ok", f"away{when}")
    for word in advice(home.drives, home.ledger, now):
        yield Answer(word.drive or "drives", "note", word.text)


def _stand(place: Destination) -> tuple[Volume, FsRules, str]:
    """Asked at the destination: where it stands, and its marker."""
    return *inspect(place), read_marker(place.root)


def _distinct(settings: Settings, volumes: dict[str, Volume]) -> Iterator[Answer]:
    separate = separate_devices(volume.devices for volume in volumes.values())
    if len(volumes) == len(settings.places()) and separate < settings.gate.devices:
        text = f"the destinations stand on {separate} physical device(s), {settings.gate.devices} are asked for"
        yield Answer("devices", "problem", text, "Two folders of one disk are one copy", Exit.DESTINATION)
    if settings.gate.devices < 2:
        yield Answer("gate", "note", "one device is enough by the settings", "For real work: [gate] devices = 2")


def _cloud(settings: Settings) -> Iterator[Answer]:
    if settings.cloud is None:
        yield Answer("cloud", "note", "no off-site copy is set up", "Set it up: safelight cloud setup --bucket NAME")
        return
    yield from cloud_weaknesses(settings.cloud, time.time())


def _encryption(settings: Settings, ledger: sqlite3.Connection) -> Iterator[Answer]:
    if settings.cloud is not None:
        yield from seal_answers(settings.cloud, ledger)
