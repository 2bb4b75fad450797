"""Bytes from outside to records, or ManifestDamaged: the schema of ASC MHL 2.0, and what its prose adds to it.

Source: ASC MHL specification 1.0 and its schemas `urn:ASC:MHL:v2.0` and `urn:ASC:MHL:DIRECTORY:v2.0`.
"""

import re
from typing import NoReturn, cast

from ingest.manifest.errors import ManifestDamaged
from ingest.manifest.names import CHAIN_NAMESPACE, LIST_NAMESPACE, beneath_the_root
from ingest.manifest.records import (
    FORMAT,
    Action,
    Digest,
    FileRecord,
    FolderHash,
    FolderRecord,
    Link,
    Manifest,
    Reference,
)
from ingest.manifest.strict_xml import Node, read_nodes

_LIST = f"{{{LIST_NAMESPACE}}}"
_CHAIN = f"{{{CHAIN_NAMESPACE}}}"
_SECTIONS = ("creatorinfo", "processinfo", "hashes", "metadata", "references")
_FORMATS = {"c4": 0, "md5": 32, "sha1": 40, "xxh128": 32, "xxh3": 16, "xxh64": 16}
_C4 = re.compile("c4[1-9A-HJ-NP-Za-km-z]{88}")
_HEX = re.compile("[0-9a-f]+")
_SIZE = re.compile("[0-9]{1,19}")
_PROCESSES = frozenset({"in-place", "transfer", "flatten"})
_ACTIONS = frozenset({"original", "verified", "failed"})


def parse_manifest(data: bytes, where: str) -> Manifest:
    """Read one generation. where: display form of the file for errors.

    Raises:
        ManifestDamaged: anything that is not exactly a manifest with at least one hash or reference.
    """
    reader = _ManifestReader(where)
    for parent, node in read_nodes(data, containers=frozenset({_LIST + "hashes", _LIST + "references"}), where=where):
        reader.take(parent, node)
    return reader.finished()


def parse_chain(data: bytes, where: str) -> tuple[Link, ...]:
    """Read a chain: numbers from 1 without a gap, names inside `ascmhl/`, no name twice.

    Raises:
        ManifestDamaged: anything else.
    """
    links: list[Link] = []
    for parent, node in read_nodes(data, containers=frozenset(), where=where):
        if not parent:
            _demand(node.tag == _CHAIN + "ascmhldirectory", "no chain of ASC MHL 2.0", where)
            continue
        _demand(node.tag == _CHAIN + "hashlist", "an unknown element in the chain", where)
        _demand(
            node.attributes == {"sequencenr": str(len(links) + 1)},
            f"the chain has no generation {len(links) + 1} where it belongs",
            where,
        )
        path, c4 = _pair(node, (_CHAIN + "path", _CHAIN + "c4"), where)
        _demand(b"/" not in path, "a manifest outside its folder", where)
        links.append(Link(len(links) + 1, path, c4))
    _demand(bool(links), "the chain lists no generation", where)
    _demand(len({link.name for link in links}) == len(links), "the chain lists a manifest twice", where)
    return tuple(links)


