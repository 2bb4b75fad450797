"""What lies in a bucket, or in a folder that stands for one, sorted by what it is. Names there are untrusted. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.model.names import base_of, join, parent_of
from ingest.plan.generations import Backup, Snapshot, parse_backup, parse_snapshot
from ingest.plan.records import LEDGER, README, SETTINGS, SettingsRecord, chain_number, parse_settings

_PRIVATE = b".safelight"
_CATALOGS = (b"catalogs", b".safelight/catalogs")
_HISTORY = b"ascmhl"
_LONGEST_NAME = 255
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Lying:
    """One object below the prefix, or one file below the root, by the path that it stands for.

    name: as it is called there. size: below 0 while it is encrypted and nobody knows. sha1: hex, "" when untold. at:
    seconds since 1970 UTC, when it came there. file_id: of this very version in a bucket.
    """

    path: bytes
    name: bytes
    size: int
    sha1: str = ""
    at: float = 0.0
    file_id: str = ""


@dataclass(slots=True)
class Found:
    """All that lies there. ledgers, settings: the newest first. histories: by the folder that they are of.

    catalogs: by the folder of their generations, the newest first. files: photographs, edits, whatever else has a path.
    unusable: names that are no path below a folder. unopened: encrypted, and known to no ledger that is here.
    foreign: ledgers of other stations, the newest first.
    """

    ledgers: list[tuple[Backup, Lying]] = field(default_factory=list)
    settings: list[tuple[SettingsRecord, Lying]] = field(default_factory=list)
    histories: dict[bytes, list[Lying]] = field(default_factory=dict)
    catalogs: dict[bytes, list[tuple[Snapshot, Lying]]] = field(default_factory=dict)
    files: list[Lying] = field(default_factory=list)
    unusable: list[bytes] = field(default_factory=list)
    unopened: list[bytes] = field(default_factory=list)
    foreign: list[tuple[Backup, Lying]] = field(default_factory=list)

    @property
    def stations(self) -> list[str]:
        """Whose ledgers and settings lie there, as their names have it."""
        return sorted({each.station for each, _ in self.ledgers} | {each.station for each, _ in self.settings})

    def of(self, station: str) -> None:
        """Leave the settings of other stations out, and set their ledgers aside."""
        self.foreign = [each for each in self.ledgers if each[0].station != station]
        self.ledgers = [each for each in self.ledgers if each[0].station == station]
        self.settings = [each for each in self.settings if each[0].station == station]


def is_path(path: bytes) -> bool:
    """Whether this leads from a folder to something below it, on every system that Safelight writes to."""
    parts = path.split(b"/")
    return b"\0" not in path and all(
        part not in (b"", b".", b"..") and len(part) <= _LONGEST_NAME for part in parts
    )  # fmt: skip


def path_of_key(name: str) -> bytes:
    """The path that an object's name (below the prefix) stands for; as it is where that would be none."""
    raw = name.encode("utf-8", "surrogateescape")
    plain = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), raw)
    same = plain.count(b"/") == raw.count(b"/")
    return plain if same and is_path(plain) else raw


def sort_out(items: Iterable[Lying]) -> Found:
    """By their names alone; of several versions under one name the oldest is first: nothing of ours came later."""
    found = Found()
    for item in sorted(items, key=lambda item: (item.path, item.at)):
        _sort(found, item)
    found.ledgers.sort(key=lambda each: -each[0].at)
    found.settings.sort(key=lambda each: -each[0].at)
    for snapshots in found.catalogs.values():
        snapshots.sort(key=lambda each: -each[0].at)
    return found


def _sort(found: Found, item: Lying) -> None:
    folder, name = parent_of(item.path), base_of(item.path)
    if not is_path(item.path):
        found.unusable.append(item.name)
    elif folder == LEDGER:
        backup = parse_backup(name.decode("utf-8", "replace"))
        found.ledgers += [(backup, item)] if backup else []
    elif folder == SETTINGS:
        settings = parse_settings(name.decode("utf-8", "replace"))
        found.settings += [(settings, item)] if settings else []
    elif item.size < 0:
        found.unopened.append(item.path)
    elif parent_of(folder) in _CATALOGS and (snapshot := parse_snapshot(name.decode("utf-8", "replace"))):
        found.catalogs.setdefault(join(_CATALOGS[1], base_of(folder)), []).append((snapshot, item))
    elif base_of(folder) == _HISTORY:
        found.histories.setdefault(parent_of(folder), []).append(item)
    elif item.path.split(b"/")[0] != _PRIVATE and item.path != README:
        found.files.append(item)


def chains(items: Sequence[Lying]) -> list[Lying]:
    """The lists of a folder's manifests, the longest first."""
    numbered = [(number, item) for item in items if (number := chain_number(base_of(item.path))) is not None]
    return [item for _, item in sorted(numbered, key=lambda each: -each[0])]
