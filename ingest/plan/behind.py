"""What a destination never had, and in which order it is brought there: one that was away at an ingest catches up.

A copy that stood there once and is lost is healed by `repair`, and one that was let go is not asked for: neither lacks.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.model.lacking import At, Name
from ingest.model.places import DestinationKind
from ingest.plan.healing import NEAREST


class Missing(NamedTuple):
    """What is to be brought under this name, and the destinations that lack it, in the order of the settings."""

    name: Name
    places: tuple[str, ...]


def missing(
    names: Iterable[Name],
    names_of: Mapping[int, Collection[bytes]],
    copies: Mapping[int, Sequence[At]],
    places: Sequence[str],
    working: Mapping[str, float],
) -> list[Missing]:
    """Of these names of one shoot those that a destination lacks, what editors think most of first.

    A content lacks as many copies at a destination as it has more names than places that it ever had there.

    names_of: content -> its names in all shoots. copies: content -> all copies that there ever were. places: those that
    are to hold everything. working: of those where pictures are worked on, since when: what is older, or was let go
    anywhere, is not missed there.
    """
    found = []
    for name in sorted(names, key=lambda name: (-name.worth, name.path)):
        had = copies.get(name.asset_id, ())
        every = names_of[name.asset_id]
        lacking = tuple(
            place
            for place in places
            if name.path in _lacking(every, [copy.path for copy in had if copy.place == place])
            and not (place in working and _is_past(name, had, working[place]))
        )
        if lacking:
            found.append(Missing(name, lacking))
    return found


def _lacking(names: Collection[bytes], had: Collection[bytes]) -> list[bytes]:
    """A copy may have got another name than was wanted: then any of the names is taken for it."""
    ever = set(had)
    return [name for name in sorted(names) if name not in ever][: max(0, len(set(names)) - len(ever))]


def _is_past(name: Name, copies: Iterable[At], since: float) -> bool:
    return name.came < since or any(copy.is_released for copy in copies)


def sources(copies: Iterable[At], kinds: Mapping[str, DestinationKind]) -> list[At]:
    """The proven copies at destinations that are here, the nearest first. kinds: of those."""
    able = [copy for copy in copies if copy.state == "proven" and copy.place in kinds]
    return sorted(able, key=lambda copy: (NEAREST[kinds[copy.place]], copy.place, copy.path))


def fitted(items: Iterable[Missing], free: Mapping[str, int]) -> Iterator[tuple[Missing, tuple[str, ...]]]:
    """Each with the destinations where there is room for it, and those where there is none. free: bytes, by name.

    In their order; what is too large is left out, and smaller ones behind it still go.
    """
    left = dict(free)
    for item in items:
        size = item.name.digest.size
        full = tuple(place for place in item.places if size > left[place])
        fit = tuple(place for place in item.places if place not in full)
        for place in fit:
            left[place] -= size
        yield Missing(item.name, fit), full