class _ManifestReader:
    def __init__(self, where: str) -> None:
        self._where = where
        self._sections: list[str] = []
        self._paths: set[bytes] = set()
        self._files: list[FileRecord] = []
        self._folders: list[FolderRecord] = []
        self._references: list[Reference] = []
        self._tool = self._created = self._process = ""
        self._patterns: tuple[str, ...] = ()
        self._root: FolderHash | None = None

    def take(self, parent: str, node: Node) -> None:
        """One node of the stream, by its place."""
        if not parent:
            known = node.tag == _LIST + "hashlist" and node.attributes.get("version") == "2.0"
            _demand(known, "no manifest of ASC MHL 2.0", self._where)
        elif parent == _LIST + "hashlist":
            self._take_section(node)
        elif parent == _LIST + "hashes":
            self._take_hash(node)
        else:
            _demand(node.tag == _LIST + "hashlistreference", "an unknown element among the references", self._where)
            path, c4 = _pair(node, (_LIST + "path", _LIST + "c4"), self._where)
            self._references.append(Reference(path, c4))

    def finished(self) -> Manifest:
        """The manifest, once its last node was taken."""
        _demand(self._sections[:2] == ["creatorinfo", "processinfo"], "it does not say who wrote it how", self._where)
        _demand(bool(self._files or self._folders or self._references), "it lists nothing at all", self._where)
        return Manifest(
            tool=self._tool,
            process=self._process,
            created=self._created,
            patterns=self._patterns,
            root=self._root,
            files=tuple(self._files),
            folders=tuple(self._folders),
            references=tuple(self._references),
        )

    def _take_section(self, node: Node) -> None:
        name = node.tag.removeprefix(_LIST)
        after = _SECTIONS.index(self._sections[-1]) + 1 if self._sections else 0
        _demand(name in _SECTIONS[after:], "an unknown or misplaced section", self._where)
        self._sections.append(name)
        if name == "creatorinfo":
            told = {child.tag: child.text for child in _branch(node, self._where)}
            self._tool, self._created = told.get(_LIST + "tool", ""), told.get(_LIST + "creationdate", "")
        elif name == "processinfo":
            self._take_process(node)

    def _take_process(self, node: Node) -> None:
        for child in _branch(node, self._where):
            if child.tag == _LIST + "process":
                self._process = _leaf(child, self._where)
            elif child.tag == _LIST + "roothash":
                self._root = _folder_hash(_branch(child, self._where), self._where)
            elif child.tag == _LIST + "ignore":
                self._patterns += tuple(_leaf(pattern, self._where) for pattern in _branch(child, self._where))
            else:
                _refuse("an unknown element in processinfo", self._where)
        _demand(self._process in _PROCESSES, "an unknown process", self._where)

    def _take_hash(self, node: Node) -> None:
        first, *rest = _branch(node, self._where) or [Node("", {})]
        _demand(first.tag == _LIST + "path", "an entry that does not begin with its path", self._where)
        path = _path(first, self._where)
        _demand(path not in self._paths, "it lists a path twice", self._where)
        self._paths.add(path)
        rest = [child for child in rest if child.tag != _LIST + "metadata"]
        previous = None
        if rest and rest[-1].tag == _LIST + "previousPath":
            previous = _path(rest.pop(), self._where)
        if node.tag == _LIST + "directoryhash":
            self._folders.append(FolderRecord(path, _folder_hash(rest, self._where), previous))
            return
        _demand(node.tag == _LIST + "hash", "an unknown element among the hashes", self._where)
        digests = tuple(_digest(child, self._where) for child in rest)
        _demand(bool(digests), "it lists a file without any digest", self._where)
        self._files.append(FileRecord(path, _size(first, self._where), digests, previous))


def _digest(node: Node, where: str) -> Digest:
    action = node.attributes.get("action", "")
    _demand(action in _ACTIONS, "a digest without its action", where)
    return Digest(node.tag.removeprefix(_LIST), _digest_text(node, where), cast("Action", action))


def _digest_text(node: Node, where: str) -> str:
    name, text = node.tag.removeprefix(_LIST), _leaf(node, where)
    _demand(name in _FORMATS, "an unknown kind of digest", where)
    if name == "c4":
        _demand(bool(_C4.fullmatch(text)), "a malformed digest", where)
        return text
    text = text.lower()
    _demand(len(text) == _FORMATS[name] and bool(_HEX.fullmatch(text)), "a malformed digest", where)
    return text


def _folder_hash(nodes: list[Node], where: str) -> FolderHash | None:
    """The xxh128 pair of a `content` and a `structure` element, None where they hold none."""
    tags = [node.tag for node in nodes]
    _demand(tags == [_LIST + "content", _LIST + "structure"], "a folder hash without its two parts", where)
    texts = [
        {child.tag: _digest_text(child, where) for child in _branch(node, where)}.get(_LIST + FORMAT) for node in nodes
    ]
    content, structure = texts
    if content is None or structure is None:
        return None
    return FolderHash(bytes.fromhex(content), bytes.fromhex(structure))


def _pair(node: Node, tags: tuple[str, str], where: str) -> tuple[bytes, str]:
    children = _branch(node, where)
    _demand(tuple(child.tag for child in children) == tags, "a reference that is not a path and a C4", where)
    c4 = _leaf(children[1], where)
    _demand(bool(_C4.fullmatch(c4)), "a malformed C4", where)
    return _path(children[0], where), c4


def _path(node: Node, where: str) -> bytes:
    path = _leaf(node, where).encode()
    _demand(beneath_the_root(path), "a path that is not beneath its folder", where)
    return path


def _size(node: Node, where: str) -> int | None:
    text = node.attributes.get("size")
    _demand(text is None or bool(_SIZE.fullmatch(text)), "a size that is no number", where)
    return None if text is None else int(text)


def _leaf(node: Node, where: str) -> str:
    _demand(not node.children, "elements where only text may stand", where)
    return node.text


def _branch(node: Node, where: str) -> list[Node]:
    _demand(not node.text.strip(), "text where only elements may stand", where)
    return node.children


def _demand(holds: bool, what: str, where: str) -> None:
    if not holds:
        _refuse(what, where)


def _refuse(what: str, where: str) -> NoReturn:
    raise ManifestDamaged(
        what, hint="Do not trust this history; compare with the copy on another destination.", path=where
    )
