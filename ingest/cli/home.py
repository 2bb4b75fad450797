"""What most verbs open first: the home folder, its settings, its ledger."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time as clock
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.config import Settings, home_folder, load
from ingest.errors import ConfigError
from ingest.ledger.db import open_ledger
from ingest.ledger.nights import last_night
from ingest.model.places import DestinationKind
from ingest.plan.nights import missed

if TYPE_CHECKING:
    from ingest.away.drives import Located

LEDGER = "ledger.sqlite"
SCHEDULE = "schedule"  # in the home: for which time the night's work is installed, and since when


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home. settings: as they hold now, without drives that are away. drives: None where there are none."""

    folder: Path
    settings: Settings
    ledger: sqlite3.Connection
    drives: "Located | None" = None

    def anew(self) -> "Home":
        """The same, looked for the drives again."""
        return located(self.folder, self.drives.written, self.ledger) if self.drives else self

    def saw_drives(self, now: float) -> None:
        """Write down which drives are here."""
        if self.drives:
            from ingest.away.drives import observe

            observe(self.drives, self.ledger, now)


def located(folder: Path, settings: Settings, ledger: sqlite3.Connection) -> Home:
    """A home with the drives of its settings where they are now."""
    if not any(place.kind is DestinationKind.DRIVE for place in settings.destinations):
        return Home(folder, settings, ledger)
    from ingest.away.drives import locate  # who has no drives does not wait for it

    found = locate(settings, ledger)
    return Home(folder, found.settings, ledger, found)


@contextlib.contextmanager
def opened(*, is_night: bool = False) -> Iterator[Home]:
    """Settings and ledger, closed again at the end. A night that was missed is told to stderr, but not by a night.

    Raises:
        ConfigError, LedgerError: as `load` and `open_ledger` do.
    """
    folder = home_folder()
    settings = load(folder)
    ledger = open_ledger(folder / LEDGER)
    try:
        if not is_night and installed_at(folder):
            _tell_missed_nights(folder, ledger, time.time())
        yield located(folder, settings, ledger)
    finally:
        ledger.close()


def installed_at(folder: Path) -> tuple[clock, float] | None:
    """(time of day, since when) for which the night's work is installed; None where it is not."""
    try:
        at, since = (folder / SCHEDULE).read_text(encoding="ascii").split()
        return clock.fromisoformat(at), float(since)
    except (OSError, ValueError):
        return None


def _tell_missed_nights(folder: Path, ledger: sqlite3.Connection, now: float) -> None:
    from ingest.cli.console import Console, shape

    installed, last = installed_at(folder), last_night(ledger)
    nights = missed(last.began if last else None, installed[1] if installed else None, now)
    if nights:
        text = f"No night's work for {nights} day{'s' * (nights > 1)}: see `safelight schedule status`, or run it now"
        Console().note(f"{shape('warn')} {text}: safelight nightly")
    elif last and last.failed:
        Console().note(f"{shape('warn')} The last night's work did not all succeed: safelight nightly --last")


def card_path(text: str | None) -> bytes | None:
    """A card as typed, as absolute bytes."""
    return os.path.abspath(os.fsencode(text)) if text else None


def bucket_of(home: Home) -> str:
    """The bucket of the settings.

    Raises:
        ConfigError: there is none.
    """
    if home.settings.cloud is None:
        raise ConfigError("No off-site copy is set up", hint="Set one up: safelight cloud setup --bucket NAME")
    return home.settings.cloud.bucket
