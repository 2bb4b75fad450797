"""Tags of darktable: rows whose name is a whole path, `people|bride|Anna`. Its own begin with `darktable|`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog_adapters.tables import Tables
from catalog_adapters.values import LONGEST_PATH, Notes, text, whole
from ingest.model.catalogs import CatalogKeyword

Path = tuple[str, ...]
_OWN = "darktable"
_DEEPEST = 64
_PRIVATE = 1 << 1  # DT_TF_PRIVATE; 1 << 0 is a category, which orders others and is no keyword of its own


@dataclass(frozen=True, slots=True)
class Tags:
    """The photographer's tags. paths: by the tag's id. own: ids of darktable's tags about formats, edits, exports."""

    all: tuple[CatalogKeyword, ...] = ()
    paths: Mapping[int, Path] = field(default_factory=dict)
    own: frozenset[int] = frozenset()
    warnings: tuple[str, ...] = ()


def read_tags(tables: Tables, notes: Notes) -> Tags:
    """All tags of a database that holds them. What is private stays so for everything below it."""
    paths: dict[int, Path] = {}
    own: set[int] = set()
    private: set[Path] = set()
    synonyms: dict[int, Path] = {}
    rows = tables.rows(tables.pick("t", "tags", "id", "name", "flags", "synonyms"), "tags t ORDER BY t.id")
    for key, name, flags, others in rows:
        if (number := whole(key)) is None:
            continue
        path = _steps(text(name, LONGEST_PATH), "|")[:_DEEPEST]
        if not path or path[0] == _OWN:
            own.add(number)
            continue
        paths[number] = path
        if (whole(flags) or 0) & _PRIVATE:
            private.add(path)
        if found := _steps(text(others, LONGEST_PATH), ","):
            synonyms[number] = found
    keywords = tuple(
        CatalogKeyword(path, private=_is_below(path, private), synonyms=synonyms.get(number, ()))
        for number, path in paths.items()
    )
    return Tags(keywords, paths, frozenset(own), notes.warnings())


def _steps(stored: str, mark: str) -> Path:
    return tuple(text(step.strip()) for step in stored.split(mark) if step.strip())


def _is_below(path: Path, private: set[Path]) -> bool:
    return bool(private) and any(path[: length + 1] in private for length in range(len(path)))


def paths_by_image(tables: Tables, tags: Tags | None, notes: Notes) -> dict[int, tuple[Path, ...]]:
    """Image id -> the paths of its tags."""
    if tags is None or not tables.has("tagged_images", "imgid", "tagid"):
        return {}
    known: dict[tuple[int, ...], tuple[Path, ...]] = {}
    found: dict[int, tuple[Path, ...]] = {}
    for keys, ids, strange in tables.linked("tagged_images", "imgid", "tagid", tags.paths.keys() | tags.own):
        for _ in keys if strange else ():
            notes.count("picture with a keyword that data.db does not name, left out")
        if ids not in known:
            known[ids] = tuple(tags.paths[number] for number in ids if number in tags.paths)
        if known[ids]:
            found.update(dict.fromkeys(keys, known[ids]))
    return found
