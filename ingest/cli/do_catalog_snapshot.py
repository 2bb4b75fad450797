"""Make snapshots of the catalogs now, and print where they lie."""

import contextlib
import time
from dataclasses import asdict
from pathlib import Path

from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.errors import ConfigError, Exit
from ingest.session.hands import Hands
from ingest.snapshots.make import CatalogSnapshot, snapshot_catalogs
from ingest.snapshots.places import AtPlace
from ingest.words import clock, day, files, size

_BUSY = "Copying a catalog and opening the copy"


def run_catalog_snapshot(home: Home, console: Console, path: str | None) -> int:
    """Gives 0 when every catalog has a snapshot at every place that is for it, 15 or 13 where one has not."""
    if not home.settings.catalogs:
        raise ConfigError("No catalog is set up", hint="Add a [[catalogs]] entry: see `safelight config sample`")
    now, code, made = time.time(), Exit.OK, 0
    only = Path(path).expanduser() if path else None
    with Hands(home.settings.copying.patience) as hands, contextlib.closing(Bars.on(console)) as bars:
        bars.busy(_BUSY)
        for found in snapshot_catalogs(home.folder, home.settings, home.ledger, hands, now, only):
            bars.close()
            code, made = max(code, found.code), made + (found.counts is not None)
            _line(console, found)
            _say(console, found, now)
            bars.busy(_BUSY)
    console.line({"schema": 1, "type": "summary", "snapshots": made, "exit": int(code)})
    return int(code)


def _line(console: Console, found: CatalogSnapshot) -> None:
    console.line(
        {
            "schema": 1, "type": "catalog_snapshot", "catalog": found.catalog, "problem": found.problem,
            "hint": found.hint, "counts": asdict(found.counts) if found.counts else None, "bytes": found.size,
            "torn": list(found.torn), "notes": list(found.notes), "queued": found.queued, "exit": int(found.code),
            "places": [asdict(place) | {"removed": list(place.removed)} for place in found.places],
        }
    )  # fmt: skip


def _say(console: Console, found: CatalogSnapshot, now: float) -> None:
    console.say(found.catalog)
    if found.problem:
        console.say(f"  {shape('warn')} no snapshot: {found.problem}. {found.hint}".rstrip())
        return
    if found.counts:
        held = f"{files(found.counts.images, 'picture')}, {files(found.counts.keywords, 'keyword')}"
        console.say(f"  {size(found.size)}, opens and holds {held}, {files(found.counts.collections, 'collection')}")
    if found.torn:
        several = f"{found.torn[0]} and {len(found.torn) - 1:,} more" if len(found.torn) > 1 else found.torn[0]
        console.say(f"  {shape('warn')} kept changing while it was copied, close the editor for a whole one: {several}")
    for note in found.notes:
        console.say(f"  {shape('warn')} {note}")
    if found.queued:
        console.say(f"    {'bucket':<12} queued: safelight cloud run sends it")
    for place in found.places:
        console.say(_told(place, now))


def _told(place: AtPlace, now: float) -> str:
    if place.state == "failed":
        return f"  {shape('warn')} {place.destination:<12} no snapshot: {place.problem}"
    if place.state == "same disk":
        return f"    {place.destination:<12} none: {place.problem}"
    if place.state == "unchanged":
        when = f"{day(place.at, now)} {clock(place.at)}"
        return f"  {paint(shape('safe'), 'green')} {place.destination:<12} unchanged since {when}"
    proven = place.method != "cached"
    how = "read back around the cache" if proven else "it could only be read from memory"
    removed = f"; {files(len(place.removed), 'older one')} removed" if place.removed else ""
    return f"  {paint(shape('safe'), 'green')} {place.destination:<12} {place.name}: {how}{removed}"
