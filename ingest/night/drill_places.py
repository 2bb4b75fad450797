"""A drill: a sample of each place is brought back, compared, a raw or a catalog opened; then it is thrown away."""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.card.parsers import ParserPool
from ingest.care.drill import bring, bring_from_place
from ingest.care.restore import Source, Wanted
from ingest.care.sources import BucketSource
from ingest.cloud.open_store import open_store
from ingest.config import Settings
from ingest.errors import CareFailed, CloudRefused, CloudUnreachable, DestinationError
from ingest.ledger.drills import Held, digests_of, generations, held_at, held_in
from ingest.ledger.places import known_marker
from ingest.model.drills import PlaceDrill, Tried, Why
from ingest.model.media import RAWS
from ingest.model.names import base_of, display, suffix_of
from ingest.model.places import Destination
from ingest.plan.drill import BYTES, FILES, Candidate, Chosen, sample
from ingest.session.hands import Hands, words_of
from ingest.session.restore import CLOUD
from ingest.snapshots.look import look_into

_SPARE = 256 << 20  # bytes that stay free on the disk to which files are brought back

Tick = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Request:
    """What a drill is to do. seed: draws the sample. files, most (bytes): of each place. to: an existing folder."""

    seed: str
    to: Path
    files: int = FILES
    most: int = BYTES


@dataclass(frozen=True, slots=True)
class Place:
    """How one place is asked. held: what it holds. bring: one copy into a folder; "" or why not."""

    name: str
    held: Callable[[], Iterator[Held]]
    bring: Callable[[Wanted, bytes], str]


def places_of(
    settings: Settings, ledger: sqlite3.Connection, hands: Hands, only: str | None
) -> tuple[list[Place], list[str]]:
    """Every place of the settings, or the one of that name; and the names that there are."""
    places = [_destination(place, ledger, hands) for place in settings.places()]
    if settings.cloud is not None:
        places.append(_bucket(settings, ledger))
        only = settings.cloud.word if only == CLOUD else only
    return [place for place in places if only in (None, place.name)], [place.name for place in places]


def _destination(place: Destination, ledger: sqlite3.Connection, hands: Hands) -> Place:
    marker = known_marker(ledger, place.name)

    def from_place(wanted: Wanted, folder: bytes) -> str:
        return hands.ask(place.name, bring_from_place, place, marker, wanted, folder)

    return Place(place.name, lambda: held_at(ledger, place.name), from_place)


def _bucket(settings: Settings, ledger: sqlite3.Connection) -> Place:
    cloud = settings.cloud
    assert cloud is not None
    versions: dict[str, str] = {}
    opened: list[Source] = []

    def held() -> Iterator[Held]:
        for each in held_in(ledger, cloud.bucket):
            versions[each.path.decode()] = each.file_id
            yield each

    def from_bucket(wanted: Wanted, folder: bytes) -> str:
        if not opened:
            opened.append(BucketSource(cloud.word, open_store(cloud), versions))
        return bring(opened[0], wanted, folder)

    return Place(cloud.word, held, from_bucket)


def drill_place(place: Place, ledger: sqlite3.Connection, request: Request, begin: Tick, tick: Tick) -> PlaceDrill:
    """Bring a sample back from one place. begin: told the bytes of all of it; tick: those of each file.

    Raises:
        CareFailed: there is no room for what is brought back.
    """
    newest = _newest_snapshots(place, ledger)
    drawn = sample(
        (Candidate(each.asset_id, each.size, suffix_of(each.path), each.asset_id in newest) for each in place.held()),
        request.seed, request.files, request.most,
    )  # fmt: skip
    if not drawn.held:
        return PlaceDrill(place.name, 0, 0, ())
    wanted = _wanted(place, ledger, drawn.chosen)
    begin(sum(each.candidate.size for each in drawn.chosen))
    tried: list[Tried] = []
    absent = ""
    with _folder(request, drawn.chosen) as folder, ParserPool() as pool:
        try:
            for chosen, one in zip(drawn.chosen, wanted, strict=True):
                tried.append(_try(place, chosen, one, os.fsencode(folder), pool))
                tick(chosen.candidate.size)
        except DestinationError as error:
            absent = words_of(place.name, error)
        except (CloudRefused, CloudUnreachable) as error:
            absent = error.message
    return PlaceDrill(place.name, drawn.held, drawn.larger, tuple(tried), absent)


def _newest_snapshots(place: Place, ledger: sqlite3.Connection) -> set[int]:
    """Of each catalog the newest snapshot that is there."""
    known, newest = generations(ledger), dict[bytes, tuple[int, int]]()
    for each in place.held() if known else ():
        if each.asset_id in known:
            shelf, number = known[each.asset_id]
            newest[shelf] = max(newest.get(shelf, (0, 0)), (number, each.asset_id))
    return {asset_id for _, asset_id in newest.values()}


def _wanted(place: Place, ledger: sqlite3.Connection, chosen: Sequence[Chosen]) -> list[Wanted]:
    numbers = {each.candidate.asset_id: number for number, each in enumerate(chosen)}
    where = {each.asset_id: each.path for each in place.held() if each.asset_id in numbers}
    digests = digests_of(ledger, list(numbers))
    return [
        Wanted(b"%04d/%s" % (number, base_of(where[key])), *digests[key], {place.name: where[key]})
        for key, number in numbers.items()
    ]


def _try(place: Place, chosen: Chosen, wanted: Wanted, folder: bytes, pool: ParserPool) -> Tried:
    path = wanted.locations[place.name]
    problem = place.bring(wanted, folder)
    arrived = os.path.join(folder, wanted.path)
    opened = ""
    if not problem and chosen.why is Why.CATALOG:
        opened = look_into(Path(os.fsdecode(arrived)), Path(os.fsdecode(os.path.dirname(arrived))), time.time())
    elif not problem and suffix_of(path) in RAWS:
        opened = "; ".join(finding.detail for finding in pool.health(arrived, base_of(path))) or "opens"
    shutil.rmtree(os.path.dirname(arrived), ignore_errors=True)
    return Tried(path, wanted.digest.size, wanted.digest.sha1.hex(), chosen.why, problem, opened)


def _folder(request: Request, chosen: Sequence[Chosen]) -> tempfile.TemporaryDirectory[str]:
    """One file at a time lies there."""
    largest = max(each.candidate.size for each in chosen) if chosen else 0
    if shutil.disk_usage(request.to).free < largest + _SPARE:
        raise CareFailed(
            f"There is no room to bring files back to {display(os.fsencode(request.to))}",
            path=str(request.to),
            hint="Name a folder on another disk with --to; nothing was tried",
        )
    return tempfile.TemporaryDirectory(prefix="safelight-drill-", dir=request.to)
