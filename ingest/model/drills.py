"""A drill: copies brought back from each place as after a loss, and what came of them."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What a file was drawn for."""

    CATALOG = "the newest of a catalog"
    LARGE = "a large one"
    KIND = "of its kind"
    LOT = "by lot"


@dataclass(frozen=True, slots=True)
class Tried:
    """One file that was brought back. path: at its place. sha1: hex, as proven at ingest.

    problem: why it did not come back equal, "" when it did. opened: what a decoder (of a catalog: its adapter) said of
    it, "" where it was not asked, "opens" where nothing was wrong.
    """

    path: bytes
    size: int
    sha1: str
    why: Why
    problem: str = ""
    opened: str = ""


@dataclass(frozen=True, slots=True)
class PlaceDrill:
    """What one place gave back. held: files it holds. larger: those of them too large for this drill.

    absent: why nothing could be tried there, "" where it was.
    """

    place: str
    held: int
    larger: int
    tried: tuple[Tried, ...]
    absent: str = ""

    @property
    def closed(self) -> tuple[Tried, ...]:
        """Snapshots of catalogs that came back and do not open: they were opened before they were stored."""
        return tuple(each for each in self.tried if each.why is Why.CATALOG and each.opened not in ("", "opens"))

    @property
    def equal(self) -> int:
        """Files that came back with the bytes that were proven."""
        return sum(not each.problem for each in self.tried)

    @property
    def bytes(self) -> int:
        """Of the files that came back equal."""
        return sum(each.size for each in self.tried if not each.problem)

    @property
    def passed(self) -> bool:
        """Something was tried, all of it came back equal, and each catalog among it opens.

        A raw file that does not open is told and fails nothing: it may have come so from the card.
        """
        return bool(self.tried) and not self.absent and self.equal == len(self.tried) and not self.closed


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of all its places. at: seconds since 1970 UTC. seed: draws the same files from the same copies."""

    at: float
    seed: str
    station: str
    places: tuple[PlaceDrill, ...]

    @property
    def passed(self) -> bool:
        """Every place that was asked gave back all that was asked of it."""
        return bool(self.places) and all(place.passed for place in self.places)
