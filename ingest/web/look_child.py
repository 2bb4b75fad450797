"""The child that looks at cards for the page: a card that hangs harms it alone. One JSON line asks, one answers.

Asked: `{"destinations": [...], "roots": [...]}`, paths as text with surrogate escapes. It reads names, sizes and times.
"""

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

from ingest.card.find import identity_of, mounted_cards
from ingest.card.fingerprint import fingerprint
from ingest.card.scan import scan
from ingest.disk.volumes import list_volumes, volume_of
from ingest.errors import SafelightError
from ingest.model.names import display
from ingest.model.places import Volume

_MOUNTS = "/proc/self/mountinfo"
_NEW_AFTER = 30.0  # seconds for which the table of mounts may be trusted where it cannot be compared


class _Volumes:
    """What is mounted, asked anew when the table of mounts changed: ids and labels may cost another program."""

    def __init__(self) -> None:
        self._table = b""
        self._at = -_NEW_AFTER
        self._found: list[Volume] = []

    def now(self) -> list[Volume]:
        table = _table_of_mounts()
        if not table or table != self._table or time.monotonic() - self._at > _NEW_AFTER:
            self._table, self._at, self._found = table, time.monotonic(), list_volumes()
        return self._found


def _table_of_mounts() -> bytes:
    try:
        with open(_MOUNTS, "rb") as file:
            return file.read()
    except OSError:
        return b""


def look(volumes: list[Volume], destinations: Iterable[str], roots: Iterable[str]) -> list[dict[str, Any]]:
    """Every mounted card and every folder of `roots` that is there, each with the fingerprint of its contents."""
    places = [os.fsencode(place) for place in destinations]
    mounted = {os.path.realpath(volume.mount): volume for volume in mounted_cards(volumes, places)}
    found = [_card(root, volume) for root, volume in sorted(mounted.items())]
    for root in dict.fromkeys(os.fsencode(text) for text in roots):
        if root not in mounted and os.path.isdir(root):
            try:
                found.append(_card(root, volume_of(root)))
            except OSError:
                continue  # it is being unplugged
    return found


def _card(root: bytes, volume: Volume) -> dict[str, Any]:
    identity = identity_of(root, volume)
    facts: dict[str, Any] = {
        "root": os.fsdecode(root),
        "shown": display(root),
        "uuid": identity.uuid,
        "label": identity.label,
    }
    facts |= {"size": identity.size, "fingerprint": "", "files": 0, "bytes": 0, "problem": ""}
    try:
        listing = scan(root)
    except (SafelightError, OSError) as error:
        return facts | {"problem": getattr(error, "message", "") or str(error)}
    sizes = sum(file.size for file in listing.files)
    return facts | {"fingerprint": fingerprint(listing).hex(), "files": len(listing.files), "bytes": sizes}


def main() -> None:
    """Answer until nobody asks any more."""
    volumes = _Volumes()
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"cards": look(volumes.now(), asked["destinations"], asked["roots"])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
