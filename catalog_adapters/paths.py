"""Joining stored folders and names, so that no row of a catalog can point outside the folder it names."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog_adapters.base import ReadOptions
from catalog_adapters.values import LONGEST_NAME
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


def file_path(prefix: str, name: str) -> str:
    """`prefix` + `name`; "" when the prefix is not known or the name is no file name."""
    is_name = name not in ("", ".", "..") and "/" not in name and "\0" not in name and len(name) <= LONGEST_NAME
    return prefix + name if prefix and is_name else ""


def mapped(stored: str, options: ReadOptions) -> Iterable[str]:
    """`stored` by the user's map, the longest matching prefix first."""
    for old in sorted(options.root_map, key=len, reverse=True):
        prefix = old.rstrip("/") + "/"
        if stored.startswith(prefix):
            yield options.root_map[old].rstrip("/") + "/" + stored[len(prefix) :]
