"""Run a sync of the edits and print what came of it."""

from collections.abc import Mapping
from dataclasses import asdict

from ingest.cli.console import Console, paint, shape
from ingest.cli.face_ingest import face_for
from ingest.cli.home import Home
from ingest.cli.signals import ended_like_ctrl_c
from ingest.edits.context import Counts, PlaceCounts, Synced
from ingest.edits.sync import sync_edits
from ingest.errors import Exit, UsageError
from ingest.ledger.shoots import ShootRow, all_shoots, find_shoots
from ingest.words import files

_COUNTED = (
    ("copied", "copied"),
    ("found", "there already"),
    ("aside", "older set aside"),
    ("theirs", "kept aside, since another file has the name"),
    ("failed", "FAILED"),
    ("nowhere", "of which no copy is at hand"),
)


def run_sync(home: Home, console: Console, shoot: str | None, *, dry_run: bool) -> int:
    """Gives 0 when all of it is everywhere, else as `exit_of_sync`."""
    face = face_for(console)
    try:
        with ended_like_ctrl_c():
            done = sync_edits(home.folder, home.settings, home.ledger, _shoots(home, shoot), face, dry_run=dry_run)
    finally:
        face.close()
    code = exit_of_sync(done)
    console.line({"schema": 1, "type": "summary", **_summary(done), "exit": int(code)})
    _show(console, done)
    return int(code)


def _shoots(home: Home, text: str | None) -> list[ShootRow]:
    if text is None:
        return all_shoots(home.ledger)
    found = find_shoots(home.ledger, text)
    if not found:
        raise UsageError(f"There is no shoot {text!r}", hint="See them with: safelight shoots")
    return found


def exit_of_sync(done: Synced) -> Exit:
    """What is worst: other bytes, then a destination, then files that could not be read."""
    places = done.places.values()
    if any(place.mismatched for place in places):
        return Exit.MISMATCH
    if any(place.problem or place.failed for place in places):
        return Exit.DESTINATION
    return Exit.UNREADABLE_FILES if done.counts.unread else Exit.OK


def _summary(done: Synced) -> dict[str, object]:
    """The counts of the files beside `places`, so that they can be added up at a glance."""
    record = asdict(done)
    return {**record.pop("counts"), **record}


def _show(console: Console, done: Synced) -> None:
    console.say(f"Edits  {_found(done.counts)}")
    for name, place in done.places.items():
        sign = shape("warn") if place.problem or place.failed else paint(shape("safe"), "green")
        console.say(f"{sign} {name:<12} {_place(place)}")
    if done.queued:
        console.say(f"  {files(done.queued)} queued for the cloud")
    if done.dry_run:
        console.say("Nothing was written (--dry-run).")


def _found(counts: Counts) -> str:
    words = [f"{counts.new:,} new", f"{counts.changed:,} changed", f"{counts.same:,} as before"]
    words += _told({"being written": counts.waiting, "unreadable": counts.unread})
    words += _told({"left alone": sum(counts.left.values())})
    return ", ".join(words)


def _place(place: PlaceCounts) -> str:
    words = _told({text: getattr(place, name) for name, text in _COUNTED})
    if place.problem:
        words.append(f"{place.problem}; the next sync catches up")
    return ", ".join(words) or "has everything"


def _told(counts: Mapping[str, int]) -> list[str]:
    return [f"{count:,} {text}" for text, count in counts.items() if count]
