"""The photographs of a recovery: which belong here, from which object each comes, and what proves it afterwards."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.care.ledger_rebuild import TakenUp, Taking
from ingest.care.ledger_sources import Seen, Stand, Told, read_files
from ingest.care.restore import RestoreReport, Wanted
from ingest.cloud.naming import object_key
from ingest.errors import DestinationFull
from ingest.ledger.recovering import (
    KnownFile,
    contents_known,
    elsewhere,
    files_known_at,
    keys_of,
    newest_of,
    paths_known,
)
from ingest.model.copies import Digest
from ingest.model.names import base_of, display, join, parent_of
from ingest.model.places import Destination
from ingest.plan.recovery import Found, Lying, is_path
from ingest.plan.version_names import unstamped
from ingest.session.hands import Hands
from ingest.session.prepare import boot_id

_SPARE = 256 << 20  # bytes that stay free on the new disk
_PRIVATE = b".safelight/"

Tick = Callable[[int], None]
Others = Callable[[Iterable[tuple[int, bytes]]], set[tuple[int, bytes]]]
"""Tells which of (size, sha1) other stations know."""


@dataclass(frozen=True, slots=True)
class Only:
    """Shoots, by their ids and folders; nothing else comes."""

    ids: frozenset[int]
    folders: tuple[bytes, ...]

    def takes(self, path: bytes) -> bool:
        """Whether a path lies in one of them."""
        return any(path.startswith(folder + b"/") for folder in self.folders)


@dataclass(slots=True)
class Wanting:
    """What is to come. pairs: each file with what it comes from. missing: what lies nowhere here.

    strange: of `pairs`, what neither ledger nor history knows, proven by the bucket's own SHA-1 alone. edits: paths of
    what editors wrote, which is no copy. unusable: names of objects that are no path.
    """

    pairs: list[tuple[Wanted, Lying]] = field(default_factory=list)
    missing: list[KnownFile] = field(default_factory=list)
    strange: set[bytes] = field(default_factory=set)
    edits: set[bytes] = field(default_factory=set)
    unusable: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of all that is to come."""
        return sum(wanted.digest.size for wanted, _ in self.pairs)


