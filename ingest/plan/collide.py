"""Names settled before the first byte is written: no two different files ever want one name.

Two names are one when a case-insensitive, normalising file system would say so. A name taken in an earlier session
counts like one of this card. The result depends on the set of files alone, never on the order of the scan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ingest.model.cards import CardFile
from ingest.model.names import collision_key
from ingest.plan.clock import ObjectTime
from ingest.plan.names import Names
from ingest.plan.planned import TakenName


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are named together."""

    files: tuple[CardFile, ...]
    names: Names
    time: ObjectTime


class Claims:
    """All names that are taken or given away, and what gives the next free one."""

    def __init__(self, taken: Mapping[str, TakenName]) -> None:
        """taken: by collision key of the whole path below a destination's root."""
        self._taken = taken
        self._names = set(taken)
        self._pinned: set[str] = set()
        self._stems: set[str] = set()
        self._folders: set[str] = set()
        self._taken_stems: dict[str, list[TakenName]] = {}
        self._next: dict[str | frozenset[str], int] = {}  # where more than the first number was needed
        self._kept: dict[bytes, bytes] = {}  # card path -> destination path of what is not settled yet
        for key, name in taken.items():
            self._taken_stems.setdefault(_stem(key), []).append(name)
            self._open_folders(key)

    def keep(self, pins: Iterable[tuple[CardFile, bytes]]) -> None:
        """Files with the names that they already have at the destinations; before anything is settled."""
        for file, pin in pins:
            if self._pin(pin, file.size):
                self._kept[file.path] = pin

    def settle(self, unit: Unit) -> tuple[bytes, ...]:
        """The destination paths of a unit's files, in their order."""
        dests = {file.path: self._kept.pop(file.path) for file in unit.files if file.path in self._kept}
        self._settle_unit(unit, dests)
        return tuple(dests[file.path] for file in unit.files)

    def take_folder(self, path: bytes) -> bool:
        """Let an empty folder be at `path`, unless a file stands there or on the way."""
        key = collision_key(path)
        if key in self._names or (key not in self._folders and not self._way_is_free(key)):
            return False
        self._open_folders(key + "/")
        return True

    def _settle_unit(self, unit: Unit, dests: dict[bytes, bytes]) -> None:
        fixed = [index for index, file in enumerate(unit.files) if file.path in dests]
        rest = [index for index in range(len(unit.files)) if unit.files[index].path not in dests]
        beside = unit.names.beside(fixed[0], dests[unit.files[fixed[0]].path]) if fixed and rest else ()
        for index in list(rest):
            if beside and self._is_free(collision_key(beside[index])):
                self._give(unit.files[index], beside[index], dests)
                rest.remove(index)
        if len(rest) > 1 and _collide(unit.names.wanted(1), rest):
            for index in rest:
                self._number(unit, [index], dests)
        elif rest:
            self._number(unit, rest, dests)

    def _number(self, unit: Unit, rest: Sequence[int], dests: dict[bytes, bytes]) -> None:
        """Give the files `rest` of a unit the first number whose names and stems are all free."""
        first = unit.names.stems(1)
        key: str | frozenset[str] = next(iter(first)) if len(first) == 1 else first  # a set for each is a large card's
        for nth in count(self._next.get(key, 1)):
            wanted, stems = unit.names.wanted(nth), first if nth == 1 else unit.names.stems(nth)
            keys = [collision_key(wanted[index]) for index in rest]
            if self._may_use(stems, unit.time) and all(map(self._is_free, keys)):
                break
        if first and nth > 1:  # so that a thousand equal stems do not ask half a million times
            self._next[key] = nth + 1
        self._stems |= stems
        for index, taken in zip(rest, keys, strict=True):
            self._claim(taken)
            dests[unit.files[index].path] = wanted[index]

    def _may_use(self, stems: frozenset[str], time: ObjectTime) -> bool:
        """No other object of this card has the stems; a name of an earlier session has them by the same press only."""
        return not self._stems & stems and all(
            any(_same_moment(name, time) for name in self._taken_stems[stem])
            for stem in stems
            if stem in self._taken_stems
        )

    def _pin(self, path: bytes, size: int) -> bool:
        """Let a file keep the name it has; not where the ledger knows other content there or another file has it."""
        key = collision_key(path)
        other = self._taken.get(key)
        if (other and other.size != size) or key in self._pinned or not self._way_is_free(key):
            return False
        self._pinned.add(key)
        self._stems.add(_stem(key))
        self._claim(key)
        return True

    def _give(self, file: CardFile, path: bytes, dests: dict[bytes, bytes]) -> None:
        self._claim(collision_key(path))
        dests[file.path] = path

    def _claim(self, key: str) -> None:
        self._names.add(key)
        self._open_folders(key)

    def _open_folders(self, key: str) -> None:
        folder = key.rpartition("/")[0]
        while folder and folder not in self._folders:
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]

    def _is_free(self, key: str) -> bool:
        return key not in self._names and self._way_is_free(key)

    def _way_is_free(self, key: str) -> bool:
        """No folder has this name and no file has the name of one of its folders."""
        if key in self._folders:
            return False
        folder = key.rpartition("/")[0]
        while folder and folder not in self._folders:
            if folder in self._names:
                return False
            folder = folder.rpartition("/")[0]
        return True


def _collide(paths: Sequence[bytes], chosen: Sequence[int]) -> bool:
    """Whether the chosen paths of one object stand in each other's way, as in a tree made for telling cases apart."""
    keys = {collision_key(paths[index]) for index in chosen}
    folders = {key.rpartition("/")[0] for key in keys}
    return len(keys) < len(chosen) or any(parent in keys for folder in folders for parent in _with_parents(folder))


def _with_parents(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _stem(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)


def _same_moment(name: TakenName, time: ObjectTime) -> bool:
    """The same second by the same body, as far as it is known; the two slots of a camera write such twins."""
    if name.capture is None or not time.dated or (name.serial and time.serial and name.serial != time.serial):
        return False
    return name.capture.replace(microsecond=0) == time.local.replace(microsecond=0)
