"""Snapshots of the catalogs in the settings: made at home, stored by generations, queued for the cloud, written down.

Without a face, so that a nightly job can ask for it.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.care.keeping import Kept, Parcel
from ingest.cloud.naming import object_key
from ingest.config import CatalogSettings, Settings
from ingest.disk.volumes import volume_of
from ingest.errors import CatalogError, DestinationError, Exit, UsageError
from ingest.ledger.catalogs import (
    NewSnapshot,
    StandingSnapshot,
    let_go,
    queue_snapshots,
    save_snapshot,
    standing_snapshots,
)
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import transaction
from ingest.ledger.places import destination_ids
from ingest.ledger.runs import end_run, open_run
from ingest.model.copies import Method
from ingest.model.names import display, join
from ingest.model.places import Volume
from ingest.plan.generations import stamp
from ingest.session.backup import alone
from ingest.session.hands import Hands
from ingest.session.prepare import boot_id
from ingest.snapshots.build import Built, Counts, Subject, build, state_of, subject_of, told
from ingest.snapshots.places import (
    AtPlace,
    Shelf,
    at_place,
    gone_from,
    same_state,
    shelf_of,
    standings,
    store,
)

_UNFINISHED = "catalog-snapshot-"
_COMMAND = "catalog snapshot"
_LET_GO = "older than the generations that are kept"


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """What became of one catalog. problem: why there is no snapshot of it, with the hint; "" where there is one.

    counts, size: of what was made, None where nothing was: all places had it. torn: files that never stood still.
    notes: what may be missing from it. queued: it will go to the bucket.
    """

    catalog: str
    places: tuple[AtPlace, ...] = ()
    counts: Counts | None = None
    size: int = 0
    torn: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    queued: bool = False
    problem: str = ""
    hint: str = ""

    @property
    def code(self) -> Exit:
        """What a program that asked for it is told by its exit code."""
        if self.problem:
            return Exit.CATALOG
        stands = {place.state for place in self.places}
        is_somewhere = bool(stands & {"stored", "unchanged"})
        return Exit.OK if is_somewhere and "failed" not in stands else Exit.DESTINATION


def snapshot_catalogs(
    home: Path, settings: Settings, ledger: sqlite3.Connection, hands: Hands, now: float, only: Path | None = None
) -> Iterator[CatalogSnapshot]:
    """Each catalog of the settings in turn; one that fails leaves the others and all older snapshots as they are.

    now: seconds since 1970 UTC. only: the path of one of them.

    Raises:
        UsageError: none of the settings' catalogs has that path.
        LedgerError: another snapshot is under way.
    """
    chosen = _chosen(settings.catalogs, only)
    with alone(home, "catalog-snapshot", "Another snapshot of the catalogs is under way"):
        for entry in chosen:
            with _folder_of_its_own(home) as folder:
                try:
                    yield _snapshot(_Work(settings, ledger, hands, folder, now), entry)
                except CatalogError as error:
                    shown = display(os.fsencode(entry.path))
                    yield CatalogSnapshot(shown, problem=error.message, hint=error.hint)


def _chosen(catalogs: Sequence[CatalogSettings], only: Path | None) -> list[CatalogSettings]:
    chosen = [entry for entry in catalogs if only is None or _real(entry.path) == _real(only)]
    if only is not None and not chosen:
        known = ", ".join(display(os.fsencode(entry.path)) for entry in catalogs) or "none"
        raise UsageError(
            f"{display(os.fsencode(only))} is no catalog of the settings", hint=f"The settings name: {known}"
        )
    return chosen


def _real(path: Path) -> str:
    return os.path.realpath(path)


@contextlib.contextmanager
def _folder_of_its_own(home: Path) -> Iterator[Path]:
    """A private folder in the home; what a killed snapshot left goes first, since those of one home take turns."""
    for left in home.glob(f"{_UNFINISHED}*/"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the parts of one snapshot share. folder: private, empty."""

    settings: Settings
    ledger: sqlite3.Connection
    hands: Hands
    folder: Path
    now: float


