"""Which of what is mounted are cards, asked so that a reader that hangs holds up nobody."""

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ingest.card.find import is_card
from ingest.disk.apart import Apart
from ingest.disk.fs_rules import may_hang
from ingest.disk.mountinfo import is_inside
from ingest.errors import NoAnswer
from ingest.model.places import Volume
from ingest.watch.plan import Key, Sight

_PATIENCE = 10.0  # seconds until a medium counts as silent: a disk that must spin up first takes most of it
_AGAIN = 60.0  # seconds until a silent one is asked once more
_PORT = re.compile(rb"/usb[0-9]+/([0-9]+-[0-9]+)(?=/)")


@dataclass(frozen=True, slots=True)
class Seen:
    """cards: in mount order. closed: volumes that could be cards and that we may not read, by label. silent: those that
    do not answer, by label; one that was a card before is among the cards still.
    """

    cards: tuple[Sight, ...] = ()
    closed: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Eyes:
    """Looks at volumes by a child, which is killed where one says nothing. For one thread alone.

    patience: seconds until one counts as silent; it is not asked again for a minute while it stays mounted.
    """

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._apart = Apart("a card", patience)
        self._silent: dict[Key, float] = {}  # -> when it was asked, by the caller's clock
        self._cards: set[Key] = set()

    def look(self, volumes: Iterable[Volume], roots: Collection[bytes], now: float) -> Seen:
        """Which of the volumes are cards. roots: of the destinations, whose volumes are none, whatever lies there.
        now: in seconds, by a clock that stands still while the computer sleeps.

        Network and FUSE mounts are never asked. One that cannot be looked at is no card yet.
        """
        cards: list[Sight] = []
        closed: list[str] = []
        silent: list[str] = []
        asked = [volume for volume in volumes if _may_be_card(volume, roots)]
        self._forget({_key(volume) for volume in asked})
        for volume in asked:
            is_one, may_be_one = False, _is_removable(volume.mount)
            try:
                is_one = self._is_card(volume, now)
            except PermissionError:
                closed += [volume.label] if may_be_one else []
            except NoAnswer:
                is_one = _key(volume) in self._cards
                silent += [volume.label] if is_one or may_be_one else []
            except OSError:
                pass
            if is_one:
                cards.append(sight_of(volume))
        self._cards = {card.key for card in cards}
        return Seen(tuple(cards), tuple(closed), tuple(silent))

    def _is_card(self, volume: Volume, now: float) -> bool:
        key = _key(volume)
        if 0.0 <= now - self._silent.get(key, -_AGAIN) < _AGAIN:
            raise NoAnswer("it was silent just now")
        try:
            found = self._apart.ask(_looks_like_one, volume)
        except NoAnswer:
            self._silent[key] = now
            raise
        self._silent.pop(key, None)
        return found

    def _forget(self, here: Collection[Key]) -> None:
        """What is plugged in anew is asked at once."""
        self._silent = {key: at for key, at in self._silent.items() if key in here}

    def close(self) -> None:
        """Look no more."""
        self._apart.close(0.0)


def _looks_like_one(volume: Volume) -> bool:
    """In the child."""
    return is_card(volume)


def _may_be_card(volume: Volume, roots: Iterable[bytes]) -> bool:
    return not (volume.mount == b"/" or may_hang(volume.fs_type) or _holds_copies(volume.mount, roots))


def _holds_copies(mount: bytes, roots: Iterable[bytes]) -> bool:
    """A destination that also has a DCIM folder is no card, nor is what is mounted within one."""
    return any(is_inside(root, mount) or is_inside(mount, root) for root in roots)


def _is_removable(mount: bytes) -> bool:
    """Where systems mount what is plugged in; elsewhere a folder that is shut is nobody's card."""
    return mount.startswith((b"/media/", b"/run/media/", b"/Volumes/", b"/mnt/"))


def _key(volume: Volume) -> Key:
    return volume.mount, volume.st_dev, volume.uuid


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
