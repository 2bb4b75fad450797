"""*Shoots* in words: the copies of each, its third copy, its tags, and what it needs a person for."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from ingest.away.working import working_since
from ingest.cloud.overview import cloud_of_shoot, cloud_of_shoots
from ingest.cloud.status import CloudStatus, CloudWord
from ingest.config import Settings
from ingest.ledger.shoots import all_shoots, shoots_tagged, tags_of
from ingest.ledger.views import PlaceView, ShootView, shoot_views
from ingest.ledger.views_shoot import lost_at
from ingest.model.names import display, display_text
from ingest.tagging.told import tag_word
from ingest.web.kept import Kept
from ingest.web.pages import Turned, turned
from ingest.words import files

_CLOUD_LEVELS = {CloudWord.IN_THE_CLOUD: "good", CloudWord.NEEDS_YOU: "note", CloudWord.NOT_QUEUED: "note"}


@dataclass(frozen=True, slots=True)
class Need:
    """What a person must look at, in a sentence, and the command that helps."""

    text: str
    command: str


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A shoot at one destination: proven + written + suspect + released + missing = total. level: for a badge."""

    name: str
    level: str
    proven: int
    written: int
    suspect: int
    released: int
    missing: int
    total: int


@dataclass(frozen=True, slots=True)
class CloudLine:
    """A shoot's third copy: not_queued + waiting + sending + sent + checked + needs_you = total."""

    level: str
    sentence: str
    not_queued: int
    waiting: int
    sending: int
    sent: int
    checked: int
    needs_you: int
    total: int


@dataclass(frozen=True, slots=True)
class ShootLine:
    """One shoot. level, word: for its badge. cloud: None where none is set up. findings: pictures in doubt."""

    id: int
    name: str
    days: str
    folder: str
    files: int
    size: int
    level: str
    word: str
    needs: tuple[Need, ...]
    places: tuple[PlaceLine, ...]
    cloud: CloudLine | None
    tags: tuple[str, ...]
    findings: int


@dataclass(frozen=True, slots=True)
class ShootsView:
    """A page of shoots. in_all: those of the ledger, whatever was asked for. places: columns, as in every line."""

    shown: Turned[ShootLine]
    in_all: int
    places: tuple[str, ...]
    has_cloud: bool
    needs_you: bool
    search: str


def shoots_view(
    ledger: sqlite3.Connection,
    settings: Settings,
    *,
    needs_you: bool = False,
    search: str = "",
    page: int = 1,
    kept: Kept | None = None,
) -> ShootsView:
    """The shoots, the newest first, 50 a page. needs_you: only those that a person must look at.

    search: part of a name, a keyword or a collection. kept: remembers who needs somebody, which is long to find out.
    """
    bucket = settings.cloud.bucket if settings.cloud else ""
    expected = places_expected(ledger, settings)
    every = all_shoots(ledger)
    rows = shoots_tagged(ledger, search) if search else every
    if needs_you:
        asked = (bucket, expected)
        ids = kept.get(asked, lambda: _needing(ledger, *asked)) if kept else _needing(ledger, *asked)
        rows = [row for row in rows if row.id in ids]
    shown = turned(rows, page)
    views = shoot_views(ledger, [row.id for row in shown.rows])
    lines = tuple(
        line_of(ledger, views[row.id], cloud_of_shoot(ledger, row.id, bucket), expected) for row in shown.rows
    )
    used = {place.name for line in lines for place in line.places}
    names = [name for name in _names(ledger, settings) if name in used or name in expected]
    return ShootsView(
        Turned(lines, shown.number, shown.of, shown.total, shown.each),
        len(every), tuple(names), bool(bucket), needs_you, search,
    )  # fmt: skip


def _names(ledger: sqlite3.Connection, settings: Settings) -> list[str]:
    """Destinations of the settings, then those of before."""
    known = [str(row[0]) for row in ledger.execute("SELECT name FROM destination ORDER BY id")]
    return list(dict.fromkeys((*(place.name for place in settings.places()), *known)))


def places_expected(ledger: sqlite3.Connection, settings: Settings) -> frozenset[str]:
    """Destinations that are to hold every shoot; of the disk that is worked on old shoots may be gone."""
    working = working_since(settings, ledger)
    return frozenset(place.name for place in settings.places() if place.name not in working)


