"""Keywords, collections and stacks of a Lightroom catalog, and which image is in which."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from catalog_adapters.tables import Tables
from catalog_adapters.trees import Node, lineages, name_path
from catalog_adapters.values import Notes, is_false, text, whole
from ingest.model.catalogs import CatalogCollection, CatalogKeyword, CollectionKind

Path = tuple[str, ...]
_KINDS = {
    "com.adobe.ag.library.collection": CollectionKind.NORMAL,
    "com.adobe.ag.library.smart_collection": CollectionKind.SMART,
    "com.adobe.ag.library.group": CollectionKind.SET,
}
_WITHOUT_MEMBERS = (CollectionKind.SMART, CollectionKind.SET)


@dataclass(frozen=True, slots=True)
class Members:
    """Something images belong to. of_image: name paths by image id; equal sets of paths are one tuple in memory."""

    of_image: Mapping[int, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class Keywords(Members):
    """The keyword tree."""

    all: tuple[CatalogKeyword, ...]


@dataclass(frozen=True, slots=True)
class Collections(Members):
    """A collection tree."""

    all: tuple[CatalogCollection, ...]


def read_keywords(tables: Tables, notes: Notes) -> Keywords:
    """Every keyword with its path; applied are only those an image names itself, parents are implied.

    The nameless root row is no keyword. What is private or a person stays so for everything below it, because the
    path of what is below holds the name.
    """
    if not tables.has("AgLibraryKeyword", "id_local", "parent", "name"):
        notes.say("this catalog has no keyword tables: keywords are not known")
        return Keywords({}, ())
    nodes: dict[int, Node] = {}
    person: set[int] = set()
    private: set[int] = set()
    columns = tables.pick("k", "AgLibraryKeyword", "id_local", "parent", "name", "keywordType", "includeOnExport")
    for key, parent, name, kind, exported in tables.rows(columns, "AgLibraryKeyword k"):
        if (number := whole(key)) is None:
            continue
        nodes[number] = Node(text(name), whole(parent))
        if kind == "person":
            person.add(number)
        if exported is not None and is_false(exported):
            private.add(number)
    synonyms = _synonyms(tables)
    lines, cut = lineages(nodes)
    for _ in range(cut):
        notes.count("keyword whose parents run in a circle or too deep, shown with a short path")
    paths = {number: name_path(line, nodes) for number, line in lines.items() if nodes[number].name}
    found = (
        CatalogKeyword(
            path, not person.isdisjoint(lines[number]), not private.isdisjoint(lines[number]), synonyms.get(number, ())
        )
        for number, path in paths.items()
    )
    of_image, _ = _paths_by_image(tables, "AgLibraryKeywordImage", "tag", paths)
    return Keywords(of_image, tuple(found))


def _synonyms(tables: Tables) -> dict[int, Path]:
    if not tables.has("AgLibraryKeywordSynonym", "keyword", "name"):
        return {}
    found: dict[int, Path] = {}
    for keyword, name in tables.rows("s.keyword, s.name", "AgLibraryKeywordSynonym s"):
        if (number := whole(keyword)) is not None and text(name):
            found[number] = (*found.get(number, ()), text(name))
    return found


def read_collections(tables: Tables, notes: Notes, *, published: bool = False) -> Collections:
    """The photographer's collections, or those of the publish services.

    The quick collection and unsaved modules (systemOnly) are left out. Smart collections store no members.
    """
    table = "AgLibraryPublishedCollection" if published else "AgLibraryCollection"
    if not tables.has(table, "id_local", "parent", "name"):
        if not published:
            notes.say("this catalog has no collection tables: collections are not known")
        return Collections({}, ())
    kind_of = _published_kind if published else _kind
    nodes: dict[int, Node] = {}
    kinds: dict[int, CollectionKind] = {}
    hidden: set[int] = set()
    columns = tables.pick("c", table, "id_local", "parent", "name", "creationId", "systemOnly")
    for key, parent, name, made_by, system in tables.rows(columns, f"{table} c"):
        if (number := whole(key)) is None:
            continue
        nodes[number] = Node(text(name), whole(parent))
        kinds[number] = kind_of(text(made_by))
        if not is_false(system) and system != "false":
            hidden.add(number)
    lines, _ = lineages(nodes)
    shown = {number: line for number, line in lines.items() if nodes[number].name and hidden.isdisjoint(line)}
    paths = {number: name_path(line, nodes) for number, line in shown.items()}
    without = {number for number in paths if kinds[number] in _WITHOUT_MEMBERS}
    of_image, sizes = _paths_by_image(tables, f"{table}Image", "collection", paths, without)
    found = tuple(
        CatalogCollection(path, kinds[number], _members(kinds[number], sizes[number])) for number, path in paths.items()
    )
    return Collections(of_image, found)


def _kind(made_by: str) -> CollectionKind:
    return _KINDS.get(made_by, CollectionKind.MODULE)


def _published_kind(made_by: str) -> CollectionKind:
    if "smart" in made_by:
        return CollectionKind.SMART
    return CollectionKind.PUBLISHED if made_by.endswith("collection.published") else CollectionKind.SET


def _members(kind: CollectionKind, count: int) -> int | None:
    return None if kind is CollectionKind.SMART else count


def _paths_by_image(
    tables: Tables, table: str, column: str, paths: Mapping[int, Path], without: Set[int] = frozenset()
) -> tuple[dict[int, tuple[Path, ...]], Counter[int]]:
    """Image id -> name paths, from a link table, and how many images each id of `paths` has. without: ids not shown."""
    sizes: Counter[int] = Counter()
    if not tables.has(table, "image", column):
        return {}, sizes
    known: dict[tuple[int, ...], tuple[Path, ...]] = {}
    found: dict[int, tuple[Path, ...]] = {}
    for keys, ids, _ in tables.linked(table, "image", column, paths.keys()):
        if ids not in known:
            known[ids] = tuple(dict.fromkeys(paths[number] for number in ids if number not in without))
        if known[ids]:
            found.update(dict.fromkeys(keys, known[ids]))
        sizes.update(dict.fromkeys(ids, len(keys)))
    return found, sizes


def read_stacks(tables: Tables) -> dict[int, tuple[str, int]]:
    """Image id -> (stack id, position from 1, which is the top)."""
    if not tables.has("AgLibraryFolderStackImage", "stack", "image", "position"):
        return {}
    found: dict[int, tuple[str, int]] = {}
    for stack, image, position in tables.rows("s.stack, s.image, s.position", "AgLibraryFolderStackImage s"):
        key, place = whole(image), whole(position)
        if key is not None and place is not None:
            found[key] = (text(stack), place)
    return found
