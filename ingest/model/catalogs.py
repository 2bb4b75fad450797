"""What an editor's catalog was seen to say, with the time of seeing. None means "not known", never zero."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """How and when a catalog was read.

    as_of: seconds since 1970 UTC for which the data holds. route: "in place" or "copy". settled: False when the
    editor may hold newer edits in memory. warnings: sentences for people.
    """

    as_of: float
    route: str
    settled: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogImage:
    """One image row. path: as stored, resolved where possible ("" when unknown), NFC, `/` separators.

    name: file name as the editor has it. original_name: before an import rename, where known.
    import_key: Lightroom's `<seconds>:<name>:<size>`. capture_local: wall clock, naive.
    rating: 1..5 or None. pick: 1, 0, -1 or None. keywords: paths from the root, e.g. ("people", "bride").
    collections: name paths. is_virtual: a virtual copy or second variant, no file of its own.
    sidecar_suffixes: other files the row speaks for, e.g. ("JPG", "xmp").
    """

    key: str
    path: str
    name: str
    original_name: str | None = None
    size: int | None = None
    import_key: str | None = None
    capture_local: datetime | None = None
    rating: int | None = None
    pick: int | None = None
    label: str | None = None
    label_color: str | None = None
    keywords: tuple[tuple[str, ...], ...] = ()
    collections: tuple[tuple[str, ...], ...] = ()
    is_virtual: bool = False
    sidecar_suffixes: tuple[str, ...] = ()
    last_change: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogFacts:
    """A whole catalog as observed. kind: "lightroom" or "capture_one". version: as the editor names itself."""

    kind: str
    path: str
    version: str
    identity: str
    observation: Observation
    images: tuple[CatalogImage, ...]
