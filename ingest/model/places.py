"""Where files lie: volumes and the destinations on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class DestinationKind(StrEnum):
    """What a destination is to the photographer; it chooses words and defaults, never the proof."""

    SSD = "ssd"
    HDD = "hdd"
    NAS = "nas"
    DRIVE = "drive"


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted file system and the physical things that can fail beneath it.

    mount: mount point, bytes. fs_type and source: as in `/proc/self/mountinfo`. st_dev: of the mount.
    uuid: the file system's own id ("" when it tells none). label: for people only, never an identity.
    devices: physical devices, e.g. {"disk:nvme0n1"} or {"nas:vault.local"}; two volumes are distinct
    places only when these sets are disjoint. size and free in bytes. options: mount options.
    """

    mount: bytes
    fs_type: str
    source: str
    st_dev: int
    uuid: str
    label: str
    devices: frozenset[str]
    size: int
    free: int
    read_only: bool
    options: tuple[str, ...] = ()

    @property
    def device_key(self) -> str:
        """The devices as one stable string, for the ledger."""
        return "+".join(sorted(self.devices))


@dataclass(frozen=True, slots=True)
class Destination:
    """A configured place that holds copies. root: absolute path as bytes. site: what burns down together.

    limit: bytes per second at most, written and read back together, so that a network stays usable; 0 for none.
    """

    name: str
    kind: DestinationKind
    root: bytes
    site: str = "here"
    limit: int = 0


def separate_devices(places: Iterable[frozenset[str]]) -> int:
    """How many of these sets of physical devices are pairwise disjoint: what can fail independently.

    Greedy, small sets first, which is exact where no place stands on parts of several others. An empty set (a place
    whose device is not known) counts for nothing.
    """
    known = [devices for devices in places if devices]
    if len(known) == 2:  # by far the most common question, asked for every file of a card
        return 1 if known[0] & known[1] else 2
    used: set[str] = set()
    count = 0
    for devices in sorted(known, key=lambda each: (len(each), sorted(each))):
        if not used & devices:
            used |= devices
            count += 1
    return count