def _needing(ledger: sqlite3.Connection, bucket: str, expected: Collection[str]) -> frozenset[int]:
    clouds = cloud_of_shoots(ledger, bucket) if bucket else {}
    views = shoot_views(ledger).values()
    return frozenset(view.id for view in views if _is_needing(view, clouds.get(view.id), expected))


def _is_needing(view: ShootView, cloud: CloudStatus | None, expected: Collection[str]) -> bool:
    gaps = any(place.suspect or place.written or (place.missing and place.name in expected) for place in view.places)
    return gaps or _too_few(view, cloud) or _asks(cloud) or _never_there(view, expected)


def _too_few(view: ShootView, cloud: CloudStatus | None) -> bool:
    whole = sum(place.proven == view.files for place in view.places)
    whole += cloud is not None and cloud.counts.checked == view.files
    return view.files == 0 or whole < 2


def _asks(cloud: CloudStatus | None) -> bool:
    return cloud is not None and cloud.word is CloudWord.NEEDS_YOU


def _never_there(view: ShootView, expected: Collection[str]) -> bool:
    return bool(set(expected) - {place.name for place in view.places})


def line_of(
    ledger: sqlite3.Connection, view: ShootView, cloud: CloudStatus | None, expected: Collection[str]
) -> ShootLine:
    """One shoot in words. cloud: None where no off-site copy is set up."""
    needs = tuple(_needs(ledger, view, cloud, expected))
    level, word = ("note", "needs you") if needs else ("good", "whole")
    used = [place for place in view.places if place.missing < view.files or place.name in expected]
    return ShootLine(
        view.id,
        display_text(view.name),
        view.day if view.day == view.last_day else f"{view.day} to {view.last_day}",
        display(view.folder),
        view.files,
        view.size,
        level,
        word,
        needs,
        tuple(place_line(place, view.files) for place in used),
        cloud_line(cloud),
        tuple(display_text(tag_word(name, facts)) for name, _, _, facts in tags_of(ledger, view.id)),
        view.findings,
    )


def place_line(place: PlaceView, total: int) -> PlaceLine:
    """The numbers of one destination."""
    level = "bad" if place.suspect else "good" if place.proven == total else "wait"
    parts = (place.proven, place.written, place.suspect, place.released, place.missing)
    return PlaceLine(place.name, level, *parts, total)


def cloud_line(cloud: CloudStatus | None) -> CloudLine | None:
    """The numbers of the third copy."""
    if cloud is None:
        return None
    counts = cloud.counts
    parts = (counts.not_queued, counts.waiting, counts.sending, counts.sent, counts.checked, counts.needs_you)
    return CloudLine(_CLOUD_LEVELS.get(cloud.word, "wait"), cloud.sentence, *parts, counts.files)


def _needs(
    ledger: sqlite3.Connection, view: ShootView, cloud: CloudStatus | None, expected: Collection[str]
) -> list[Need]:
    found = []
    for place in view.places:
        if place.suspect:
            text = f"{place.name}: {files(place.suspect)} not as proven any more"
            found.append(Need(text, "safelight repair"))
        if place.written:
            text = f"{place.name}: {files(place.written)} written but not proven"
            found.append(Need(text, f"safelight verify {view.id}"))
        if place.missing and place.name in expected:
            found += _gaps(place, lost_at(ledger, view.id, place.name))
    found += [
        Need(f"{name}: nothing was ever copied there", "safelight catch-up")
        for name in sorted(set(expected) - {place.name for place in view.places})
    ]
    if cloud is not None and _asks(cloud):
        found.append(Need(f"cloud: {cloud.detail}", "safelight cloud status"))
    if _too_few(view, cloud) and not found:
        found.append(Need("fewer than two places hold all of it", f"safelight catch-up {view.id}"))
    return found


def _gaps(place: PlaceView, lost: int) -> list[Need]:
    """Copies that were lost are for `repair`, those that never were for `catch-up`."""
    lost = min(lost, place.missing)
    never = place.missing - lost
    found = [Need(f"{place.name}: {files(lost)} lost", "safelight repair")] if lost else []
    return found + ([Need(f"{place.name}: {files(never)} not there yet", "safelight catch-up")] if never else [])