class _Choosing:
    """Files on one side, what lies there on the other. prefix: of a bucket's keys."""

    def __init__(self, ledger: sqlite3.Connection, found: Found, prefix: str, only: Only | None) -> None:
        self._ledger, self._found, self._prefix, self._only = ledger, found, prefix, only
        self._head = object_key(prefix, b"x").removesuffix("x")
        self._by_content: dict[tuple[int, bytes], Lying] = {}
        self._by_path: dict[bytes, list[Lying]] = {}
        self._by_name: dict[bytes, Lying] = {}
        catalogs = [item for snapshots in found.catalogs.values() for _, item in snapshots]
        for item in (*found.files, *catalogs):
            if item.sha1:
                self._by_content.setdefault((item.size, bytes.fromhex(item.sha1)), item)
            self._by_path.setdefault(item.path, []).append(item)
            self._by_name.setdefault(item.name, item)
        self._paths: set[bytes] = set()
        self._used: set[bytes] = set()
        self._foreign: set[tuple[int, bytes]] = set()
        self.wanting = Wanting(unusable=found.unusable)

    def leave_to_others(self, others: Others) -> None:
        """Of what this ledger does not know, what another station's does."""
        told = {(item.size, bytes.fromhex(item.sha1)) for item in self._found.files if item.sha1}
        self._foreign = others(told - contents_known(self._ledger, told))

    def known(self, files: Sequence[KnownFile], *, edits: bool = False) -> None:
        """What the ledger says belongs here."""
        files = [each for each in files if self._only is None or each.shoot_id in self._only.ids]
        keys = keys_of(self._ledger, {each.asset_id for each in files if self._direct(each) is None})
        for each in files:
            if not is_path(each.path):
                self.wanting.unusable.append(each.path)
                continue
            item = self._direct(each) or self._by_its_keys(each, keys.get(each.asset_id, ()))
            if item is None:
                self.wanting.missing += [each] * (not each.path.startswith(_PRIVATE))
            elif self._want(each.path, each.digest, each.mtime_ns, item) and edits:
                self.wanting.edits.add(each.path)

    def catalogs(self, files: Sequence[KnownFile]) -> None:
        """The newest snapshot of each, below the folder of its generations."""
        for each in files:
            every = [item for _, item in self._found.catalogs.get(each.path, ())]
            sha1 = each.digest.sha1.hex()
            item = next((item for item in every if item.size == each.digest.size and item.sha1 in ("", sha1)), None)
            if item is None:
                self.wanting.missing.append(each)
            else:
                self._want(join(each.path, base_of(item.path)), each.digest, each.mtime_ns, item)

    def unknown_catalogs(self) -> None:
        """Of catalogs that the ledger does not know."""
        for folder, snapshots in self._found.catalogs.items():
            if not any(path.startswith(folder + b"/") for path in self._paths):
                _, item = snapshots[0]
                if item.sha1:
                    path = join(folder, base_of(item.path))
                    self._want(path, Digest(item.size, b"", bytes.fromhex(item.sha1)), int(item.at * 1e9), item)

    def told(self, files: Iterable[Told]) -> None:
        """What histories alone tell of."""
        every = [each for each in files if each.path not in self._paths and self._takes(each.path)]
        known = paths_known(self._ledger, [each.path for each in every])
        for each in every:
            if each.path in known or not is_path(each.path):
                continue
            item = self._lying_at(each)
            if item is not None and item.sha1 and (item.size, bytes.fromhex(item.sha1)) in self._foreign:
                continue
            if item is None:
                self.wanting.missing.append(KnownFile(each.path, Digest(each.size or 0, each.xxh128, b""), 0, 0, None))
            else:
                sha1 = bytes.fromhex(item.sha1)
                self._want(each.path, Digest(item.size, each.xxh128, sha1), int(item.at * 1e9), item)

    def strange(self) -> None:
        """What nobody tells of, as long as its SHA-1 is told. Of an edit the newest, under its plain name."""
        left = [each for each in self._found.files if each.sha1 and each.name not in self._used]
        left = [each for each in left if self._takes(each.path)]
        known = contents_known(self._ledger, [(each.size, bytes.fromhex(each.sha1)) for each in left]) | self._foreign
        newest: dict[bytes, Lying] = {}
        for each in sorted(left, key=lambda each: each.path, reverse=True):  # the newest of an edit first
            if (each.size, bytes.fromhex(each.sha1)) not in known and each.path not in self._paths:
                newest.setdefault(unstamped(each.path) or each.path, each)
        for plain, each in sorted(newest.items()):
            path = each.path if plain in self._paths else plain
            if self._want(path, Digest(each.size, b"", bytes.fromhex(each.sha1)), int(each.at * 1e9), each):
                (self.wanting.edits if path != each.path else self.wanting.strange).add(path)

    def _takes(self, path: bytes) -> bool:
        return self._only is None or self._only.takes(path)

    def _direct(self, each: KnownFile) -> Lying | None:
        content = self._by_content.get((each.digest.size, each.digest.sha1))
        return content or self._silent(each.path, each.digest.size)

    def _by_its_keys(self, each: KnownFile, keys: Iterable[str]) -> Lying | None:
        """Where no SHA-1 is told, as in a bucket that was downloaded: by the name that the content has there."""
        names = (object_key(self._prefix, each.path), *keys)
        for name in (*names, *(name.removeprefix(self._head) for name in names)):
            item = self._by_name.get(name.encode())
            if item is not None and not item.sha1 and item.size == each.digest.size:
                return item
        return None

    def _silent(self, path: bytes, size: int) -> Lying | None:
        """One of this name and size whose SHA-1 nobody tells; its bytes are compared when they come."""
        return next((item for item in self._by_path.get(path, ()) if not item.sha1 and item.size == size), None)

    def _lying_at(self, told: Told) -> Lying | None:
        key = object_key(self._prefix, told.path).encode()
        every = (*self._by_path.get(told.path, ()), self._by_name.get(key))
        return next((item for item in every if item is not None and told.size in (None, item.size)), None)

    def _want(self, path: bytes, digest: Digest, mtime_ns: int, item: Lying) -> bool:
        if path in self._paths:
            return False
        self._paths.add(path)
        self._used.add(item.name)
        self.wanting.pairs.append((Wanted(path, digest, mtime_ns, {}), item))
        return True


