"""Settings that may change while a program runs: `config.toml` is looked at, and read again when it is another one."""

import contextlib
import os
from pathlib import Path

from ingest.config.load import CONFIG_FILE, load
from ingest.config.settings import Settings
from ingest.errors import ConfigError


class LiveSettings:
    """The settings of a home as they are now. settings: those that were read last without a mistake.

    problem: what is wrong with the file as it is now, "" when nothing is; until it is mended the old values stay.
    """

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home, self.settings, self.problem = home, settings, ""
        self._seen = self._look()

    def refresh(self) -> bool:
        """Read the file again if it changed; True when it did. One look at the file otherwise."""
        now = self._look()
        if now == self._seen:
            return False
        self._seen = now
        try:
            self.settings, self.problem = load(self._home), ""
        except ConfigError as error:
            self.problem = "; ".join((error.message, *error.mistakes))
        return True

    def _look(self) -> tuple[int, int, int] | None:
        with contextlib.suppress(OSError):
            found = os.stat(self._home / CONFIG_FILE)
            return found.st_mtime_ns, found.st_size, found.st_ino
        return None
