"""The screen of the third moment: where the copies of each shoot are, in numbers that add up."""

import time
from dataclasses import asdict
from typing import Any

from ingest.cli.console import Console, paint, shape
from ingest.cloud.status import CloudStatus
from ingest.ledger.views import PlaceView, ShootView
from ingest.model.names import display
from ingest.words import clock, day, files, size


def shoot_line(view: ShootView, cloud: CloudStatus | None, tags: list[str]) -> str:
    """One shoot in one line, for the list. tags: what each catalog says of it, in a few words."""
    parts = [f"{place.name} {place.proven:,}/{view.files:,}" for place in view.places if place.proven or place.written]
    if cloud:
        parts.append(f"cloud: {cloud.sentence}")
    parts += tags
    sign = shape("safe") if _whole(view) else shape("not_yet")
    head = f"{sign} {view.id:>3}  {view.day}  {view.name:<28} {files(view.files):>12}  {size(view.size):>8}"
    return f"{head}   {' · '.join(parts)}"


def show_shoot(console: Console, view: ShootView, cloud: CloudStatus | None, tags: list[str]) -> None:
    """One shoot with every copy."""
    days = view.day if view.day == view.last_day else f"{view.day} to {view.last_day}"
    console.say(
        f"{paint(view.name, 'bold')}   {days} · {files(view.files)} · {size(view.size)}   {display(view.folder)}"
    )
    for place in view.places:
        console.say(f"  {_place(place, view.files)}")
    if cloud:
        console.say(f"  {_cloud(cloud)}")
    else:
        console.say("  cloud        not set up: add [cloud] to the settings for the off-site copy")
    if view.findings:
        console.say(f"  {shape('warn')} {files(view.findings)} may be damaged on the card itself (told at ingest)")
    for line in tags:
        console.say(line)


def _whole(view: ShootView) -> bool:
    return view.files > 0 and sum(place.proven == view.files for place in view.places) >= 2


def _place(place: PlaceView, total: int) -> str:
    bits = [f"{place.proven:,} of {total:,} proven"]
    if place.last_proof:
        when = day(place.last_proof, time.time())
        bits[0] += f", last {clock(place.last_proof) if when == 'today' else when}"
    if place.written:
        bits.append(f"{place.written:,} written but not proven")
    if place.suspect:
        bits.append(f"{place.suspect:,} SUSPECT: not as proven any more")
    if place.released:
        bits.append(f"{place.released:,} archived {day(place.released_at, time.time())}: `restore` brings them back")
    if place.missing:
        bits.append(f"{place.missing:,} missing")
    return f"{place.name:<12} {'; '.join(bits)}"


def _cloud(cloud: CloudStatus) -> str:
    return f"{'cloud':<12} {cloud.sentence}"


def shoot_json(view: ShootView, cloud: CloudStatus | None) -> dict[str, Any]:
    """One shoot as a JSON line."""
    record = {"schema": 1, "type": "shoot", **asdict(view), "folder": display(view.folder)}
    return record | {"cloud": asdict(cloud) if cloud else None}
