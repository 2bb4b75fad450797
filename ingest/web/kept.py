"""What is long to make of the ledger is made once, until somebody writes there."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 8


class Kept:
    """Remembers a few answers for as long as the ledger's files stay as they are. For many threads."""

    def __init__(self, ledger: Path, most: int = _MOST) -> None:
        self._files = (ledger, ledger.with_name(f"{ledger.name}-wal"))
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[Hashable, Hashable], Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave for this key, now or since the last change of the ledger."""
        whole = (self._stamp(), key)  # before it is read: what is written meanwhile makes another stamp
        with self._lock:
            if whole in self._found:
                self._found.move_to_end(whole)
                kept: T = self._found[whole]
                return kept
        made = make()
        with self._lock:
            self._found[whole] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made

    def _stamp(self) -> Hashable:
        return tuple(_look(file) for file in self._files)


def _look(file: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
