"""Keywords and collections of Capture One, and which variant is in which."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog_adapters.capture_one_values import keyword_names
from catalog_adapters.paths import Folder
from catalog_adapters.tables import Tables
from catalog_adapters.trees import Node, lineages, name_path
from catalog_adapters.values import Notes, is_false, text, whole
from ingest.model.catalogs import CatalogCollection, CatalogKeyword, CollectionKind

Path = tuple[str, ...]
# By the entity's name, never by its number, which changes between releases.
_KINDS = {
    "AlbumCollection": CollectionKind.NORMAL,
    "SmartCollection": CollectionKind.SMART,
    "ProjectCollection": CollectionKind.SET,
    "VirtualFolderCollection": CollectionKind.SET,
    "FolderCollection": CollectionKind.FOLDER,
    "CatalogFolderCollection": CollectionKind.FOLDER,
    "CloudCollection": CollectionKind.PUBLISHED,
    "TempFolderCollection": CollectionKind.AUTOMATIC,
    "TrashCollection": CollectionKind.AUTOMATIC,
    "CatalogAllImagesCollection": CollectionKind.AUTOMATIC,
    "CatalogInternalImagesCollection": CollectionKind.AUTOMATIC,
}
_RECENT = frozenset({"recent imports", "recent captures"})
_HOLD_BY_HAND = (CollectionKind.NORMAL, CollectionKind.MODULE)


@dataclass(frozen=True, slots=True)
class Keywords:
    """The keyword tree. by_name: all paths of a name; a picture names its keywords by name alone."""

    all: tuple[CatalogKeyword, ...] = ()
    by_name: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    def paths(self, stored: str | None, notes: Notes) -> tuple[Path, ...]:
        """A picture's keyword text as paths. A name that stands twice in the tree stays a path of one step."""
        found = []
        for name in keyword_names(stored or ""):
            known = self.by_name.get(name, ())
            if len(known) > 1:
                notes.count("keyword on a picture whose name stands twice in the tree: its place there is not known")
            found.append(known[0] if len(known) == 1 else (name,))
        return tuple(found)


def read_keywords(tables: Tables, entities: Mapping[int, str]) -> Keywords:
    """The tree of ZKEYWORD; synonyms are rows of another entity below their keyword."""
    if not tables.has("ZKEYWORD", "Z_PK", "ZNAME", "ZPARENT"):
        return Keywords()
    nodes: dict[int, Node] = {}
    private: set[int] = set()
    synonyms: defaultdict[int, list[str]] = defaultdict(list)
    columns = tables.pick("k", "ZKEYWORD", "Z_PK", "Z_ENT", "ZNAME", "ZPARENT", "ZISEXPORTABLE")
    for key, entity, name, parent, exported in tables.rows(columns, "ZKEYWORD k"):
        number, above = whole(key), whole(parent)
        if number is None:
            continue
        if entities.get(whole(entity) or 0) == "Synonym":
            synonyms[above or 0].append(text(name))
            continue
        nodes[number] = Node(text(name), above)
        if exported is not None and is_false(exported):
            private.add(number)
    lines, _ = lineages(nodes)
    found = tuple(
        CatalogKeyword(
            name_path(line, nodes), private=not private.isdisjoint(line), synonyms=tuple(synonyms.get(number, ()))
        )
        for number, line in lines.items()
        if nodes[number].name
    )
    by_name: defaultdict[str, tuple[Path, ...]] = defaultdict(tuple)
    for keyword in found:
        by_name[keyword.path[-1]] += (keyword.path,)
    return Keywords(found, dict(by_name))


@dataclass(frozen=True, slots=True)
class Collections:
    """The collection tree. An image in a collection means all its variants."""

    all: tuple[CatalogCollection, ...]
    of_variant: Mapping[int, tuple[Path, ...]]
    of_image: Mapping[int, tuple[Path, ...]]

    def holding(self, variant: int | None, image: int) -> tuple[Path, ...]:
        """The albums of one variant, by either table of membership."""
        both = (*self.of_variant.get(-1 if variant is None else variant, ()), *self.of_image.get(image, ()))
        return tuple(dict.fromkeys(both))


def read_collections(
    tables: Tables, entities: Mapping[int, str], folders: Mapping[int, Folder], root: int | None, notes: Notes
) -> Collections:
    """Albums, projects, folders and smart albums. root: key of the document's own collection, no step of any path."""
    if not tables.has("ZCOLLECTION", "Z_PK", "Z_ENT", "ZNAME", "ZPARENT"):
        notes.say("this catalog has no collection table: albums are not known")
        return Collections((), {}, {})
    nodes: dict[int, Node] = {}
    kinds: dict[int, CollectionKind] = {}
    columns = tables.pick("c", "ZCOLLECTION", "Z_PK", "Z_ENT", "ZNAME", "ZPARENT", "ZFOLDERLOCATION")
    for key, entity, name, parent, location in tables.rows(columns, "ZCOLLECTION c"):
        if (number := whole(key)) is None:
            continue
        kinds[number] = _KINDS.get(entities.get(whole(entity) or 0, ""), CollectionKind.MODULE)
        shown = text(name) or _folder_name(folders.get(whole(location) or 0))
        nodes[number] = Node("" if number == root else shown, whole(parent))
    lines, _ = lineages(nodes)
    for number, line in lines.items():
        if any(nodes[step].name.casefold() in _RECENT for step in line[:-1]):
            kinds[number] = CollectionKind.AUTOMATIC
        if kinds[number] is CollectionKind.FOLDER and not nodes[number].name:
            notes.count("folder of the editor whose place is not stored, left out")
    paths = {number: name_path(line, nodes) for number, line in lines.items() if nodes[number].name}
    albums = {number: path for number, path in paths.items() if kinds[number] in _HOLD_BY_HAND}
    counts: Counter[int] = Counter()
    of_variant = _members(tables, "ZVARIANTINCOLLECTION", "ZVARIANT", albums, counts)
    of_image = _members(tables, "ZIMAGEINCOLLECTION", "ZIMAGE", albums, counts)
    found = tuple(
        CatalogCollection(path, kinds[number], None if kinds[number] is CollectionKind.SMART else counts[number])
        for number, path in paths.items()
    )
    return Collections(found, of_variant, of_image)


def _folder_name(folder: Folder | None) -> str:
    return folder.prefix.rstrip("/").rpartition("/")[2] if folder else ""


def _members(
    tables: Tables, table: str, column: str, albums: Mapping[int, Path], counts: Counter[int]
) -> dict[int, tuple[Path, ...]]:
    if not tables.has(table, "ZCOLLECTION", column):
        return {}
    found: defaultdict[int, tuple[Path, ...]] = defaultdict(tuple)
    for collection, member in tables.rows(f"DISTINCT m.ZCOLLECTION, m.{column}", f"{table} m"):
        number, key = whole(collection), whole(member)
        if number is None or key is None:
            continue
        counts[number] += 1
        if number in albums:
            found[key] += (albums[number],)
    return dict(found)
