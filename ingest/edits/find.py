"""What is new in the folder of a shoot: listed, sorted out, read and remembered as versions in the ledger."""

from collections.abc import Callable, Container, Mapping, Sequence

from ingest.copying.sweep import same_time
from ingest.edits.context import Counts, Sync, in_parts
from ingest.edits.primary import Seen, list_at, read_at
from ingest.events import EditsFound, Progressed, Warned
from ingest.ledger.db import transaction
from ingest.ledger.shoots import ShootRow
from ingest.ledger.versions import (
    NewVersion,
    Version,
    card_copies_below,
    lose_version_copies,
    remember_versions,
    versions_of_shoot,
    watched_files,
)
from ingest.ledger.views import shoot_files
from ingest.model.cards import EntryKind
from ingest.plan.edits import TOLD, Entry, Reason, Sorted, sort_entries

_WORDS = {
    Reason.ALTERED: "not as it was copied, and no edit: safelight verify tells whether its bytes changed",
    Reason.LINK: "a link beside the pictures is not followed",
    Reason.SPECIAL: "no regular file",
    Reason.UNLISTED: "it cannot be looked at",
}


def find_edits(sync: Sync, shoot: ShootRow) -> dict[bytes, int]:
    """Remember what is new; gives path -> content of the files that stand on the primary as the ledger knows them.

    Raises:
        DestinationError: the primary is not there any more.
    """
    found = sort_shoot(sync, shoot)
    counts = counts_of(found)
    counts.new = counts.changed = 0
    newest = {path: versions[-1] for path, versions in versions_of_shoot(sync.ledger, shoot.id).items()}
    current = {entry.path: newest[entry.path].asset_id for entry in found.same if entry.path in newest}
    fresh = [*found.new, *found.changed]
    is_long = sync.begin_stage("reading edits", [entry.size for entry in fresh])
    before = sync.done.bytes
    for part in in_parts(fresh, lambda entry: entry.size):
        seen = sync.hands.ask(sync.primary.name, read_at, sync.primary, sync.marker, part)
        versions = _remember(sync, shoot, seen)
        current |= {version.path: version.asset_id for version in versions}
        _count(sync, counts, seen, versions, newest)
        if is_long:
            sync.emit(Progressed(sync.done.bytes - before))
    _tell(sync, found)
    sync.done.shoots += 1
    sync.done.counts.add(counts)
    sync.emit(found_event(shoot, counts))
    return current


def sort_shoot(sync: Sync, shoot: ShootRow) -> Sorted:
    """What lies in a shoot's folder, sorted out; no file of it is read.

    Raises:
        DestinationError: the primary is not there any more.
    """
    primary = sync.primary
    entries = sync.hands.ask(primary.name, list_at, primary, sync.marker, shoot.folder)
    own = card_copies_below(sync.ledger, primary.name, shoot.folder)
    photographs = {file.path for file in shoot_files(sync.ledger, shoot.id)}
    watched = watched_files(sync.ledger, [entry.path for entry in entries if entry.kind is EntryKind.FILE])
    looks = {path: (each.size, each.mtime_ns, each.inode) for path, each in watched.items()}
    now_ns = int(sync.clock() * 1e9)
    return sort_entries(entries, looks, sync.settings.cards.ignore, now_ns, _is_ours(own, photographs, sync.fs_type))


def _is_ours(
    own: Mapping[bytes, tuple[int, int, int]], photographs: Container[bytes], fs_type: str
) -> Callable[[Entry], bool | None]:
    """A photograph's name without a copy, as after a restore onto a new disk, is no edit either."""

    def ours(entry: Entry) -> bool | None:
        if entry.path not in own:
            return False if entry.path in photographs else None
        size, mtime_ns, _ = own[entry.path]
        return entry.kind is EntryKind.FILE and entry.size == size and same_time(entry.mtime_ns, mtime_ns, fs_type)

    return ours


def counts_of(found: Sorted) -> Counts:
    """As the listing alone tells; what is changed may turn out to be the same."""
    counts = Counts(0, len(found.new), len(found.changed), len(found.same), len(found.waiting))
    for reason, entries in found.left.items():
        (counts.left if reason in TOLD else counts.left_out)[reason.value] = len(entries)
    counts.files = counts.new + counts.changed + counts.same + counts.waiting + sum(counts.left.values())
    return counts


def found_event(shoot: ShootRow, counts: Counts) -> EditsFound:
    """The counts of a shoot, to be told."""
    numbers = (counts.files, counts.new, counts.changed, counts.same, counts.waiting, counts.unread)
    return EditsFound(shoot.name, *numbers, dict(counts.left), dict(counts.left_out))


def _remember(sync: Sync, shoot: ShootRow, seen: Sequence[Seen]) -> list[Version]:
    """One transaction for what was read together. What stands on the primary is no copy: it may change any moment."""
    now = sync.clock()
    news = []
    for each in seen:
        entry = each.entry
        if each.digest:
            facts = (each.digest, each.head, entry.inode, entry.mtime_ns, now)
            news.append(NewVersion(entry.path, "edit", shoot.id, *facts))
            sync.done.bytes += entry.size
    with transaction(sync.ledger):
        versions = remember_versions(sync.ledger, sync.run_id, news)
        lose_version_copies(sync.ledger, sync.ids[sync.primary.name], [each.path for each in versions])
    return versions


def _count(
    sync: Sync, counts: Counts, seen: Sequence[Seen], versions: Sequence[Version], before: Mapping[bytes, Version]
) -> None:
    for version in versions:
        last = before.get(version.path)
        counts.new += last is None
        counts.changed += last is not None and last.id != version.id
        counts.same += last is not None and last.id == version.id
    for each in seen:
        counts.unread += bool(each.problem)
        counts.waiting += each.digest is None and not each.problem
        if each.problem:
            sync.emit(Warned("edit unreadable", f"it cannot be read: {each.problem}", (each.entry.path,)))


def _tell(sync: Sync, found: Sorted) -> None:
    for reason in TOLD:
        entries = found.left.get(reason, [])
        if entries:
            sync.emit(Warned("edit left alone", _WORDS[reason], tuple(entry.path for entry in entries)))
    if found.waiting:
        paths = tuple(entry.path for entry in found.waiting)
        sync.emit(Warned("edit waits", "being written: it travels with the next sync", paths))