def choose(
    ledger: sqlite3.Connection, found: Found, stand: Stand, place: str, prefix: str, only: Only | None, others: Others
) -> Wanting:
    """What belongs at a destination, by the ledger, the histories there, and what lies in the bucket, in this order.

    others: what the ledgers of other stations know of contents.
    """
    choosing = _Choosing(ledger, found, prefix, only)
    choosing.leave_to_others(others)
    choosing.known(files_known_at(ledger, place))
    choosing.known(newest_of(ledger, "edit"), edits=True)
    if only is None:
        choosing.catalogs(newest_of(ledger, "catalog"))
        choosing.unknown_catalogs()
    choosing.told(each for files in stand.files.values() for each in files)
    choosing.strange()
    return choosing.wanting


def demand_room(wanting: Wanting, target: bytes) -> None:
    """Raises DestinationFull where what is still to come does not fit."""
    needed = sum(wanted.digest.size for wanted, _ in wanting.pairs if not _lies(join(target, wanted.path), wanted))
    free = shutil.disk_usage(target).free - _SPARE
    if needed > free:
        raise DestinationFull(
            f"{display(target)} has room for {max(free, 0):,} bytes, {needed:,} are to come",
            path=display(target),
            hint="Name single shoots with --only, or begin anew on a larger disk",
        )


def _lies(path: bytes, wanted: Wanted) -> bool:
    try:
        return os.lstat(path).st_size == wanted.digest.size
    except OSError:
        return False


def prove(
    ledger: sqlite3.Connection,
    hands: Hands,
    place: Destination,
    stand: Stand,
    wanting: Wanting,
    report: RestoreReport,
    now: float,
    tick: Tick,
) -> TakenUp:
    """Read what came around the cache, as any copy is before it counts, and take it up into the ledger.

    Of what stood here and lies nowhere any more the copies are lost. What failed to come is left as it is.
    """
    came = {wanted.path for wanted, _ in wanting.pairs} - report.failed.keys()
    gone = {each.path for each in wanting.missing}
    _take_in_strangers(hands, place, stand, wanting, came)
    taking = Taking(ledger, hands.ask, boot_id(), now, tick)
    work = taking.begin(place, stand)
    looked_at = came | ({each.path for each in work.wanted if each.copy_id is not None} & gone)
    chosen = tuple(each for each in work.wanted if each.path in looked_at)
    return taking.read(replace(work, wanted=chosen))


def _take_in_strangers(hands: Hands, place: Destination, stand: Stand, wanting: Wanting, came: Iterable[bytes]) -> None:
    """Give those that no history knows a place among the histories, where they are what the bucket says they are."""
    sha1s = {wanted.path: wanted.digest.sha1 for wanted, _ in wanting.pairs if wanted.path in wanting.strange}
    paths = sorted(sha1s.keys() & set(came))
    for part in _some(paths):
        seen: list[Seen] = hands.ask(place.name, read_files, place, stand.marker, part)
        for each in seen:
            if not each.problem and each.sha1 == sha1s[each.path]:
                folder = _shoot_folder(stand, each.path)
                stand.files.setdefault(folder, []).append(Told(each.path, each.size, each.xxh128))


def _shoot_folder(stand: Stand, path: bytes) -> bytes:
    """The nearest folder above it that has a history, else its own."""
    folder = parent_of(path)
    while folder:
        if folder in stand.files:
            return folder
        folder = parent_of(folder)
    return parent_of(path)


def _some(paths: Sequence[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(paths), 64):
        yield list(paths[start : start + 64])


def missing_from(
    ledger: sqlite3.Connection, wanting: Wanting, report: RestoreReport, place: str, bucket: str
) -> list[tuple[bytes, str]]:
    """(path, why) of all that did not come: where else it lay, or what went wrong on its way."""
    where = elsewhere(ledger, {each.asset_id for each in wanting.missing}, place, bucket)
    told = []
    for each in wanting.missing:
        names = ", ".join(where.get(each.asset_id, ()))
        told.append((each.path, f"it lay at {names}, too" if names else "no other place is known"))
    return [*told, *sorted(report.failed.items())]
