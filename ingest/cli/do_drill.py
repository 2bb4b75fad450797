"""Run a drill on the terminal, write its certificate, and say when the next one is due."""

import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.care.drill_certificate import as_html, as_json, as_text, place_record, remarks_of, summary_of
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.cli.words import bytes_said, size
from ingest.disk.atomic import write_durably
from ingest.errors import Exit, UsageError
from ingest.ledger.drills import DrillRow, record_drill
from ingest.model.drills import Drill, PlaceDrill
from ingest.model.names import display
from ingest.plan.drill import EVERY
from ingest.session.drill import BUCKET, Place, Request, drill_place, places_of
from ingest.session.hands import Hands

FOLDER = "drills"
_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """As it was typed."""

    place: str | None
    files: int
    most: str
    seed: str | None
    to: str | None


def run_drill(home: Home, console: Console, wish: Wish) -> int:
    """Gives 0 where all came back, 18 where something did not, 13 where a place could not be asked."""
    request = _request(home, wish)
    began = time.time()
    with Hands(home.settings.copying.patience) as hands:
        places, known = places_of(home.settings, home.ledger, hands, wish.place)
        if not places:
            raise UsageError(f"There is no place {wish.place!r}", hint=f"The settings name: {', '.join(known)}")
        done = []
        for place in places:
            done.append(_one(home, console, place, request))
            _show(console, done[-1])
    drill = Drill(began, request.seed, home.settings.station, tuple(done))
    record_drill(home.ledger, began, request.seed, [_row(place) for place in done], whole=wish.place is None)
    certificate = write_certificate(home.folder, drill)
    return _end(console, drill, certificate)


def _request(home: Home, wish: Wish) -> Request:
    to = Path(os.path.abspath(wish.to)) if wish.to else home.folder
    if not to.is_dir():
        raise UsageError(f"There is no folder {display(os.fsencode(to))}", hint="Make it first")
    return Request(wish.seed or secrets.token_hex(4), to, wish.files, bytes_said(wish.most))


def _one(home: Home, console: Console, place: Place, request: Request) -> PlaceDrill:
    bars, done = Bars(shown=console.shows_bars), 0
    lane = f"Drill {place.name}"

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({lane: done})

    try:
        return drill_place(place, home.ledger, request, lambda total: bars.begin({lane: total}), tick)
    finally:
        bars.close()


def _row(place: PlaceDrill) -> DrillRow:
    body = json.dumps(place_record(place))
    return DrillRow(place.place, place.held, len(place.tried), place.equal, place.passed, body)


def write_certificate(home: Path, drill: Drill) -> Path:
    """Text, JSON and a page to print, in the home; gives the page's path. Nothing is replaced."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{datetime.fromtimestamp(drill.at, UTC):%Y-%m-%dT%H%M%S.%fZ}"
    for ending, text in (("txt", as_text(drill)), ("json", as_json(drill)), ("html", as_html(drill))):
        write_durably(os.fsencode(folder), f"{name}.{ending}".encode(), text.encode(), replace=False)
    return folder / f"{name}.html"


def _show(console: Console, place: PlaceDrill) -> None:
    console.line({"schema": 1, "type": "place", **place_record(place)})
    sign = paint(shape("safe"), "green") if place.passed else paint(shape("do_not_format"), "red")
    console.say(f"{sign} {summary_of(place)}, {size(place.bytes)}")
    for remark in remarks_of(place):
        console.say(f"    {remark}")
    for each in [each for each in place.tried if each.problem][:_EXAMPLES]:
        console.say(f"    NOT EQUAL: {display(each.path)}: {each.problem}")
    for each in [each for each in place.tried if each.opened not in ("", "opens")][:_EXAMPLES]:
        console.say(f"    {display(each.path)} came back equal, but: {each.opened}")


def _end(console: Console, drill: Drill, certificate: Path) -> int:
    wrong = sum(len(place.tried) - place.equal for place in drill.places)
    away = [place for place in drill.places if place.absent]
    record = {"schema": 1, "type": "summary", "seed": drill.seed, "passed": drill.passed}
    counts = {"places": len(drill.places), "tried": sum(len(place.tried) for place in drill.places), "wrong": wrong}
    console.line(record | counts | {"not_asked": len(away), "certificate": str(certificate)})
    if drill.passed:
        console.say(f"Drill passed. The next one is due in {round(EVERY / 86400)} days.")
    elif wrong:
        console.say("DRILL FAILED: copies came back wrong or not at all. Run: safelight verify, then safelight repair")
    elif away:
        console.say("Drill not passed: not every place could be asked. Bring it here and run the same command.")
    else:
        console.say("Drill not passed: from one place nothing could be brought back.")
    console.say(f"  Certificate: {display(os.fsencode(certificate))}   seed {drill.seed}")
    if drill.passed:
        return int(Exit.OK)
    if wrong or len(away) < sum(not place.passed for place in drill.places):
        return int(Exit.CARE_FAILED)
    return int(Exit.CLOUD_UNREACHABLE if all(place.place == BUCKET for place in away) else Exit.DESTINATION)
