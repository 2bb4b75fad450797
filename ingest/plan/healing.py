"""Which copies want healing, and from where."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ingest.model.places import DestinationKind
from ingest.model.standing import Standing

NEAREST = {DestinationKind.SSD: 0, DestinationKind.HDD: 1, DestinationKind.DRIVE: 2, DestinationKind.NAS: 3}
_HOUR, _TWO_SECONDS = 3_600_000_000_000, 2_000_000_000
_TRUST = {"proven": 0, "written": 1}  # a suspect one is asked about itself first, and is a source once it is right


def broken(copies: Sequence[Standing], places: Collection[str]) -> list[Standing]:
    """Those of one content's copies that want healing at these destinations.

    A suspect one does; a lost one where fewer copies stand than the content has names, else another took its place.
    Of the lost ones the newest first, and no path twice.
    """
    found: list[Standing] = []
    for place in places:
        here = [copy for copy in copies if copy.destination == place]
        standing = [copy for copy in here if copy.state != "lost"]
        found += [copy for copy in standing if copy.state == "suspect"]
        taken = {copy.path for copy in standing}
        for copy in sorted((copy for copy in here if copy.state == "lost"), key=lambda copy: -copy.id):
            if len(taken) < copy.names and copy.path not in taken:
                taken.add(copy.path)
                found.append(copy)
    return found


def sources_of(sick: Standing, copies: Iterable[Standing], kinds: Mapping[str, DestinationKind]) -> list[Standing]:
    """The other copies in the order in which they are asked: proven before unproven, this station's own disks first.

    kinds: of the destinations that the settings name; a copy elsewhere cannot be reached.
    """
    able = [copy for copy in copies if copy.id != sick.id and copy.state in _TRUST and copy.destination in kinds]
    return sorted(able, key=lambda copy: (_TRUST[copy.state], NEAREST[kinds[copy.destination]], copy.id))


def was_rewritten(copy: Standing) -> bool:
    """Whether its file bears another time than copies are given: a program wrote it, no fault of a disk.

    By more than 2 s and not by whole hours, which FAT file systems do by themselves.
    """
    apart = abs(copy.seen_mtime_ns - copy.mtime_ns) % _HOUR
    return copy.state == "suspect" and min(apart, _HOUR - apart) > _TWO_SECONDS
