"""What is mounted now, and the moment at which that changes."""

import contextlib
import os
import re
import select
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from ingest.card.find import is_card
from ingest.disk.fs_rules import may_hang
from ingest.disk.mountinfo import is_inside
from ingest.model.places import Volume
from ingest.watch.plan import Sight

_MOUNTS = "/proc/self/mountinfo"
_BLIND = 1.0  # seconds between two looks where no kernel tells of mounts (macOS, Windows)
_SIGHTED = 3.0
_PORT = re.compile(rb"/usb[0-9]+/([0-9]+-[0-9]+)(?=/)")


class MountWatch:
    """Waits for the table of mounts to change: the kernel tells it as POLLPRI on `/proc/self/mountinfo` (proc(5))."""

    def __init__(self) -> None:
        self._file = open(_MOUNTS, "rb") if os.path.exists(_MOUNTS) else None  # noqa: SIM115 - open for the whole watch
        self._poll = select.poll() if self._file else None
        if self._file and self._poll:
            self._poll.register(self._file, select.POLLERR | select.POLLPRI)
        self._keys: int | None = None

    @property
    def every(self) -> float:
        """Seconds between two looks at what is mounted, told or not."""
        return _BLIND if self._poll is None else _SIGHTED

    def listen(self, keys: int | None) -> None:
        """Return from `wait` for a key, too. keys: a descriptor of a terminal, None for none any more."""
        if keys == self._keys or self._poll is None:
            return
        if self._keys is not None:
            self._poll.unregister(self._keys)
        if keys is not None:
            self._poll.register(keys, select.POLLIN)
        self._keys = keys

    def wait(self, seconds: float) -> bool:
        """Return when something was mounted or unmounted, or after `seconds`; whether the kernel told of a mount."""
        if self._poll is None or self._file is None:
            time.sleep(min(seconds, _BLIND))
            return False
        heard = [number for number, _ in self._poll.poll(seconds * 1000)]
        if self._file.fileno() not in heard:
            return False
        self._file.seek(0)
        self._file.read()
        return True

    def close(self) -> None:
        """Stop listening."""
        if self._file:
            self._file.close()


@dataclass(frozen=True, slots=True)
class Seen:
    """cards: in mount order. closed: volumes that could be cards and that we may not read, by label."""

    cards: tuple[Sight, ...] = ()
    closed: tuple[str, ...] = ()


def look(volumes: Iterable[Volume], roots: Collection[bytes]) -> Seen:
    """Which of the volumes are cards. roots: of the destinations, whose volumes are none, whatever lies there.

    Network and FUSE mounts are never asked. One that cannot be looked at is no card yet.
    """
    cards: list[Sight] = []
    closed: list[str] = []
    for volume in volumes:
        if volume.mount == b"/" or may_hang(volume.fs_type) or _holds_copies(volume.mount, roots):
            continue
        with contextlib.suppress(OSError):
            try:
                if is_card(volume):
                    cards.append(sight_of(volume))
            except PermissionError:
                if _is_removable(volume.mount):
                    closed.append(volume.label)
    return Seen(tuple(cards), tuple(closed))


def _holds_copies(mount: bytes, roots: Iterable[bytes]) -> bool:
    """A destination that also has a DCIM folder is no card, nor is what is mounted within one."""
    return any(is_inside(root, mount) or is_inside(mount, root) for root in roots)


def _is_removable(mount: bytes) -> bool:
    """Where systems mount what is plugged in; elsewhere a folder that is shut is nobody's card."""
    return mount.startswith((b"/media/", b"/run/media/", b"/Volumes/", b"/mnt/"))


def sight_of(volume: Volume, sys_root: str = "/sys") -> Sight:
    """A card as the watcher knows it, with the way by which it is read."""
    port = usb_port(volume.st_dev, sys_root)
    reader = volume.devices | ({f"usb:{port}"} if port else frozenset())
    return Sight(volume.mount, volume.st_dev, volume.uuid, volume.label, volume.size, reader)


def usb_port(st_dev: int, sys_root: str = "/sys") -> str:
    """The port of the computer to which a medium leads, `2-1`, "" where it is on none.

    All that hangs on one port shares its line: readers on one hub, and two slots of one reader. Source: sysfs names
    (Documentation/ABI/testing/sysfs-bus-usb of the kernel).
    """
    path = os.fsencode(sys_root) + b"/dev/block/%d:%d" % (os.major(st_dev), os.minor(st_dev))
    found = _PORT.search(os.path.realpath(path))
    return found[1].decode("ascii") if found else ""


ListNow = Callable[[], Sequence[Volume]]
