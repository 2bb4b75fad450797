"""Choose what is to be healed, heal it, print what became of each copy."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.care.reach import Place
from ingest.care.repair import FromBucket, RepairReport, repair
from ingest.care.restore import Sink
from ingest.cli.bars import Bars
from ingest.cli.console import Console
from ingest.cli.home import Home
from ingest.cli.screen_repair import show_plan, show_report
from ingest.cloud.open_store import open_store
from ingest.cloud.store import Store
from ingest.errors import CareFailed, Exit, UsageError
from ingest.ledger.backups import identity_of
from ingest.ledger.care_log import CareRun, broken_assets, paths_ever, record_care
from ingest.ledger.known import copies_of_shoot
from ingest.ledger.places import destination_ids, known_marker
from ingest.ledger.shoots import find_shoots
from ingest.ledger.uploads import keys_of_assets
from ingest.model.names import base_of, join
from ingest.model.standing import Standing
from ingest.plan.healing import broken, sources_of
from ingest.session.prepare import boot_id


def run_repair(home: Home, console: Console, what: list[str], *, dry_run: bool = False) -> int:
    """Gives the exit code: 0 when nothing is wrong any more of what was meant, else 18."""
    chosen = _chosen(home, what)
    if dry_run:
        return _plan(home, console, _sick(home, chosen))
    report = heal_these(home, console, lambda: _sick(home, chosen), "Healing")
    show_report(console, report)
    return int(Exit.OK if report.good else Exit.CARE_FAILED)


def heal_these(home: Home, console: Console, choose: Callable[[], list[Standing]], word: str) -> RepairReport:
    """Heal what `choose` gives while no other repair runs, and write it down. word: of the bar.

    Raises:
        CareFailed: another repair is under way.
    """
    with _alone(home.folder):
        sick, started = choose(), time.time()
        report = _heal(home, console, sick, word) if sick else RepairReport()
        if report.copies:
            record_care(home.ledger, _record(report, started, time.time()))
    return report


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One repair at a time: two would heal each copy twice."""
    (folder / "locks").mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "locks" / "repair.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CareFailed("Another repair is under way", hint="Wait until it is done; then run it again") from error
    try:
        yield
    finally:
        lock.release()


def _places(home: Home) -> dict[str, Place]:
    ids = destination_ids(home.ledger)
    return {
        place.name: Place(place, known_marker(home.ledger, place.name), ids[place.name])
        for place in home.settings.places()
        if place.name in ids
    }


def _sick(home: Home, chosen: set[int] | None) -> list[Standing]:
    """Copies that want healing at the destinations of the settings. chosen: assets or copies' ids, None for all."""
    names = [place.name for place in home.settings.places()]
    return [
        copy
        for copies in broken_assets(home.ledger)
        if chosen is None or copies[0].asset_id in chosen
        for copy in broken(copies, names)
    ]


def _chosen(home: Home, what: list[str]) -> set[int] | None:
    """The contents that were named, each by its shoot or by its file; None for all."""
    if not what:
        return None
    chosen: set[int] = set()
    for word in what:
        found = {asset for row in find_shoots(home.ledger, word) for asset in copies_of_shoot(home.ledger, row.id)}
        rows = _files(home, word)
        if not found and not rows and not find_shoots(home.ledger, word):
            raise UsageError(f"There is no shoot and no file {word!r}", hint="See the shoots with: safelight shoots")
        chosen |= found | rows
    return chosen


def _files(home: Home, word: str) -> set[int]:
    """Contents that have a copy of this name: a whole path, one below a destination's root, or the last part alone."""
    typed = os.fsencode(word)
    whole, below = os.path.abspath(typed), typed.lstrip(b"/")
    roots = {place.name: place.root for place in home.settings.places()}
    return {
        asset
        for asset, name, path in paths_ever(home.ledger)
        if path == below or base_of(path) == typed or (name in roots and join(roots[name], path) == whole)
    }


def _bucket(home: Home, sick: list[Standing]) -> FromBucket | None:
    """What gives bytes from the bucket; nothing is asked of it before a file is wanted."""
    cloud = home.settings.cloud
    if cloud is None:
        return None
    objects = keys_of_assets(home.ledger, cloud.bucket, {copy.asset_id for copy in sick})
    opened: list[Store] = []

    def feed(asset_id: int, sink: Sink) -> bool:
        if asset_id not in objects:
            return False
        if not opened:
            opened.append(open_store(cloud))
        key, file_id = objects[asset_id]
        opened[0].get(key, sink, file_id=file_id)
        return True

    return feed


def _heal(home: Home, console: Console, sick: list[Standing], word: str) -> RepairReport:
    bars, done = Bars.on(console), 0
    bars.begin({word: sum(copy.size for copy in sick)})

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({word: done})

    try:
        return repair(
            home.ledger,
            sick,
            _places(home),
            from_bucket=_bucket(home, sick),
            bucket=home.settings.cloud.word if home.settings.cloud else "",
            beginning=b"repair-" + identity_of(home.ledger).encode() + b"-",
            patience=home.settings.copying.patience,
            boot_id=boot_id(),
            tick=tick,
        )
    finally:
        bars.close()


def _plan(home: Home, console: Console, sick: list[Standing]) -> int:
    """Say what would be healed from where; ask nobody."""
    kinds = {place.name: place.kind for place in home.settings.places()}
    every = {copies[0].asset_id: copies for copies in broken_assets(home.ledger)}
    cloud = home.settings.cloud
    objects = keys_of_assets(home.ledger, cloud.bucket, every) if cloud else {}
    for copy in sick:
        names = [source.destination for source in sources_of(copy, every[copy.asset_id], kinds)]
        show_plan(console, copy, names + ([cloud.word] if cloud and copy.asset_id in objects else []))
    console.line({"schema": 1, "type": "summary", "copies": len(sick), "dry_run": True, "good": not sick})
    if not sick:
        console.say("No copy is suspect or lost. What is on the disks is looked at by: safelight verify")
    return int(Exit.CARE_FAILED if sick else Exit.OK)


def _record(report: RepairReport, started: float, ended: float) -> CareRun:
    return CareRun(
        "repair",
        started,
        ended,
        copies=report.copies,
        looked_at=report.copies - len(report.waiting),
        bytes=report.bytes_read,
        matched=len(report.right),
        differs=len(report.wrong_sources),
        healed=len(report.healed),
        waiting=len(report.waiting),
        failed=len(report.failed),
    )
