"""Joining stored folders and names, so that no row of a catalog can point outside the folder it names."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog_adapters.base import ReadOptions
from catalog_adapters.values import LONGEST_NAME, LONGEST_PATH, text
from ingest.model.catalogs import CatalogRoot

NO_ROOT = CatalogRoot("", None)


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the files of one folder row lie. prefix: path with a trailing `/`, "" when it cannot be told."""

    prefix: str
    root: CatalogRoot


NOWHERE = Folder("", NO_ROOT)


def is_plain(relative: str) -> bool:
    """No way up, no NUL: joined to a folder it stays in that folder."""
    return "\0" not in relative and ".." not in relative.split("/")


def folder_of(prefix: str, stored: object, name: str) -> str:
    """`prefix`, to which `name` may be joined; "" when the prefix is not known or the name is no file name.

    stored: the cell of which `name` is the text; a name that had to be cut is none.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return ""
    is_whole = (type(stored) is str and len(stored) <= LONGEST_NAME) or text(stored, LONGEST_PATH) == name
    return prefix if is_whole else ""


def mapped(stored: str, options: ReadOptions) -> Iterable[str]:
    """`stored` by the user's map, the longest matching prefix first."""
    for old in sorted(options.root_map, key=len, reverse=True):
        prefix = old.rstrip("/") + "/"
        if stored.startswith(prefix):
            yield options.root_map[old].rstrip("/") + "/" + stored[len(prefix) :]
