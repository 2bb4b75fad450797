"""A whole drill: every place that is asked, written down in the ledger, with its certificate in the home."""

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ingest.care.drill_certificate import as_html, as_json, as_text, place_record
from ingest.config import Settings
from ingest.disk.atomic import write_durably
from ingest.errors import UsageError
from ingest.ledger.drills import DrillRow, record_drill
from ingest.model.drills import Drill, PlaceDrill
from ingest.night.drill_places import Place, Request, Tick, drill_place, places_of
from ingest.session.hands import Hands

FOLDER = "drills"

Begin = Callable[[Place, int], object]  # told the bytes that a place is asked for


def run_drill(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    request: Request,
    now: float,
    *,
    only: str | None = None,
    begin: Begin = lambda _place, _bytes: None,
    tick: Tick = lambda _bytes: None,
    told: Callable[[PlaceDrill], object] = lambda _place: None,
) -> tuple[Drill, Path]:
    """Drill every place, or the one of that name; gives what came of it and the certificate that is to be printed.

    Raises:
        UsageError: no place is called so.
        CareFailed: there is no room to bring anything back to.
    """
    done: list[PlaceDrill] = []
    with Hands(settings.copying.patience) as hands:
        places, known = places_of(settings, ledger, hands, only)
        if not places:
            raise UsageError(f"There is no place {only!r}", hint=f"The settings name: {', '.join(known)}")
        for place in places:
            done.append(drill_place(place, ledger, request, partial(begin, place), tick))
            told(done[-1])
    drill = Drill(now, request.seed, settings.station, tuple(done))
    record_drill(ledger, now, request.seed, [_row(place) for place in done], whole=only is None)
    return drill, _certify(home, drill)


def _row(place: PlaceDrill) -> DrillRow:
    body = json.dumps(place_record(place))
    return DrillRow(place.place, place.held, len(place.tried), place.equal, place.passed, body)


def _certify(home: Path, drill: Drill) -> Path:
    """Text, JSON and a page to print; nothing is replaced."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{datetime.fromtimestamp(drill.at, UTC):%Y-%m-%dT%H%M%S.%fZ}"
    for ending, text in (("txt", as_text(drill)), ("json", as_json(drill)), ("html", as_html(drill))):
        write_durably(os.fsencode(folder), f"{name}.{ending}".encode(), text.encode(), replace=False)
    return folder / f"{name}.html"
