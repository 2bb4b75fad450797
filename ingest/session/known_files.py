"""The ledger's files as matching wants them."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import chain

from ingest.ledger.standings import AssetFile, every_file, files_of_shoot, paths_of_asset
from ingest.model.names import display, join
from ingest.model.places import Destination
from ingest.tagging.words import KnownFile

_FROM_EXIF = "exif"
_new = tuple.__new__  # a named tuple from all its values, in half the time
_PATHS = 8192  # contents whose paths are kept: matching asks several times for the few that it asks for


class KnownFiles:
    """Read from the ledger anew each time they are gone through: they may be too many to be held.

    Args:
        ledger: open; nothing of it is changed.
        places: today's destinations; copies elsewhere have no path that an editor could name.
        shoots: ids, in this order; None for all that a shoot holds.
    """

    def __init__(
        self, ledger: sqlite3.Connection, places: Iterable[Destination], shoots: Iterable[int] | None = None
    ) -> None:
        self._ledger = ledger
        self._roots = {place.name: place.root for place in places}
        self._shoots = None if shoots is None else tuple(shoots)
        self._paths = lru_cache(maxsize=_PATHS)(self._asked_paths)

    def __iter__(self) -> Iterator[KnownFile]:
        if self._shoots is None:
            rows = every_file(self._ledger)
        else:
            rows = chain.from_iterable(files_of_shoot(self._ledger, shoot) for shoot in self._shoots)
        return map(self._known, rows)

    def _known(self, row: AssetFile) -> KnownFile:
        asset, size, original, mtime_ns, captured, source, path = row
        taken = datetime.fromisoformat(captured) if captured and source == _FROM_EXIF else None
        base = path.rpartition(b"/")[2]
        card_name = display(original)
        dest_name = card_name if base == original else display(base)
        return _new(KnownFile, (asset, size, card_name, dest_name, self._paths, taken, mtime_ns / 1_000_000_000))

    def _asked_paths(self, asset: int) -> tuple[str, ...]:
        """Absolute paths of the content's copies, as an editor would write them."""
        return tuple(
            display(join(self._roots[name], path))
            for name, path in paths_of_asset(self._ledger, asset)
            if name in self._roots
        )
