"""Make a lost or damaged ledger anew, and print what came back and what is still missing."""

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from ingest.care.ledger_rebuild import TakenUp, Taking
from ingest.care.ledger_replace import condition
from ingest.care.ledger_sources import Stand, stand_of
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import LEDGER
from ingest.config import Settings
from ingest.errors import DestinationError, Exit
from ingest.gate.certificate import example_names
from ingest.ledger.db import open_ledger
from ingest.model.names import display
from ingest.session.hands import Hands
from ingest.session.prepare import boot_id
from ingest.session.rebuild import Sources, nobody_else, restore, sources_of
from ingest.words import clock, day, files, size

_NEXT = "No card counts as read: put each one in and run safelight ingest; what is proven is not copied again"
_Stands = dict[str, Stand | DestinationError]


def run_ledger_rebuild(
    home: Path, settings: Settings, console: Console, named: Sequence[str], *, is_hashed: bool
) -> int:
    """Gives 0 when everything that was told of is there and equal, 18 when not, 13 when a destination is missing."""
    sources = sources_of(settings, named)
    with nobody_else(home), Hands(settings.copying.patience) as hands:
        state = condition(home / LEDGER)
        asked = {place.name: (place, below) for place, below in sources.places}
        stands = hands.ask_all(stand_of, asked)
        source = "the ledger that is here"
        if state != "sound":
            source = restore(home / LEDGER, settings, sources, hands, stands, lambda text: _warn(console, text))
        _say_source(console, state, source, home)
        with contextlib.closing(open_ledger(home / LEDGER)) as ledger:
            reports = _take_up(ledger, console, sources, hands, stands, is_hashed=is_hashed)
    return _show(console, state, source, stands, reports)


def _take_up(
    ledger: sqlite3.Connection,
    console: Console,
    sources: Sources,
    hands: Hands,
    stands: _Stands,
    *,
    is_hashed: bool,
) -> list[TakenUp]:
    bars = Bars.on(console)
    title, done = "", 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({title: done})

    taking = Taking(ledger, hands.ask, boot_id(), time.time(), tick)
    reports = []
    for place, _ in sources.places:
        stand = stands[place.name]
        if isinstance(stand, DestinationError):
            continue
        try:
            work = taking.begin(place, stand)
            reports.append(work.report)
            if is_hashed:
                title, done = f"Reading {place.name}", 0
                bars.begin({title: work.size})
                taking.read(work)
            else:
                taking.list_only(work)
        except DestinationError as error:
            stands[place.name] = error
        finally:
            bars.close()
    return reports


def _warn(console: Console, text: str) -> None:
    console.note(f"{shape('warn')} {text}")


def _say_source(console: Console, state: str, source: str, home: Path) -> None:
    if state == "sound":
        console.say(f"The ledger here is sound and stays: {home / LEDGER}")
        return
    console.say(f"The ledger was {state}; it is made from {source}.")
    for path in sorted(home.glob(f"{LEDGER}.aside-*Z")):
        kept = path.stat().st_mtime
        console.say(f"  kept aside: {path.name} ({day(kept, time.time())} {clock(kept)})")


def _show(
    console: Console,
    state: str,
    source: str,
    stands: _Stands,
    reports: Sequence[TakenUp],
) -> int:
    for report in reports:
        _show_one(console, report)
    missing = {name: stand for name, stand in stands.items() if isinstance(stand, DestinationError)}
    for name, error in missing.items():
        console.line({"schema": 1, "type": "rebuilt", "destination": name, "problem": error.message})
        console.say(f"{shape('warn')} {name:<12} {error.message}; what lies there was not looked at")
    for name, stand in stands.items():
        for folder, why in stand.damaged if isinstance(stand, Stand) else ():
            console.say(f"{shape('warn')} {name:<12} the history of {display(folder)} is not believed: {why}")
    code = Exit.OK if all(report.good for report in reports) else Exit.CARE_FAILED
    code = Exit.DESTINATION if missing and code is Exit.OK else code
    console.say(f"  {_NEXT}.")
    console.line(
        {
            "schema": 1, "type": "summary", "was": state, "made_from": source,
            "proven": sum(report.proven + report.skipped for report in reports), "missing": sorted(missing),
            "next_step": _NEXT, "exit": int(code),
        }
    )  # fmt: skip
    return int(code)


def _show_one(console: Console, report: TakenUp) -> None:
    console.line(
        {
            "schema": 1, "type": "rebuilt", "destination": report.destination, "proven": report.proven,
            "unproven": report.unproven, "unread": report.unread, "unknowable": report.unknowable,
            "proven_before": report.skipped, "new": report.new, "bytes": report.bytes_read,
            "differs": [display(path) for path in report.differs], "gone": [display(path) for path in report.gone],
            "failed": [[display(path), why] for path, why in report.failed], "problem": "",
        }
    )  # fmt: skip
    sign = paint(shape("safe"), "green") if report.good else paint(shape("do_not_format"), "red")
    before = f", {files(report.skipped)} proven before" if report.skipped else ""
    console.say(
        f"{sign} {report.destination:<12} {files(report.proven)} read back and equal, {size(report.bytes_read)}{before}"
    )
    if report.differs:
        console.say(f"    {files(len(report.differs))} with OTHER BYTES: {example_names(tuple(report.differs))}")
    if report.gone:
        console.say(f"    {files(len(report.gone))} gone: {example_names(tuple(report.gone))}")
    for path, why in report.failed:
        console.say(f"    could not be read: {display(path)} ({why})")
    if report.unproven:
        console.say(f"    {files(report.unproven)} could only be read from the cache: that proves nothing")
    if report.unread:
        console.say(f"    {files(report.unread)} written, not proven: run it again without --no-hash")
    if report.unknowable:
        console.say(f"    {files(report.unknowable)} can only be taken up by reading: run it again without --no-hash")
