"""XML from outside, read as a stream of small nodes: no DTD, no entities, no network, bounded in every direction."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree

from ingest.manifest.errors import ManifestDamaged

LARGEST_FILE = 256 * 1024 * 1024
_DEEPEST = 32
_LONGEST_TEXT = 64 * 1024
_MOST_CHILDREN = 4096
_CHUNK = 64 * 1024
# The encoding is given, so that a declaration cannot smuggle anything past the search for a document type.
SAFE_PARSING: Any = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
}


@dataclass(slots=True)
class Node:
    """An element with everything in it. tag: `{namespace}name`. text: all character data directly inside."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)


class _Target:
    """Builds nodes below the frames (the root and the containers), which themselves never grow."""

    def __init__(self, containers: frozenset[str]) -> None:
        self._containers = containers
        self._open: list[tuple[Node, bool]] = []
        self._finished: list[tuple[str, Node]] = []

    def drained(self) -> list[tuple[str, Node]]:
        """What was finished since the last call."""
        finished, self._finished = self._finished, []
        return finished

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        depth = len(self._open)
        if depth >= _DEEPEST:
            raise ValueError(f"elements nested deeper than {_DEEPEST}")
        node = Node(tag, dict(attrib))
        is_frame = depth == 0 or (depth == 1 and tag in self._containers)
        if is_frame:
            self._finished.append((self._open[-1][0].tag if self._open else "", node))
        self._open.append((node, is_frame))

    def end(self, _tag: str) -> None:
        node, is_frame = self._open.pop()
        if is_frame:
            return
        parent, parent_is_frame = self._open[-1]
        if parent_is_frame:
            self._finished.append((parent.tag, node))
        elif len(parent.children) >= _MOST_CHILDREN:
            raise ValueError(f"more than {_MOST_CHILDREN} elements in one")
        else:
            parent.children.append(node)

    def data(self, text: str) -> None:
        node, is_frame = self._open[-1]
        if is_frame and text.strip():
            raise ValueError("text where only elements may stand")
        if not is_frame:
            node.text += text
        if len(node.text) > _LONGEST_TEXT:
            raise ValueError(f"a text of more than {_LONGEST_TEXT} characters")

    def comment(self, _text: str) -> None:
        """Comments say nothing that counts."""

    def close(self) -> None:
        """Nothing is kept: nodes leave as they are finished."""


def read_nodes(data: bytes, *, containers: frozenset[str], where: str) -> Iterator[tuple[str, Node]]:
    """Yield (tag of the parent, node) in document order: the root and containers when they open, others when complete.

    containers: tags of the root's children whose own children are yielded one by one. where: display form of the file.

    Raises:
        ManifestDamaged: not UTF-8, not well-formed, with a DTD, too large or too deep.
    """
    if len(data) > LARGEST_FILE:
        raise ManifestDamaged(f"larger than {LARGEST_FILE} bytes", path=where)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ManifestDamaged("it declares a document type, which no manifest has", path=where)
    target = _Target(containers)
    parser: Any = etree.XMLParser(target=cast("Any", target), **SAFE_PARSING)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            yield from target.drained()
        parser.close()
        yield from target.drained()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ManifestDamaged(f"not readable as XML: {error}", path=where) from error
