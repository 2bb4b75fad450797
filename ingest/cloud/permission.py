"""May this run send now? A person may pause its queue, and the hours of the settings may open and close."""

import sqlite3
from collections.abc import Callable

from ingest.cloud.hours import Sending
from ingest.cloud.line import Line
from ingest.ledger import upload_switch

LOOK_EVERY = 1.0  # seconds

Rules = Callable[[float], Sending]
"""Whether a file may begin at this time (seconds since 1970 UTC); asked again every second."""


def always(_now: float) -> Sending:
    """The rules of a queue without hours."""
    return Sending(allowed=True)


class Permission:
    """What was found at the last look. paused: a person paused the queue; hours: by the settings' rules.

    line: told why it closes, so that what is on its way ends with its part.
    """

    def __init__(self, connection: sqlite3.Connection, bucket: str, rules: Rules, line: Line) -> None:
        self._connection, self._bucket, self._rules, self._line = connection, bucket, rules, line
        self._looked = 0.0
        self.paused, self.hours = False, Sending(allowed=True)

    def look(self, now: float) -> None:
        """Look again, where the last look is a second old. now: seconds since 1970 UTC."""
        if now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        self.paused = self.is_paused()
        self.hours = self._rules(now)
        self._line.closing = "" if self.hours.allowed else self.hours.reason

    def look_soon(self) -> None:
        """The next look happens, however fresh the last one is."""
        self._looked = 0.0

    def is_paused(self) -> bool:
        """What the switch in the ledger says at this moment."""
        return upload_switch.switch(self._connection, self._bucket).paused
