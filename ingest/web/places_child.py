"""Asks each destination whether it is there, as a process of its own: one that hangs harms no page.

It prints one JSON list; drives that are carried elsewhere are not asked, the ledger knows when they came and went.
"""

import json
import sys
from pathlib import Path
from typing import Any

from ingest.config import load
from ingest.copying.destination import inspect, read_marker
from ingest.disk.fs_rules import FsRules
from ingest.errors import DestinationError
from ingest.model.places import Destination, DestinationKind, Volume
from ingest.session.hands import Hands

_PATIENCE = 8.0  # seconds at most for one that is silent


def _stand(place: Destination) -> tuple[Volume, FsRules, str]:
    return *inspect(place), read_marker(place.root)


def stands(home: Path) -> list[dict[str, Any]]:
    """Of each destination of the settings: name, problem ("" for none), hint, marker, free, fs_type, devices, proves.

    Raises:
        ConfigError: the settings have a mistake.
    """
    settings = load(home)
    asked = {place.name: (place,) for place in settings.places() if place.kind is not DestinationKind.DRIVE}
    with Hands(min(settings.copying.patience, _PATIENCE)) as hands:
        answers = hands.ask_all(_stand, asked)
    return [_told(name, answer) for name, answer in answers.items()]


def _told(name: str, answer: tuple[Volume, FsRules, str] | DestinationError) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": name, "problem": "", "hint": "", "marker": "", "free": 0, "fs_type": ""}
    if isinstance(answer, DestinationError):
        return facts | {"problem": answer.message, "hint": answer.hint, "devices": [], "proves": False}
    volume, rules, marker = answer
    facts |= {"marker": marker, "free": volume.free, "fs_type": volume.fs_type}
    return facts | {"devices": sorted(volume.devices), "proves": rules.proof_ceiling is not None}


if __name__ == "__main__":
    json.dump(stands(Path(sys.argv[1])), sys.stdout)
