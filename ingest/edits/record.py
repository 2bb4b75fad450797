"""What came of a round of versions, destination by destination, and its one transaction in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.cloud.naming import object_key
from ingest.copying.jobs import CopyResult, Failure
from ingest.edits.context import Sync
from ingest.edits.place import Copied, Move, Moved, Stamp, There
from ingest.events import Warned
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import transaction
from ingest.ledger.shoots import ShootRow
from ingest.ledger.versions import (
    LyingCopy,
    Version,
    VersionCopy,
    add_version_copies,
    doubt_copy,
    lose_version_copies,
    not_queued,
    queue_versions,
)
from ingest.plan.version_names import stamped

_FINAL = (Failure.FULL, Failure.GONE, Failure.READ_ONLY)


@dataclass(slots=True)
class _Place:
    """copies: path -> (version, copy), as they stand now. lost: paths whose version is not there any more."""

    copies: dict[bytes, tuple[Version, Copied]] = field(default_factory=dict)
    lost: set[bytes] = field(default_factory=set)


class Report:
    """Of one round. Filled while it goes on; `record` writes it and tells what people must know."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync
        self._places: dict[str, _Place] = {}
        self._told: dict[tuple[str, str], list[bytes]] = {}
        self._doubted: list[tuple[int, str]] = []

    def _at(self, name: str) -> _Place:
        return self._places.setdefault(name, _Place())

    def looked(self, name: str, versions: Mapping[int, Version], plain: LyingCopy | None, there: There) -> None:
        """What stands at a destination already; somebody's own file under the plain name is told each time."""
        counts = self._sync.done.places[name]
        for copied in there.found:
            self._at(name).copies[copied.path] = versions[copied.asset], copied
            counts.found += 1
        if plain and plain.asset_id != there.asset:
            self._at(name).lost.add(there.path)
        if there.is_foreign:
            counts.theirs += 1
            self._tell(
                "edit kept aside",
                f"what has this name on {name} is no version that is known here, and stays; ours lies in"
                " .safelight/versions there",
                there.path,
            )

    def carried(self, name: str, version: Version, result: CopyResult) -> bool:
        """What the copying room answered of one version; whether it is copied."""
        counts = self._sync.done.places[name]
        if result.failure is None:
            counts.copied += 1
            self._at(name).copies[result.path] = version, copied_of(version.asset_id, result)
            return True
        if result.failure is Failure.SOURCE and result.source in ("", self._sync.primary.name):
            counts.nowhere += 1  # it changed while it was read: the next sync has the newer one
            return False
        counts.failed += 1
        counts.mismatched += result.failure is Failure.MISMATCH
        if result.failure is Failure.SOURCE:
            self._doubted.append((version.asset_id, result.source))
        if result.failure not in _FINAL:
            why = f"{result.failure.value} ({result.detail})" if result.detail else result.failure.value
            self._tell("edit not copied", f"not copied to {name}: {why}", version.path)
        return False

    def nowhere(self, name: str) -> None:
        """A version of which no copy is at hand."""
        self._sync.done.places[name].nowhere += 1

    def moved(self, name: str, versions: Mapping[int, Version], move: Move, moved: Moved) -> None:
        """Who has which name now."""
        place, counts = self._at(name), self._sync.done.places[name]
        if moved.older:
            place.copies.pop(move.path, None)
            place.copies[moved.older.path] = versions[moved.older.asset], moved.older
            place.lost.add(move.path)
            counts.aside += 1
        if moved.newest:
            place.copies.pop(move.lies, None)
            place.lost.add(move.lies)
            place.lost.discard(move.path)
            place.copies[move.path] = versions[moved.newest.asset], moved.newest
        if moved.problem:
            self.unsure(name, move)
            self._tell("edit not named", f"it lies in .safelight/versions on {name}: {moved.problem}", move.path)

    def unsure(self, name: str, move: Move) -> None:
        """Nobody knows what has which name of a move that failed, or was not answered for: the next sync looks."""
        self._sync.done.places[name].failed += 1
        for path in (move.lies, move.path):
            self._at(name).copies.pop(path, None)
            self._at(name).lost.add(path)

    def _tell(self, code: str, text: str, path: bytes) -> None:
        self._told.setdefault((code, text), []).append(path)

    def record(self) -> None:
        """One transaction: what is lost, what stands there with its proofs, the upload jobs."""
        sync, now = self._sync, self._sync.clock()
        with transaction(sync.ledger):
            for asset_id, name in self._doubted:
                doubt_copy(sync.ledger, asset_id, sync.ids[name])
            for name, place in self._places.items():
                place_id = sync.ids[name]
                lose_version_copies(sync.ledger, place_id, place.lost)
                copies = [
                    VersionCopy(version, _new_copy(place_id, copied), key_of(sync, version))
                    for version, copied in place.copies.values()
                ]
                sync.done.queued += add_version_copies(sync.ledger, sync.run_id, sync.boot_id, copies, sync.bucket, now)
        for (code, text), paths in self._told.items():
            sync.emit(Warned(code, text, tuple(paths)))


def copied_of(asset: int, result: CopyResult) -> Copied:
    """A copy as the copying room proved it. The size is that of the content, which it compared."""
    stamp = Stamp(-1, result.inode, result.mtime_ns)
    return Copied(asset, result.path, stamp, result.method, result.xxh128, result.failure is None, result.at)


def _new_copy(place_id: int, copied: Copied) -> NewCopy:
    stamp = copied.stamp
    return NewCopy(
        place_id, copied.path, stamp.inode, stamp.mtime_ns, copied.method, copied.matched, copied.xxh128, copied.at
    )


def key_of(sync: Sync, version: Version) -> str:
    """The name of a version in the bucket, of which none is ever used again; "" where there is no bucket."""
    cloud = sync.settings.cloud
    return object_key(cloud.prefix, stamped(version.path, version.seen)) if cloud else ""


def queue_the_rest(sync: Sync, shoot: ShootRow) -> None:
    """Third copies of versions that were proven before there was a bucket."""
    if not sync.bucket:
        return
    jobs = [(each.asset_id, key_of(sync, each)) for each in not_queued(sync.ledger, shoot.id, sync.bucket)]
    if jobs:
        with transaction(sync.ledger):
            sync.done.queued += queue_versions(sync.ledger, sync.bucket, jobs, sync.clock())
