"""Notices a card that is mounted and hands it on; asks nobody and copies nothing itself."""

import os
import select
import time
from collections.abc import Callable, Iterator

from ingest.card.find import is_card
from ingest.disk.fs_rules import may_hang
from ingest.disk.volumes import list_volumes
from ingest.model.places import Volume

_MOUNTS = "/proc/self/mountinfo"


class MountWatch:
    """Waits for the table of mounts to change: the kernel tells it as POLLPRI on `/proc/self/mountinfo` (proc(5))."""

    def __init__(self) -> None:
        self._file = open(_MOUNTS, "rb") if os.path.exists(_MOUNTS) else None  # noqa: SIM115 - open for the whole watch
        self._poll = select.poll() if self._file else None
        if self._file and self._poll:
            self._poll.register(self._file, select.POLLERR | select.POLLPRI)

    def wait(self, seconds: float) -> None:
        """Return when something was mounted or unmounted, or after `seconds`."""
        if self._poll is None or self._file is None:
            time.sleep(min(seconds, 1.0))
            return
        if self._poll.poll(seconds * 1000):
            self._file.seek(0)
            self._file.read()

    def close(self) -> None:
        """Stop listening."""
        if self._file:
            self._file.close()


def new_cards(
    stop: Callable[[], bool], *, list_now: Callable[[], list[Volume]] = list_volumes, every: float = 5.0
) -> Iterator[Volume]:
    """Cards as they are mounted; those that are there at the start come first, each once until it is unmounted."""
    watch = MountWatch()
    known: set[tuple[bytes, int]] = set()
    try:
        while not stop():
            cards = {(volume.mount, volume.st_dev): volume for volume in list_now() if _is_card(volume)}
            fresh = [cards[key] for key in sorted(cards) if key not in known]
            known = set(cards)
            yield from fresh
            if not fresh:
                watch.wait(every)
    finally:
        watch.close()


def _is_card(volume: Volume) -> bool:
    """A volume that cannot be looked at is no card yet; network and FUSE mounts are never asked."""
    if volume.mount == b"/" or may_hang(volume.fs_type):
        return False
    try:
        return is_card(volume)
    except OSError:
        return False
