"""An audit: a catalog is read, all contents of the ledger are matched with it, and the disks are asked what lies there.

It writes nothing anywhere.
"""

import os
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache
from pathlib import Path

from catalog_adapters.base import adapter_for, kinds
from ingest.config import Settings
from ingest.errors import UsageError
from ingest.ledger.released import archived_assets
from ingest.ledger.standings import every_path, one_state
from ingest.model.catalogs import CatalogFacts, CatalogImage
from ingest.model.media import PICTURES
from ingest.model.names import display, suffix_of
from ingest.model.places import Destination, DestinationKind
from ingest.session.known_files import KnownFiles
from ingest.session.noting import Noting
from ingest.session.standings import Standings
from ingest.tagging.audit import Audited, Presence, audited
from ingest.tagging.match import match_each

_OURS = frozenset({".safelight", "ascmhl"})
_FOLDERS = 512  # whose names are kept: rows of one folder mostly stand together in a catalog


def kind_of(path: Path) -> str:
    """Which editor's document this is, by its name.

    Raises:
        UsageError: none that is known here.
    """
    for kind in kinds():
        if adapter_for(kind).recognises(path):
            return kind
    known = ", ".join(kinds())
    raise UsageError(
        f"{display(os.fsencode(path))} is named like no editor's catalog", hint=f"Say whose it is: --kind, of {known}"
    )


def audit(
    ledger: sqlite3.Connection, settings: Settings, facts: CatalogFacts, noting: Noting | None = None
) -> Iterator[Audited]:
    """Every row of a catalog that was read, with the copies of what it shows. noting: begun before it was read."""
    bucket = bucket_if_any(settings)
    with one_state(ledger):
        found = noting.result() if noting else None
        answers = match_each(KnownFiles(ledger, settings.places()), facts.images, found and found.noted)
        standings = (found and found.standings) or Standings(ledger, bucket)
        released = archived_assets(ledger)
    presence = Disks(facts).presence_of
    return audited(facts, answers, standings, presence, wants_third=bool(bucket), released=released)


def bucket_if_any(settings: Settings) -> str:
    """Of the third copies, "" where none are wished for."""
    return settings.cloud.bucket if settings.cloud else ""


class Disks:
    """Whether files lie where a catalog says. A folder is listed once: a network drive is not asked by file."""

    def __init__(self, facts: CatalogFacts) -> None:
        self._offline = {root.stored for root in facts.roots if root.resolved is None}
        self._names = lru_cache(maxsize=_FOLDERS)(_names_in)

    def presence_of(self, image: CatalogImage) -> Presence:
        """Nothing is concluded of a file whose drive is not here."""
        if image.root in self._offline:
            return Presence.OFFLINE
        if not image.folder:
            return Presence.UNTOLD
        name = image.name
        is_there = (name if name.isascii() else folded(name)) in self._names(image.folder)
        return Presence.HERE if is_there else Presence.MISSING


def _names_in(folder: str) -> frozenset[str]:
    """folder: with a `/` at its end."""
    try:
        with os.scandir(folder) as entries:
            return frozenset(folded(entry.name) for entry in entries)
    except (OSError, ValueError):
        return frozenset()


def folded(name: str) -> str:
    """The form in which a catalog's name and a file's are compared: NFC, case as it is."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def primary(places: Sequence[Destination]) -> Destination | None:
    """The destination on which pictures are worked: the first SSD, or else the first of all."""
    return next((place for place in places if place.kind is DestinationKind.SSD), next(iter(places), None))


def strangers(place: Destination, catalogs: Iterable[CatalogFacts], spoken: set[bytes]) -> Iterator[bytes]:
    """Pictures below a destination's root that no row of these catalogs speaks for; paths below that root.

    spoken: such paths, known by their content to be what a row shows.
    """
    told = _told(catalogs)
    root, nothing = os.fsdecode(place.root), frozenset[str]()
    for folder, names in _listed(root):
        shown = folded(f"{folder}/")
        here, alike = told.get(shown, nothing), told.get(shown.casefold(), nothing)
        rest = sorted([name for name in names if name not in here])
        for name in rest:
            below = os.fsencode(os.path.relpath(f"{folder}/{name}", root))
            own = folded(name)
            if suffix_of(below) in PICTURES and below not in spoken and own not in here and own.casefold() not in alike:
                yield below


def _told(catalogs: Iterable[CatalogFacts]) -> dict[str, set[str]]:
    """What rows speak for, as names in folders: their own files, and files beside them in whatever case."""
    stored: defaultdict[str, set[str]] = defaultdict(set)
    for facts in catalogs:
        for image in facts.images:
            stored[image.folder].add(image.name)
            if image.sidecar_suffixes:
                stem = image.path.rpartition(".")[0]
                for suffix in image.sidecar_suffixes:
                    folder, slash, name = folded(f"{stem}.{suffix}").casefold().rpartition("/")
                    stored[folder + slash].add(name)
    found: dict[str, set[str]] = {}
    for folder, names in stored.items():
        plain = names if "".join(names).isascii() else {folded(name) for name in names}
        found[folded(folder)] = found.get(folded(folder), set()) | plain
    return found


def copies_of_the_lost(ledger: sqlite3.Connection, place: Destination, lost: Set[int]) -> set[bytes]:
    """Paths at a destination that hold a content whose row says that it lies where nothing can be seen of it."""
    return {path for asset, path in every_path(ledger, place.name) if asset in lost} if lost else set()


def _listed(root: str) -> Iterator[tuple[str, list[str]]]:
    """Folders in order, with the names of the files in them."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _OURS)
        yield folder, names
