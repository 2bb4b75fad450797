"""The contract every catalog adapter keeps, its one error, and how an adapter is found by its kind.

An adapter promises, and `tests/catalog_adapters/test_contract.py` checks for each:

1. Nothing is created, changed, locked or deleted beside the document, by success or by failure.
2. What is read is an observation with a time. None is "not known" and never becomes zero.
3. Whatever goes wrong is `CatalogUnreadable` with a reason; a document never raises anything else.
4. Every row of one file carries the same `file_key`; virtual copies say so.
5. What belongs to a document and cannot be made again is told with a reason for each thing that is left out.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from ingest.model.catalogs import CatalogFacts

if TYPE_CHECKING:
    from catalog_adapters.belongings import Belongings

ENTRY_POINTS = "safelight.catalogs"
_BUILT_IN = {
    "lightroom": "catalog_adapters.lightroom:LightroomAdapter",
    "capture_one": "catalog_adapters.capture_one:CaptureOneAdapter",
}


class Reason(StrEnum):
    """Why a catalog cannot be read. UNSTABLE and LOCKED may heal by themselves, the others need a person."""

    MISSING = "missing"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    UNKNOWN_VERSION = "unknown_version"
    NO_PERMISSION = "no_permission"
    UNSTABLE = "unstable"
    TOO_BIG = "too_big"


class CatalogUnreadable(Exception):  # noqa: N818 - a condition by its plain name, as in ingest.errors
    """The catalog gave no facts. message: what happened. hint: what to do next. path: the document, for people."""

    def __init__(self, message: str, *, hint: str, path: str, reason: Reason) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.reason = reason


class UnknownCatalogKind(LookupError):  # noqa: N818 - a condition by its plain name, as above
    """No adapter of that kind is installed, or the installed one cannot be loaded."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a catalog is read. The defaults suit a catalog on this computer's own disk.

    scratch: folder on a local disk for the private copy; the system's temporary folder when None.
    root_exists: whether a root folder is there; asked once a root, so that a slow network drive costs one question.
    root_map: the user's own knowledge, stored root -> local root. seconds: a read that takes longer is given up.
    """

    scratch: Path | None = None
    root_exists: Callable[[str], bool] = os.path.isdir
    root_map: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 120.0


class CatalogAdapter(Protocol):
    """One editor's catalogs."""

    kind: str

    def recognises(self, path: Path) -> bool:
        """True when `path` is named like a document of this editor. It is not opened."""
        ...

    def read(
        self,
        path: Path,
        *,
        now: float,
        editor_alive: Callable[[Path], bool] | None = None,
        options: ReadOptions | None = None,
    ) -> CatalogFacts:
        """The whole catalog as it can be seen now.

        Args:
            path: the document, or the package or folder that holds exactly one.
            now: seconds since 1970 UTC, the time of this observation.
            editor_alive: whether the editor may have the document open; unknown is True, and so is a document on
                a network share. None asks this computer (lock file, processes, kind of file system).
            options: see `ReadOptions`.

        Raises:
            CatalogUnreadable: with the reason; nothing beside the document was touched.
        """
        ...

    def belongings(self, path: Path) -> "Belongings":
        """What must be kept together for the document to be opened again elsewhere; no file is opened for it.

        Raises:
            CatalogUnreadable: there is no such document, or no way to tell which one is meant.
        """
        ...


def kinds() -> tuple[str, ...]:
    """The kinds that can be read here, built-in ones first."""
    added = {point.name for point in entry_points(group=ENTRY_POINTS)} - _BUILT_IN.keys()
    return (*_BUILT_IN, *sorted(added))


def adapter_for(kind: str) -> CatalogAdapter:
    """The adapter of `kind`, built-in or from the entry point group `safelight.catalogs`.

    An entry point is a class or function that gives the adapter when called with nothing. It cannot replace a
    built-in kind.

    Raises:
        UnknownCatalogKind: nothing of that name is installed, or loading it failed.
    """
    if kind in _BUILT_IN:
        module, _, name = _BUILT_IN[kind].partition(":")
        return cast(CatalogAdapter, getattr(import_module(module), name)())
    for point in entry_points(group=ENTRY_POINTS, name=kind):
        try:
            return cast(CatalogAdapter, point.load()())
        except Exception as error:
            raise UnknownCatalogKind(f"the adapter for {kind!r} cannot be loaded: {error}") from error
    raise UnknownCatalogKind(f"no adapter reads {kind!r}; known are {', '.join(kinds())}")
