"""Choose the sources of a restore, run it, print what came back."""

import os

from ingest.care.restore import RestoreReport, Source, Wanted, restore
from ingest.care.sources import BucketSource, FolderSource
from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.home import Home
from ingest.cli.words import files, size
from ingest.cloud.open_store import open_store
from ingest.errors import Exit, UsageError
from ingest.ledger.known import copies_of_shoot
from ingest.ledger.shoots import ShootRow, find_shoots
from ingest.ledger.uploads import keys_of_assets
from ingest.ledger.views import ShootFile, shoot_files
from ingest.model.copies import Digest
from ingest.model.names import display

BUCKET = "b2"


def run_restore(home: Home, console: Console, shoot: str, to: str, source: str | None) -> int:
    """Restore one shoot; gives the exit code."""
    target = os.path.abspath(os.fsencode(to))
    if not os.path.isdir(target):
        raise UsageError(f"There is no folder {display(target)}", hint="Make it first; an empty one is best")
    found = find_shoots(home.ledger, shoot)
    if len(found) != 1:
        names = ", ".join(f"{row.id}: {row.name} ({row.day})" for row in found[:8])
        hint = f"Name one by its number: {names}" if found else "See them with: safelight shoots"
        raise UsageError(f"{len(found) or 'No'} shoots match {shoot!r}", hint=hint)
    rows = shoot_files(home.ledger, found[0].id)
    bucket = home.settings.cloud.bucket if home.settings.cloud else ""
    objects = keys_of_assets(home.ledger, bucket, [row.asset_id for row in rows]) if bucket else {}
    sources = _sources(home, source, dict(objects.values()))
    wanted = _wanted(home, found[0], rows, objects)
    bars, done = Bars(shown=console.shows_bars), 0
    bars.begin({"Restoring": sum(item.digest.size for item in wanted)})

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({"Restoring": done})

    try:
        report = restore(wanted, sources, target, tick)
    finally:
        bars.close()
    return _show(console, found[0], report, len(wanted))


def _sources(home: Home, only: str | None, versions: dict[str, str]) -> list[Source]:
    """Local destinations first, then the bucket; `only` names one of them."""
    places = home.settings.places()
    chosen: list[Source] = [FolderSource(place.name, place.root) for place in places if only in (None, place.name)]
    if home.settings.cloud and only in (None, BUCKET) and (only == BUCKET or not chosen):
        chosen.append(BucketSource(BUCKET, open_store(home.settings.cloud), versions))
    if not chosen:
        known = ", ".join([place.name for place in places] + [BUCKET] * bool(home.settings.cloud))
        raise UsageError(f"There is no source {only!r}", hint=f"The settings name: {known}")
    return chosen


def _wanted(home: Home, shoot: ShootRow, rows: list[ShootFile], objects: dict[int, tuple[str, str]]) -> list[Wanted]:
    copies = copies_of_shoot(home.ledger, shoot.id)
    found = []
    for row in rows:
        where = {copy.destination: copy.path for copy in copies.get(row.asset_id, []) if copy.state == "proven"}
        if row.asset_id in objects:
            where[BUCKET] = objects[row.asset_id][0].encode()
        found.append(_one(row, where))
    return found


def _one(row: ShootFile, where: dict[str, bytes]) -> Wanted:
    return Wanted(row.path, Digest(row.size, row.xxh128, row.sha1), row.mtime_ns, where)


def _show(console: Console, shoot: ShootRow, report: RestoreReport, total: int) -> int:
    good = not report.failed and total > 0
    console.line(
        {
            "schema": 1, "type": "summary", "shoot": shoot.name, "files": total, "restored": report.restored,
            "there_already": report.there_already, "bytes": report.bytes_restored, "by_source": report.by_source,
            "failed": {display(path): why for path, why in report.failed.items()},
            "kept_aside": [display(path) for path in report.kept_aside], "good": good,
        }
    )  # fmt: skip
    by = ", ".join(f"{count:,} from {name}" for name, count in report.by_source.items())
    sign = shape("safe") if good else shape("do_not_format")
    console.say(
        f"{sign} {shoot.name}: {report.restored:,} of {files(total)} restored and proven, {size(report.bytes_restored)}"
    )
    if by:
        console.say(f"    {by}")
    if report.there_already:
        console.say(f"    {files(report.there_already)} lay there already, equal")
    for path in report.kept_aside:
        console.say(f"    another file had the name, so ours is called {display(path)}")
    for path, why in report.failed.items():
        console.say(f"    NOT restored: {display(path)}: {why}")
    return int(Exit.OK if good else Exit.CARE_FAILED)
