"""What an editor's catalog was seen to say, with the time of seeing. None means "not known", never zero."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class CollectionKind(StrEnum):
    """What a collection is to the photographer. Only NORMAL ones are the photographer's own grouping of pictures.

    SMART: a rule, not evaluated. SET: holds other collections. PUBLISHED: sent somewhere. FOLDER: a place on disk.
    MODULE: made by a print, book, web or slideshow module. AUTOMATIC: kept by the editor itself.
    """

    NORMAL = "normal"
    SMART = "smart"
    SET = "set"
    PUBLISHED = "published"
    FOLDER = "folder"
    MODULE = "module"
    AUTOMATIC = "automatic"


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


class CatalogImage(NamedTuple):
    """One image row. folder: as stored, resolved where possible, NFC, `/` separators and one at its end; "" when it
    is not known where the file lies. One text in memory for all images of a folder.

    name: file name as the editor has it. original_name: before an import rename, where known.
    import_key: Lightroom's `<seconds>:<name>:<size>`. capture_local: wall clock, naive.
    rating: 1..5 or None. pick: 1, 0, -1 or None. keywords: paths from the root, e.g. ("people", "bride").
    collections: name paths. is_virtual: a virtual copy or second variant, no file of its own.
    sidecar_suffixes: other files the row speaks for, e.g. ("JPG", "xmp").

    size: bytes when the editor first saw the file; a later metadata write changes the file, not this.
    last_change: seconds since 1970 UTC. file_key: the same for all rows of one file (master and virtual copies),
    unique within the catalog. root: the stored root folder, a key into `CatalogFacts.roots`. published: name paths
    of published collections. stack: (stack id, position from 1). capture_is_utc: the time is an instant in UTC,
    because the file tells none itself. in_trash: in the editor's trash, still on disk. disputed: two records of the
    editor disagreed and the newer one was taken.
    """

    key: str
    folder: str
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
    file_key: str = ""
    copy_name: str = ""
    root: str = ""
    published: tuple[tuple[str, ...], ...] = ()
    stack: tuple[str, int] | None = None
    capture_is_utc: bool = False
    in_trash: bool = False
    disputed: bool = False

    @property
    def path(self) -> str:
        """Where the file lies; "" when that is not known. Made when it is asked for: a catalog has many thousands."""
        return self.folder + self.name if self.folder else ""


@dataclass(frozen=True, slots=True)
class CatalogKeyword:
    """One keyword of the catalog's tree, applied or not. path: names from the root.

    person: it names a person. private: the photographer wishes it not to be exported. Both hold when any name on
    the path is such a one, and neither may leave the computer unasked.
    """

    path: tuple[str, ...]
    person: bool = False
    private: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogCollection:
    """One collection, album or set. path: names from the root. members: rows in it; None when not evaluated."""

    path: tuple[str, ...]
    kind: CollectionKind
    members: int | None


@dataclass(frozen=True, slots=True)
class CatalogRoot:
    """A folder the editor knows as a starting point. resolved: where it is on this computer now, None when offline.

    Offline is not missing: nothing may be concluded about the files below it.
    """

    stored: str
    resolved: str | None


@dataclass(frozen=True, slots=True)
class CatalogFacts:
    """A whole catalog as observed. kind: the adapter's, as "lightroom". version: as the editor names itself.

    identity: the editor's own id of the document or its lineage, "" when it has none.
    """

    kind: str
    path: str
    version: str
    identity: str
    observation: Observation
    images: tuple[CatalogImage, ...]
    keywords: tuple[CatalogKeyword, ...] = ()
    collections: tuple[CatalogCollection, ...] = ()
    roots: tuple[CatalogRoot, ...] = ()


def split_import_key(text: str) -> tuple[str, str, int] | None:
    """`<seconds>:<name>:<size>` as (seconds, name, size in bytes); None for anything else. A name may hold `:`.

    seconds stays text: since 2001-01-01, an integer for a camera's wall clock, with a fraction for a file's mtime.
    """
    seconds, first, rest = text.partition(":")
    name, second, size = rest.rpartition(":")
    if not (first and second and name) or not (size.isascii() and size.isdigit() and len(size) <= 19):
        return None
    try:
        float(seconds)
    except ValueError:
        return None
    return seconds, name, int(size)
