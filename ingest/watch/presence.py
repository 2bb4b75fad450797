"""Which destinations are here: each is asked for its mark by a child, and nobody waits for the answer."""

import contextlib
import selectors
import time
from collections.abc import Mapping

from ingest.care.looking import bears
from ingest.disk.apart import Apart
from ingest.errors import NoAnswer
from ingest.model.places import Destination

_PATIENCE = 10.0  # seconds


class Presence:
    """For one thread alone. patience: seconds after which one that says nothing counts as away."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._asked: dict[str, Apart] = {}
        self._here: dict[str, bool] = {}

    def ask(self, places: Mapping[str, tuple[Destination, str]]) -> None:
        """Begin to ask for these: name -> (place, its marker). Others are known no more (a drive that is away)."""
        for name in set(self._here) - set(places):
            self._here[name] = False
        for name, (place, marker) in places.items():
            if name in self._asked:
                continue
            apart = Apart(name, self._patience)
            with contextlib.suppress(NoAnswer):
                apart.begin(bears, place, marker)
                self._asked[name] = apart

    @property
    def is_asking(self) -> bool:
        """Somebody has not answered yet."""
        return bool(self._asked)

    def news(self) -> dict[str, bool]:
        """Name -> whether it is here, where that is new; that one is away is no news where it was never here."""
        found = {}
        for name, is_here in self._answers():
            before, self._here[name] = self._here.get(name), is_here
            if is_here != before and (is_here or before):
                found[name] = is_here
        return found

    def _answers(self) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        with selectors.DefaultSelector() as selector:
            for name, apart in self._asked.items():
                selector.register(apart.line.socket, selectors.EVENT_READ, name)
            for key, _ in selector.select(0) if self._asked else ():
                has_ended, answer = self._asked[key.data].hear()
                if has_ended:
                    found.append((key.data, answer is True))
        now = time.monotonic()
        found += [(name, False) for name, apart in self._asked.items() if apart.until <= now]
        for name, _ in found:
            if name in self._asked:
                self._asked.pop(name).close(0.0)
        return list(dict(reversed(found)).items())

    def close(self) -> None:
        """Ask nobody any more."""
        for apart in self._asked.values():
            apart.close(0.0)
        self._asked.clear()
