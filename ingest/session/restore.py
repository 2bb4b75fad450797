"""The way back: the nearest place first, each asked by a child that may be killed, the bucket last."""

from collections.abc import Callable, Iterator, Sequence

from ingest.care.restore import RestoreReport, Wanted, restore
from ingest.care.sources import BucketSource, FolderSource
from ingest.cloud.open_store import open_store
from ingest.config import Settings
from ingest.errors import DestinationError, UsageError
from ingest.model.places import Destination, DestinationKind
from ingest.session.hands import Hands, words_of

_NEAREST = (DestinationKind.SSD, DestinationKind.HDD, DestinationKind.DRIVE, DestinationKind.NAS)
CLOUD = "cloud"  # the word for the third copy, of whatever kind it is
_FILES = 64  # that a place is asked for at once
_BYTES = 256 << 20

Tick = Callable[[int], None]


def sources_of(settings: Settings, only: str | None) -> list[str]:
    """The places that are asked, the nearest first; the bucket is asked for what no other gives.

    Raises:
        UsageError: no place is called so.
    """
    places = sorted(settings.places(), key=lambda place: _NEAREST.index(place.kind))
    names = [place.name for place in places] + ([settings.cloud.word] if settings.cloud else [])
    only = settings.cloud.word if settings.cloud and only == CLOUD else only
    if only is None:
        return names
    if only not in names:
        raise UsageError(f"There is no source {only!r}", hint=f"The settings name: {', '.join(names)}")
    return [only]


def bring_back(
    settings: Settings,
    hands: Hands,
    wanted: Sequence[Wanted],
    sources: Sequence[str],
    objects: dict[str, str],
    target: bytes,
    tick: Tick,
) -> RestoreReport:
    """Everything that is wanted, below `target`. objects: key in the bucket -> the version that was sent."""
    report = RestoreReport()
    left, reasons = list(wanted), dict[bytes, list[str]]()
    places = {place.name: place for place in settings.places()}
    for name in sources:
        here = [item for item in left if name in item.locations]
        left = [item for item in left if name not in item.locations]
        if settings.cloud and name == settings.cloud.word:
            found = _from_bucket(settings, here, objects, target, tick) if here else RestoreReport()
        else:
            found = _from_place(hands, places[name], here, target, tick)
        for path, why in found.failed.items():
            reasons.setdefault(path, []).append(why)
        left += [item for item in here if item.path in found.failed]
        report.add(found)
    for item in left:
        report.failed[item.path] = "; ".join(reasons.get(item.path, ())) or "no source holds a copy"
    return report


def _from_place(hands: Hands, place: Destination, wanted: Sequence[Wanted], target: bytes, tick: Tick) -> RestoreReport:
    report = RestoreReport()
    for part in parts(wanted):
        try:
            found = hands.ask(place.name, bring_at, place.name, place.root, part, target)
        except DestinationError as error:
            found = RestoreReport(failed={item.path: f"{place.name}: {words_of(place.name, error)}" for item in part})
        report.add(found)
        report.failed |= found.failed
        tick(sum(item.digest.size for item in part if item.path not in found.failed))
    return report


def bring_at(name: str, root: bytes, wanted: Sequence[Wanted], target: bytes) -> RestoreReport:
    """Some files from one place; asked there."""
    return restore(wanted, [FolderSource(name, root)], target, lambda _: None)


def _from_bucket(
    settings: Settings, wanted: Sequence[Wanted], objects: dict[str, str], target: bytes, tick: Tick
) -> RestoreReport:
    assert settings.cloud is not None
    return restore(wanted, [BucketSource(settings.cloud.word, open_store(settings.cloud), objects)], target, tick)


def parts(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """So many as a place is asked for at once."""
    part: list[Wanted] = []
    for item in wanted:
        part.append(item)
        if len(part) == _FILES or sum(each.digest.size for each in part) >= _BYTES:
            yield part
            part = []
    if part:
        yield part
