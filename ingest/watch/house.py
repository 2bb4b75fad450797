"""Settings and ledger as the watcher needs them: looked at for a moment, never held open.

A rebuild of the ledger must not wait for a watcher that runs for months.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ingest.away.drives import has_drives, locate
from ingest.away.working import working_since
from ingest.cloud.rules import sending_now
from ingest.config import Settings
from ingest.config.live import LiveSettings
from ingest.errors import SafelightError
from ingest.ledger.db import open_ledger
from ingest.ledger.lacking import lack_at
from ingest.ledger.places import known_marker
from ingest.ledger.upload_counts import in_queue
from ingest.ledger.upload_switch import switch
from ingest.model.places import Destination

_LEDGER = "ledger.sqlite"


class House:
    """The home of a watcher. What cannot be known now, of a ledger that is busy or damaged, asks for nothing."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._live = LiveSettings(folder, settings)
        self._places: tuple[Destination, ...] = settings.places()

    @property
    def settings(self) -> Settings:
        """As they were read last without a mistake."""
        return self._live.settings

    @property
    def roots(self) -> set[bytes]:
        """Of the destinations, drives where they were met last."""
        return {place.root for place in (*self.settings.places(), *self._places)}

    def refresh(self) -> str:
        """Read the settings again if they changed; what is wrong with them, once, else ""."""
        return self._live.problem if self._live.refresh() else ""

    def known(self) -> Mapping[str, tuple[Destination, str]]:
        """Destinations that were used before: name -> (where it is to be asked for, its marker)."""
        found: dict[str, tuple[Destination, str]] = {}
        with self._ledger() as ledger:
            if ledger is None:
                return found
            settings = self.settings
            self._places = locate(settings, ledger).settings.places() if has_drives(settings) else settings.places()
            for place in self._places:
                marker = known_marker(ledger, place.name)
                if marker:
                    found[place.name] = (place, marker)
        return found

    def lacking(self, names: Iterable[str]) -> set[str]:
        """Those of the destinations that lack something which a catch-up would bring."""
        with self._ledger() as ledger:
            if ledger is None:
                return set()
            working = working_since(self.settings, ledger)
            return {name for name in names if lack_at(ledger, name, is_working=name in working).files}

    def uploads_wait(self, now: float) -> bool:
        """Whether something is to be sent, and may be now. now: seconds since 1970 UTC."""
        cloud = self.settings.cloud
        if cloud is None or not sending_now(cloud, now).allowed:
            return False
        with self._ledger() as ledger:
            if ledger is None or switch(ledger, cloud.bucket).paused:
                return False
            return in_queue(ledger, cloud.bucket)[0] > 0

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection | None]:
        ledger = None
        if (self._folder / _LEDGER).exists():
            with contextlib.suppress(SafelightError, sqlite3.Error):
                ledger = open_ledger(self._folder / _LEDGER)
        try:
            yield ledger
        finally:
            if ledger is not None:
                ledger.close()