def _snapshot(work: _Work, entry: CatalogSettings) -> CatalogSnapshot:
    subject = subject_of(entry)
    every = work.settings.places()
    shelf = shelf_of(work.ledger, entry, work.settings.station)
    state, known = state_of(subject.look()), standing_snapshots(work.ledger, shelf.folder)
    done: dict[str, AtPlace] = {}
    unchanged: list[StandingSnapshot] = []
    for name, found in standings(work.ledger, every, work.hands, shelf, _volume(subject)).items():
        if isinstance(found, AtPlace):
            done[name] = found
        elif same := same_state(known.get(name, ()), state, found):
            done[name] = AtPlace(name, "unchanged", same.name, same.at)
            unchanged.append(same)
    due = [place for place in every if place.name not in done]
    if not due:
        places = tuple(done[place.name] for place in every)
        return CatalogSnapshot(subject.shown, places, queued=_queue(work, shelf, unchanged))
    built = build(subject, work.settings.station, work.folder, f"{shelf.word}-{stamp(work.now)}", work.now)
    digest = built.archive.digest
    parcel = Parcel(bytes(built.archive.path), work.now, digest.size, digest.xxh128, built.archive.plain_xxh128)
    answers = store(work.ledger, due, work.hands, shelf, parcel)
    queued = _remember(work, shelf, subject, built, answers)
    done |= {name: at_place(name, answer) for name, answer in answers.items()}
    places = tuple(done[place.name] for place in every)
    return CatalogSnapshot(subject.shown, places, built.counts, digest.size, built.torn, built.notes, queued)


def _queue(work: _Work, shelf: Shelf, unchanged: Sequence[StandingSnapshot]) -> bool:
    """Send what was made before there was a bucket."""
    if not work.settings.cloud or not unchanged:
        return False
    keys = {each.name: _key(work, shelf, each.name) for each in unchanged}
    with transaction(work.ledger):
        return queue_snapshots(work.ledger, unchanged, work.settings.cloud.bucket, keys, work.now)


def _key(work: _Work, shelf: Shelf, name: str) -> str:
    """In the bucket, never used twice; "" where there is none."""
    cloud = work.settings.cloud
    return object_key(cloud.prefix, f"catalogs/{shelf.word}/{name}".encode()) if cloud else ""


def _volume(subject: Subject) -> Volume:
    folder = os.fsencode(subject.parts.databases[0][1].parent)
    return told(subject.shown, lambda: volume_of(folder, named=False))


def _remember(
    work: _Work, shelf: Shelf, subject: Subject, built: Built, answers: Mapping[str, Kept | DestinationError]
) -> bool:
    """The version, its copies and proofs, its upload, and what was let go, in one transaction. Whether it is queued."""
    stored = {name: answer for name, answer in answers.items() if isinstance(answer, Kept)}
    if not stored:
        return False
    cloud = work.settings.cloud
    key = _key(work, shelf, next(iter(stored.values())).name)
    new = NewSnapshot(
        shelf.folder, subject.shown, built.state, built.facts, built.archive.digest, built.archive.head, work.now,
        built.inode, built.mtime_ns, _copies(work, shelf, built, stored), key,
    )  # fmt: skip
    known = standing_snapshots(work.ledger, shelf.folder)
    boot = boot_id()
    with transaction(work.ledger):
        run_id = open_run(work.ledger, None, work.now, boot, _COMMAND)
        save_snapshot(work.ledger, run_id, boot, new, cloud.bucket if cloud else "", work.now)
        for name, each in stored.items():
            let_go(work.ledger, gone_from(known.get(name, ()), each, work.now), work.now, _LET_GO)
        end_run(work.ledger, run_id, work.now, interrupted=False)
    return bool(key) and any(each.method is not Method.CACHED for each in stored.values())


def _copies(work: _Work, shelf: Shelf, built: Built, stored: Mapping[str, Kept]) -> tuple[NewCopy, ...]:
    ids, xxh128 = destination_ids(work.ledger), built.archive.digest.xxh128
    return tuple(
        NewCopy(
            ids[name], join(shelf.folder, each.name.encode()), each.inode, each.mtime_ns, each.method, True, xxh128,
            each.proven_at,
        )
        for name, each in stored.items()
    )  # fmt: skip
