"""*A shoot* in words: where each copy is and when it was last proven, its way to the cloud, its cost, the drill."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.care.words import drill_words
from ingest.cloud.cost import dollars, month, way_back
from ingest.cloud.overview import cloud_of_shoot
from ingest.cloud.pace import pace_of, seconds_left
from ingest.cloud.prices import load_prices
from ingest.cloud.rules import sending_now
from ingest.config import Settings
from ingest.config.cloud_settings import CloudSettings
from ingest.config.line_values import bytes_per_second
from ingest.errors import ConfigError
from ingest.ledger.shoots import ShootRow, all_shoots, tags_of
from ingest.ledger.upload_counts import sent_lately, stored_bytes
from ingest.ledger.upload_switch import switch
from ingest.ledger.views import PlaceView, shoot_view
from ingest.ledger.views_shoot import queue_place, stored_of_shoot
from ingest.model.names import display_text
from ingest.sheets.contents import Contents, Picture
from ingest.tagging.told import tag_lines
from ingest.web.errands import COMMANDS, typed
from ingest.web.pages import Turned, turned
from ingest.web.view_cards import when
from ingest.web.view_shoots import PlaceLine, ShootLine, line_of, place_line, places_expected
from ingest.words import about, files, size

PICTURES = 500  # a page: Chromium lays out and scrolls so many without a stutter
_COLUMNS = ("Proven", "Written", "Suspect", "Let go", "Missing")
_LATELY = 900.0  # seconds, as `cloud status` looks back


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A shoot at one destination. counts: by the words of the columns, they add up to all of its files.

    proven_at: when a copy there was last proven, in words.
    """

    line: PlaceLine
    counts: Mapping[str, int]
    proven_at: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the contact sheet. name: of the file that is shown; alt: name and time, to be read aloud."""

    asset_id: int
    name: str
    kind: str
    alt: str
    stars: str


@dataclass(frozen=True, slots=True)
class Do:
    """A button: a command of `errands.COMMANDS`, and what to type instead."""

    name: str
    label: str
    command: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShootFacts:
    """What is to be known of a shoot but its pictures. columns: those of the counts in which there is anything.

    queue, cost, drill: sentences.
    """

    line: ShootLine
    places: tuple[PlaceFacts, ...]
    columns: tuple[str, ...]
    queue: tuple[str, ...]
    cost: tuple[str, ...]
    drill: str
    is_drill_overdue: bool
    tags: tuple[str, ...]
    buttons: tuple[Do, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """The contact sheet. others: files that are no picture of their own, or lie beside one."""

    shown: Turned[Cell]
    others: int


def shoot_row(ledger: sqlite3.Connection, shoot_id: int) -> ShootRow | None:
    """None for a shoot that is not known."""
    return next((row for row in all_shoots(ledger) if row.id == shoot_id), None)


def shoot_facts(
    ledger: sqlite3.Connection, home: Path, settings: Settings, shoot_id: int, now: float
) -> ShootFacts | None:
    """None for a shoot that is not known. home: of the file of prices. now: seconds since 1970 UTC."""
    if shoot_row(ledger, shoot_id) is None:
        return None
    bucket = settings.cloud.bucket if settings.cloud else ""
    expected = places_expected(ledger, settings)
    view, cloud = shoot_view(ledger, shoot_id), cloud_of_shoot(ledger, shoot_id, bucket)
    line = line_of(ledger, view, cloud, expected)
    used = {place.name for place in line.places}
    places = tuple(_place(place, view.files, now) for place in view.places if place.name in used)
    is_overdue, drill = drill_words(ledger, now)
    queue: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    if settings.cloud is not None:
        queue = _queue(ledger, settings.cloud, shoot_id, now)
        cost = _cost(ledger, home, settings.cloud, shoot_id, view.size)
    return ShootFacts(
        line,
        places,
        tuple(word for word in _COLUMNS if word == "Proven" or any(place.counts[word] for place in places)),
        queue,
        cost,
        drill,
        is_overdue,
        tuple(
            display_text(text.strip())
            for name, _, _, facts in tags_of(ledger, shoot_id)
            for text in tag_lines(name, facts, now)
        ),
        _buttons(shoot_id, has_cloud=bool(bucket), has_catalogs=bool(settings.catalogs)),
    )


def _place(place: PlaceView, total: int, now: float) -> PlaceFacts:
    counts = (place.proven, place.written, place.suspect, place.released, place.missing)
    proven_at = when(place.last_proof, now) if place.last_proof else "never"
    return PlaceFacts(place_line(place, total), dict(zip(_COLUMNS, counts, strict=True)), proven_at)


def _queue(ledger: sqlite3.Connection, cloud: CloudSettings, shoot_id: int, now: float) -> tuple[str, ...]:
    """Where it stands in the queue, and how long it takes until its last file is sent."""
    place = queue_place(ledger, shoot_id, cloud.bucket)
    if place is None:
        return ()
    ahead = f"{files(place.ahead)} of others go first" if place.ahead else "it is next"
    told = [f"{files(place.files)} to be sent, {size(place.bytes)}; {ahead}."]
    pace = pace_of(sent_lately(ledger, cloud.bucket, now - _LATELY), now)
    left = seconds_left(place.until_last, pace, bytes_per_second(cloud.limit))
    state, hours = switch(ledger, cloud.bucket), sending_now(cloud, now)
    if state.stopped_by:
        told.append(f"The queue needs you: {state.stopped_by}")
    elif state.paused:
        told.append("The queue is paused by you: safelight cloud resume")
    elif not hours.allowed:
        told.append(f"The queue {hours.reason}.")
    if left is None:
        told.append("How long it takes is not known until something was sent.")
    else:
        how = "at the pace of the last minutes" if pace else "at the limit of the settings"
        told.append(f"{about(left).capitalize()} of sending until its last file, {how}.")
    return tuple(told)


def _cost(ledger: sqlite3.Connection, home: Path, cloud: CloudSettings, shoot_id: int, whole: int) -> tuple[str, ...]:
    """What it costs where it is, and to bring it back once; why it is not known where no prices are."""
    try:
        prices = load_prices(home, cloud.word)
    except ConfigError as error:
        return (error.message,)
    stored = stored_of_shoot(ledger, shoot_id, cloud.bucket)
    in_all = stored_bytes(ledger, cloud.bucket)
    monthly = dollars(month(stored, prices))
    about_it = monthly if monthly.startswith("less") else f"about {monthly}"
    told = [f"{size(stored)} in {cloud.bucket}: {about_it} a month."]
    if stored < whole:
        told.append(f"The whole shoot, {size(whole)}: about {dollars(month(whole, prices))} a month.")
    if stored:
        told.append(f"To bring it back once: {dollars(way_back(stored, in_all, prices))}.")
    return (*told, f"An estimate, by prices of {prices.read}.")


def _buttons(shoot_id: int, *, has_cloud: bool, has_catalogs: bool) -> tuple[Do, ...]:
    names = ["verify", *(["tag"] if has_catalogs else []), *(["cloud-run"] if has_cloud else []), "drill"]
    found = []
    for name in names:
        command = COMMANDS[name]
        needs = command.needs == "shoot"
        words = (*command.words, str(shoot_id)) if needs else command.words
        found.append(Do(name, command.label, typed(words), {"shoot": str(shoot_id)} if needs else {}))
    return tuple(found)


def sheet_view(contents: Contents, in_all: int, page: int = 1) -> SheetView:
    """The contact sheet, 500 pictures a page. in_all: files of the shoot."""
    shown = turned(contents.pictures, page, PICTURES)
    cells = tuple(cell_of(picture) for picture in shown.rows)
    return SheetView(Turned(cells, shown.number, shown.of, shown.total, shown.each), in_all - shown.total)


def cell_of(picture: Picture) -> Cell:
    """A picture as it stands on the sheet."""
    taken = f", {picture.taken:%-d %b %H:%M}" if picture.taken else ""
    mark = {1: "picked", -1: "rejected"}.get(picture.pick or 0, "")
    stars = " ".join(filter(None, (mark, f"{picture.rating} ★" if picture.rating else "")))
    return Cell(picture.asset_id, picture.name, picture.kind, f"{picture.name}{taken}", stars)
