"""A name for a shoot from where the photographer put its pictures. A proposal only: what the user named stays."""

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ingest.model.catalogs import CatalogCollection, CatalogImage, CollectionKind
from ingest.model.names import display

Paths = tuple[tuple[str, ...], ...]
_LONGEST = 120
# Folders every card, session or import has: they say what lies in them, not which job it was.
_GENERIC = frozenset({"capture", "selects", "output", "trash", "dcim", "originals", "raw", "raws", "jpg", "jpeg"})


@dataclass(frozen=True, slots=True)
class NameSuggestion:
    """A proposed name. source: "collection" or "folder". share: of the shoot's pictures that lie in it, 0.5 to 1."""

    name: str
    source: str
    share: float


def suggest_name(
    pictures: Sequence[Sequence[CatalogImage]], collections: Iterable[CatalogCollection]
) -> NameSuggestion | None:
    """The collection, else the folder, that holds more than half of the pictures.

    Args:
        pictures: the rows of each picture, master and virtual copies.
        collections: all of the catalog; only those the photographer fills by hand name a shoot.

    Of collections that hold equally many the smaller one is meant: "Meyer wedding" before "All of 2026".
    """
    sizes = {item.path: item.members or 0 for item in collections if item.kind is CollectionKind.NORMAL}
    held = count_paths(pictures, attrgetter("collections"))
    fitting = [(-count, sizes[path], path) for path, count in held.items() if path in sizes]
    most, _, fullest = min(fitting, default=(0, 0, ("",)))
    if 2 * -most > len(pictures):
        return _suggestion(fullest[-1], "collection", -most, len(pictures))
    folders = Counter([rows[0].folder for rows in pictures if rows[0].folder])
    for folder, count in folders.most_common(1):
        name = _folder_name(posixpath.dirname(folder))
        if name and 2 * count > len(pictures):
            return _suggestion(name, "folder", count, len(pictures))
    return None


def count_paths(
    pictures: Iterable[Sequence[CatalogImage]], paths_of: Callable[[CatalogImage], Paths]
) -> Counter[tuple[str, ...]]:
    """How many pictures have each path on any of their rows.

    Many pictures of a catalog share one tuple of paths: each tuple is counted first, then what stands in it.
    """
    kept: dict[int, Paths] = {}
    alike: dict[int, int] = {}
    for rows in pictures:
        paths = paths_of(rows[0]) if len(rows) == 1 else tuple({path for row in rows for path in paths_of(row)})
        number = id(paths)
        if number in alike:
            alike[number] += 1
        else:
            alike[number], kept[number] = 1, paths  # kept, and so no other takes its place in memory
    counts: Counter[tuple[str, ...]] = Counter()
    for number, count in alike.items():
        for path in set(kept[number]):
            counts[path] += count
    return counts


def _folder_name(folder: str) -> str:
    """The last step of a folder that is not generic; "" when it is a bare date or number, which names no job."""
    named = [step for step in folder.split("/")[-3:] if step.casefold() not in _GENERIC]
    last = named[-1] if named else ""
    return last if any(character.isalpha() for character in last) else ""


def _suggestion(name: str, source: str, count: int, pictures: int) -> NameSuggestion:
    shown = " ".join(display(name.encode("utf-8", "replace")).split())
    return NameSuggestion(shown[:_LONGEST].strip(), source, count / pictures)
