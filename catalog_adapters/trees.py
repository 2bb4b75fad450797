"""Name paths from rows that name their parent, whatever the rows say: loops, orphans and depths are cut."""

from collections.abc import Mapping
from dataclasses import dataclass

_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Node:
    """One row of a tree. name "": the row is no step of a path, as the nameless root. parent: None at the top."""

    name: str
    parent: int | None


def lineages(nodes: Mapping[int, Node]) -> tuple[dict[int, tuple[int, ...]], int]:
    """For every node the ids from the top to itself, and how many nodes hang in a loop or too deep.

    A parent that does not exist ends the path there: Capture One writes NULL, -1 or 0 for "none". Of a loop the part
    nearest to the node is kept.
    """
    found: dict[int, tuple[int, ...]] = {}
    cut = 0
    for start in nodes:
        if start in found:
            continue
        trail: list[int] = []
        current: int | None = start
        while current is not None and current in nodes and current not in found:
            if current in trail or len(trail) >= _DEEPEST:
                cut += 1
                current = None
                break
            trail.append(current)
            current = nodes[current].parent
        line = found.get(current, ()) if current is not None else ()
        for node in reversed(trail):
            line = (*line, node)[-_DEEPEST:]
            found[node] = line
    return found, cut


def name_path(line: tuple[int, ...], nodes: Mapping[int, Node]) -> tuple[str, ...]:
    """The names along a lineage, nameless rows left out."""
    return tuple(nodes[node].name for node in line if nodes[node].name)
