"""What matching is told and what it answers, as frozen dataclasses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ingest.model.catalogs import CatalogImage


class KnownFile(NamedTuple):
    """One of our files, as the ledger knows it.

    size in bytes. card_name: on the card. dest_name: at the destinations, the only name an editor saw that imported
    from there. places: gives the absolute display paths of an asset's copies; few files are asked for theirs.
    capture_local: only when it came from EXIF. mtime: seconds since 1970 UTC.
    """

    asset_id: int
    size: int
    card_name: str
    dest_name: str
    places: Callable[[int], tuple[str, ...]]
    capture_local: datetime | None
    mtime: float

    @property
    def dest_paths(self) -> tuple[str, ...]:
        """Absolute display paths of its copies."""
        return self.places(self.asset_id)


class Certainty(StrEnum):
    """How much a match says. Even CERTAIN means "this is the picture it was", never "these bytes are intact"."""

    CERTAIN = "certain"
    STRONG = "strong"
    PROBABLE = "probable"
    PATH_ONLY = "path only"


class Rule(StrEnum):
    """By what a file was found, in the order in which it is tried."""

    IMPORT_KEY = "import key"
    NAME_SIZE_TIME = "name, size and time"
    NAME_SIZE = "name and size"
    TIME_SIZE = "time and size"
    NAME_TIME = "name and time"
    NAME_NEAR = "name, minute and near size"
    PATH = "path"
    COMPANION = "companion of a picture"


class Match(NamedTuple):
    """One file and its rows: masters and virtual copies, more than one master when it was imported twice.

    by_path: several files or rows fitted the rule alike, and only the path at a destination told them apart.
    """

    asset_id: int
    rule: Rule
    certainty: Certainty
    images: tuple[CatalogImage, ...]
    by_path: bool = False


class Ambiguity(NamedTuple):
    """A file that fits several rows, or shares its row with another file. candidates: their paths, or names."""

    asset_id: int
    rule: Rule
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every file once, in one of three: matched, ambiguous (told, never guessed) or not in the catalog."""

    matches: tuple[Match, ...]
    ambiguous: tuple[Ambiguity, ...]
    unmatched: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many files were asked for."""
        return len(self.matches) + len(self.ambiguous) + len(self.unmatched)
