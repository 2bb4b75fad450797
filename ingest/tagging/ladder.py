"""The rules by which a file is found in a catalog, strongest first, as keys that both sides compute.

Which rules apply depends on what a row knows, not on the editor: rows with an import key (Lightroom) carry name, size
and second as they were at import; rows without one (Capture One) carry today's name, a size and a wall clock that
may be wrong by whole hours; rows without a size (darktable) carry today's name and the camera's wall clock.
"""

import unicodedata
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import NamedTuple

from ingest.model.catalogs import CatalogImage, split_import_key
from ingest.tagging.import_key import file_seconds, wall_seconds
from ingest.tagging.words import Certainty, KnownFile, Rule

_NEAR_BYTES = 256 << 10
_NEAR_SHARE = 0.01
# Always compressed, so that two pictures hardly ever have one size. Every other format may be stored uncompressed:
# there DSC_0001 of one card and DSC_0001 of another agree in name and size.
_STILLS = ("jpg", "jpeg", "jpe", "cr2", "cr3", "crw", "heic", "heif", "hif", "avif", "jxl", "png", "webp")
_MOVIES = ("mp4", "mov", "m4v", "mts", "m2ts", "mxf", "avi", "crm", "3gp")
_VARIED = frozenset((*_STILLS, *_MOVIES))


class File(NamedTuple):
    """One of our files with what the rules compare, computed once. names: folded."""

    known: KnownFile
    names: tuple[str, ...]
    suffix: str
    seconds: str
    minute: tuple[int, int] | None

    @property
    def paths(self) -> frozenset[str]:
        """Where our copies lie, folded; only files that are hard to tell apart are asked."""
        return frozenset(folded(path) for path in self.known.dest_paths)


class Row(NamedTuple):
    """What a catalog tells of one file. seconds: as in an import key, None when not known. name: folded."""

    file_key: str
    name: str
    size: int | None
    seconds: str | None
    minute: tuple[int, int] | None
    stored_path: str
    has_key: bool

    @property
    def path(self) -> str:
        """Where the row says that the file lies, folded; "" when it does not say."""
        return folded(self.stored_path)


Fits = Callable[[File, Row], bool]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rule.

    of_file, of_row: the keys that must be equal; none when the rule cannot speak. fits: what must hold besides.
    all_true: several rows are no contradiction, the picture was imported several times.
    """

    rule: Rule
    certainty: Certainty
    of_file: Callable[[File], tuple[Hashable, ...]]
    of_row: Callable[[Row], Hashable | None]
    fits: Fits = lambda _file, _row: True
    all_true: bool = False


def folded(text: str) -> str:
    """The form in which two names are one on the file systems photographers use."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()


def file_of(known: KnownFile) -> File:
    """A file with what the rules compare."""
    names = tuple(dict.fromkeys((folded(known.card_name), folded(known.dest_name))))
    local = known.capture_local
    return File(
        known,
        names,
        _suffix(names[0]),
        wall_seconds(local) if local else file_seconds(known.mtime),
        (local.minute, local.second) if local else None,
    )


def identity_of(image: CatalogImage) -> str:
    """The same for all rows of one file."""
    return image.file_key or image.key


def exact_keys(known: KnownFile) -> tuple[str, ...]:
    """What the rules of EXACT compare of a file, each in one text: as Lightroom would write its import key, folded."""
    local, size = known.capture_local, known.size
    seconds = wall_seconds(local) if local else file_seconds(known.mtime)
    key = f"{seconds}:{folded(known.card_name)}:{size}"
    if known.dest_name == known.card_name:
        return (key,)
    return tuple(dict.fromkeys((key, f"{seconds}:{folded(known.dest_name)}:{size}")))


def import_key_of(image: CatalogImage) -> str | None:
    """The same of a row with an import key; of others None, or a text that no file has."""
    stored = image.import_key
    if stored is None or (stored.isascii() and ":0" not in stored):  # else its size may be written in another way
        return stored and stored.casefold()
    row = row_of(image)
    return f"{row.seconds}:{row.name}:{row.size}" if row.has_key else None


def name_size_time_of(image: CatalogImage) -> str | None:
    """The same of a row without an import key; None when it does not know enough."""
    row = row_of(image)
    known = not row.has_key and row.size is not None and row.seconds is not None
    return f"{row.seconds}:{row.name}:{row.size}" if known else None


def row_of(image: CatalogImage) -> Row:
    """An image row with what the rules compare."""
    parts = split_import_key(image.import_key) if image.import_key else None
    identity = identity_of(image)
    if parts:
        seconds, name, size = parts
        return Row(identity, folded(name), size, seconds.casefold(), None, image.path, True)
    local = None if image.capture_is_utc else image.capture_local
    return Row(
        identity,
        folded(image.name),
        image.size,
        wall_seconds(local) if local else None,
        (local.minute, local.second) if local else None,
        image.path,
        False,
    )


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]


def _triple(row: Row) -> Hashable | None:
    return (row.name, row.size, row.seconds) if row.size is not None and row.seconds is not None else None


def _triples(file: File) -> tuple[Hashable, ...]:
    return tuple((name, file.known.size, file.seconds) for name in file.names)


def _has_exif(file: File) -> tuple[Hashable, ...]:
    return _triples(file) if file.minute else ()


def _near(file: File, row: Row) -> bool:
    if row.size is None:
        return False
    return abs(row.size - file.known.size) <= max(_NEAR_BYTES, file.known.size * _NEAR_SHARE)


# Two parts: hardly a file gets beyond the first, and a large catalog is indexed for the second only for those.
EXACT = (
    Rung(
        Rule.IMPORT_KEY, Certainty.CERTAIN, _triples, lambda row: _triple(row) if row.has_key else None, all_true=True
    ),
    Rung(
        Rule.NAME_SIZE_TIME,
        Certainty.STRONG,
        _has_exif,
        lambda row: None if row.has_key else _triple(row),
        all_true=True,
    ),
)
ROUGH = (
    Rung(
        Rule.NAME_SIZE,
        Certainty.STRONG,
        lambda file: tuple((name, file.known.size) for name in file.names),
        lambda row: (row.name, row.size) if row.has_key else None,
        lambda file, _row: file.suffix in _VARIED,
    ),
    Rung(
        Rule.TIME_SIZE,
        Certainty.STRONG,
        lambda file: ((file.known.size, file.seconds),),
        lambda row: (row.size, row.seconds) if row.size is not None and row.seconds is not None else None,
        lambda file, row: file.suffix == _suffix(row.name) and (row.has_key or file.minute is not None),
    ),
    Rung(
        Rule.NAME_TIME,
        Certainty.PROBABLE,
        lambda file: tuple((name, file.seconds) for name in file.names),
        lambda row: (row.name, row.seconds) if row.seconds and (row.has_key or row.size is None) else None,
        lambda file, row: row.has_key or file.minute is not None,
    ),
    Rung(
        Rule.NAME_NEAR,
        Certainty.PROBABLE,
        lambda file: tuple((name, file.minute) for name in file.names) if file.minute else (),
        lambda row: (row.name, row.minute) if row.minute and not row.has_key else None,
        _near,
    ),
    Rung(Rule.PATH, Certainty.PATH_ONLY, lambda file: tuple(file.paths), lambda row: row.path or None),
)
