"""Where pictures are worked on. Apart from what brings copies, which `status` would load for it at every start."""

import math
import sqlite3

from ingest.config import Settings
from ingest.ledger.lacking import first_seen
from ingest.model.places import DestinationKind

_WORKING = (DestinationKind.SSD, DestinationKind.HDD)


def working_since(settings: Settings, ledger: sqlite3.Connection) -> dict[str, float]:
    """The disk on which pictures are worked on, and since when it is used: no archive is brought back to it unasked."""
    first = next((place.name for place in settings.places() if place.kind in _WORKING), None)
    if first is None:
        return {}
    since = first_seen(ledger, first)
    return {first: math.inf if since is None else since}
