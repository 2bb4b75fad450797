"""Asks each destination whether it is there and what it lacks, as a process of its own: what hangs harms no page.

It prints one JSON list. Drives that are carried elsewhere are not asked, the ledger knows when they came and went. What
is lacked the ledger remembers once it was counted, as for every verb; the page itself never writes there.
"""

import contextlib
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from ingest.away.working import working_since
from ingest.config import Settings, load
from ingest.copying.destination import inspect, read_marker
from ingest.disk.fs_rules import FsRules
from ingest.errors import DestinationError, SafelightError
from ingest.ledger.db import open_ledger
from ingest.ledger.lacking import lack_at
from ingest.model.places import Destination, DestinationKind, Volume
from ingest.session.hands import Hands
from ingest.web.desk import LEDGER

_PATIENCE = 8.0  # seconds at most for one that is silent


def _stand(place: Destination) -> tuple[Volume, FsRules, str]:
    return *inspect(place), read_marker(place.root)


def stands(home: Path) -> list[dict[str, Any]]:
    """Of each destination of the settings: name, problem ("" for none), hint, marker, free, fs_type, devices, proves.

    lacks: (files, shoots, bytes), None where the ledger cannot be asked. A drive has nothing but its name and lacks.

    Raises:
        ConfigError: the settings have a mistake.
    """
    settings = load(home)
    asked = {place.name: (place,) for place in settings.places() if place.kind is not DestinationKind.DRIVE}
    with Hands(min(settings.copying.patience, _PATIENCE)) as hands:
        answers = hands.ask_all(_stand, asked)
    lacks = _lacks(home, settings)
    found = [{"name": place.name, "lacks": lacks.get(place.name)} for place in settings.places()]
    return [each | (_told(answers[each["name"]]) if each["name"] in answers else {}) for each in found]


def _lacks(home: Path, settings: Settings) -> dict[str, tuple[int, ...]]:
    path = home / LEDGER
    if not path.exists():
        return {}
    with contextlib.suppress(SafelightError, sqlite3.Error), contextlib.closing(open_ledger(path)) as ledger:
        working = working_since(settings, ledger)
        names = [place.name for place in settings.places()]
        return {name: tuple(lack_at(ledger, name, is_working=name in working)) for name in names}
    return {}


def _told(answer: tuple[Volume, FsRules, str] | DestinationError) -> dict[str, Any]:
    facts: dict[str, Any] = {"problem": "", "hint": "", "marker": "", "free": 0, "fs_type": ""}
    if isinstance(answer, DestinationError):
        return facts | {"problem": answer.message, "hint": answer.hint, "devices": [], "proves": False}
    volume, rules, marker = answer
    facts |= {"marker": marker, "free": volume.free, "fs_type": volume.fs_type}
    return facts | {"devices": sorted(volume.devices), "proves": rules.proof_ceiling is not None}


if __name__ == "__main__":
    json.dump(stands(Path(sys.argv[1])), sys.stdout)
