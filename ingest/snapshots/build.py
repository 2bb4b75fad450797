"""A snapshot of one catalog, made at home: read, copied whole, packed, unpacked again and opened, and only then given.

Nothing appears or changes beside the catalog. A snapshot that does not open is no snapshot.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import xxhash

from catalog_adapters.base import (
    CatalogAdapter,
    CatalogUnreadable,
    ReadOptions,
    Reason,
    UnknownCatalogKind,
    adapter_for,
)
from catalog_adapters.belongings import A_LINK, UNREADABLE, Belongings
from catalog_adapters.whole_copy import Stand, Whole, are_sound, copy_catalog, stand_of
from ingest import __version__
from ingest.care.catalog_archive import Archive, NotTheSame, Packed, member_of, pack, unpack_to_look
from ingest.config import CatalogSettings
from ingest.errors import CatalogError
from ingest.model.catalogs import CatalogFacts
from ingest.model.names import display

T = TypeVar("T")
_WAITS = (0.0, 1.0, 3.0, 9.0)  # seconds: an editor that writes all the time rests now and then
_SECONDS = 3600.0  # for each read or copy: nobody waits at the screen
_MARGIN = 64 << 20
_OFFLINE = "nothing is said about the files in it"  # of folders with pictures, for which nobody was asked here
_PASSING = (Reason.UNSTABLE, Reason.LOCKED)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a catalog's database holds; of a session without what only settings files beside its pictures know."""

    images: int
    keywords: int
    collections: int


@dataclass(frozen=True, slots=True)
class Built:
    """A snapshot that opened. facts: what it says of itself but its members. torn: files that never stood still.

    notes: what may be missing from it, for people.
    """

    archive: Archive
    facts: dict[str, object]
    counts: Counts
    state: bytes
    torn: tuple[str, ...]
    notes: tuple[str, ...]
    inode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A catalog of the settings with its adapter and its parts."""

    entry: CatalogSettings
    adapter: CatalogAdapter
    parts: Belongings

    @property
    def shown(self) -> str:
        """Its path, for people."""
        return display(os.fsencode(self.entry.path))

    def look(self) -> Stand:
        """How it stands now; raises CatalogError."""
        return told(self.shown, lambda: stand_of(self.parts))


def told(shown: str, look: Callable[[], T]) -> T:
    """What an adapter answers, or CatalogError with its reason."""
    try:
        return look()
    except (CatalogUnreadable, UnknownCatalogKind) as error:
        message, hint = getattr(error, "message", str(error)), getattr(error, "hint", "")
        raise CatalogError(message, hint=hint, path=getattr(error, "path", "") or shown) from error
    except OSError as error:
        raise CatalogError(f"No snapshot could be made: {error.strerror or error}", path=shown) from error


def subject_of(entry: CatalogSettings) -> Subject:
    """A catalog of the settings; raises CatalogError where it is not there or its adapter knows no snapshots."""
    shown = display(os.fsencode(entry.path))
    adapter = told(shown, lambda: adapter_for(entry.kind))
    if not hasattr(adapter, "belongings"):
        hint = "Ask its maker for a newer one; until then copy this catalog yourself"
        raise CatalogError(f"The adapter {entry.kind!r} cannot say what belongs to a catalog", hint=hint, path=shown)
    return Subject(entry, adapter, told(shown, lambda: adapter.belongings(entry.path)))


def state_of(stand: Stand) -> bytes:
    """What tells this state of a catalog from another, from outside. Without inodes, which some shares give anew."""
    parts = [
        (part.size, part.mtime_ns, part.head) if part else None
        for database in stand.databases
        for part in (database.main, database.wal, database.journal)
    ]
    members = [(each.name, each.is_folder, each.size, each.mtime_ns) for each in stand.listing.members]
    return xxhash.xxh3_128_digest(repr((parts, members)).encode("utf-8", "surrogateescape"))


def build(subject: Subject, station: str, folder: Path, name: str, now: float) -> Built:
    """Make a snapshot in `folder`, which is ours and empty. name: of the one folder in it. now: seconds since 1970 UTC.

    Raises:
        CatalogError: the catalog cannot be read or copied, or what was packed does not open; the folder holds rests.
    """
    return told(subject.shown, lambda: _build(subject, station, folder, name, now))


def _build(subject: Subject, station: str, folder: Path, name: str, now: float) -> Built:
    before = stand_of(subject.parts)
    _refuse_without_room(subject, before, folder)
    options = ReadOptions(scratch=folder, root_exists=lambda _: False, seconds=_SECONDS)
    facts, counts = _patiently(lambda: _read(subject.adapter, subject.entry.path, now, options))
    staged, whole = _staged(subject.parts, folder, now, options)
    told_facts = _facts(subject, station, facts, counts, whole, now)
    members = _members(subject.parts, whole, staged, now)
    try:
        archive = pack(staged, name, members, told_facts, now, folder / "snapshot.tar.gz")
    finally:
        shutil.rmtree(staged)
    found = _opened(subject, archive, name, folder, now, options)
    if before == whole.stand and not whole.torn and found != counts:  # one that changed in between needs only to open
        raise _does_not_open(subject, f"it holds {found}, the catalog {counts}")
    state = b"" if whole.torn else state_of(whole.stand)
    main = whole.stand.databases[0].main
    return Built(archive, told_facts, found, state, whole.torn, _notes(whole), main.inode, main.mtime_ns)


def _notes(whole: Whole) -> tuple[str, ...]:
    """Of what may belong to the catalog and could not be taken."""
    return tuple(
        f"{each.first} is not in it: {each.why}" + f", and {each.entries - 1:,} more" * (each.entries > 1)
        for each in whole.stand.listing.left_out
        if each.why in (A_LINK, UNREADABLE)
    )


def _read(
    adapter: CatalogAdapter, path: Path, now: float, options: ReadOptions, *, is_ours: bool = False
) -> tuple[CatalogFacts, Counts]:
    """What a catalog says of itself, without its pictures, and how much it holds. is_ours: a copy, which no editor has.

    Of a session the database alone: a picture that only its settings file knows is seen where the picture lies.
    """
    facts = adapter.read(path, now=now, editor_alive=(lambda _: False) if is_ours else None, options=options)
    images = sum(not image.key.startswith("settings ") for image in facts.images)
    counts = Counts(images, len(facts.keywords), len(facts.collections))
    return replace(facts, images=(), keywords=(), collections=(), roots=()), counts


def _refuse_without_room(subject: Subject, stand: Stand, folder: Path) -> None:
    """Twice the catalog: the copy beside the archive, then the archive beside what is unpacked of it."""
    needed, free = 2 * stand.size + _MARGIN, shutil.disk_usage(folder).free
    if free < needed:
        raise CatalogError(
            f"There is no room to make a snapshot: it takes {needed >> 20:,} MiB, {display(bytes(folder.parent))} has"
            f" {free >> 20:,} MiB free",
            hint="Make room, or set SAFELIGHT_HOME to a larger local disk",
            path=subject.shown,
        )


def _patiently(look: Callable[[], T]) -> T:
    """What `look` gives when the catalog is at rest for a moment; else the last reason why not."""
    last: CatalogUnreadable | None = None
    for wait in _WAITS:
        time.sleep(wait)
        try:
            return look()
        except CatalogUnreadable as error:
            if error.reason not in _PASSING:
                raise
            last = error
    assert last is not None  # there is a try at least
    raise last


def _staged(parts: Belongings, folder: Path, now: float, options: ReadOptions) -> tuple[Path, Whole]:
    """A folder with the copy of the catalog as it will lie in the archive, and what was copied."""
    staged = folder / "staged"

    def copy() -> Whole:
        shutil.rmtree(staged, ignore_errors=True)
        (staged / parts.under).mkdir(mode=0o700, parents=True)
        return copy_catalog(parts, staged / parts.under, now=now, options=options)

    return staged, _patiently(copy)


def _members(parts: Belongings, whole: Whole, staged: Path, now: float) -> list[Packed]:
    """The databases, then the rest by name, each as it lies in the archive."""
    under = f"{parts.under}/" if parts.under else ""
    named = [
        (name, signature.main.mtime_ns)
        for (name, _), signature in zip(parts.databases, whole.stand.databases, strict=True)
    ]
    at = int(now * 1e9)  # a folder's own time is not looked at
    named += [(each.name, at if each.is_folder else each.mtime_ns) for each in whole.stand.listing.members]
    return [member_of(under + name, staged / (under + name), mtime_ns) for name, mtime_ns in named]


def _facts(
    subject: Subject, station: str, facts: CatalogFacts, counts: Counts, whole: Whole, now: float
) -> dict[str, object]:
    seen = facts.observation
    under = f"{subject.parts.under}/" if subject.parts.under else ""
    return {
        "schema": 1,
        "what": f"A snapshot of an editor's catalog, made by Safelight {__version__}. Unpack all of it with any tar,"
        " and open the document in its editor; the photographs are not in it.",
        "kind": facts.kind,
        "catalog": subject.shown,
        "document": under + subject.parts.databases[0][0],
        "editor": facts.version,
        "identity": facts.identity,
        "station": station,
        "taken": _instant(now),
        "as_of": _instant(seen.as_of),
        "state": "quiet" if seen.route == "in place" else "live",
        "settled": seen.settled,
        "counts": asdict(counts),
        "notes": [*(note for note in seen.warnings if not note.endswith(_OFFLINE)), *_notes(whole)],
        "torn": list(whole.torn),
        "left_out": [
            {"why": each.why, "entries": each.entries, "first": each.first} for each in whole.stand.listing.left_out
        ],
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _opened(subject: Subject, archive: Archive, name: str, folder: Path, now: float, options: ReadOptions) -> Counts:
    """What a snapshot holds, by opening what was unpacked from the finished archive."""
    opened, parts = folder / "opened", subject.parts
    try:
        unpack_to_look(archive, name, opened)
        databases = [opened / parts.under / database for database, _ in parts.databases]
        if not are_sound(databases, _SECONDS):
            raise NotTheSame("the check of its pages failed")
        return _read(subject.adapter, databases[0], now, options, is_ours=True)[1]
    except (NotTheSame, CatalogUnreadable) as error:
        why = getattr(error, "message", str(error))
        raise _does_not_open(subject, why) from error
    finally:
        shutil.rmtree(opened, ignore_errors=True)


def _does_not_open(subject: Subject, why: str) -> CatalogError:
    return CatalogError(
        f"The snapshot that was made does not open: {why}",
        hint="Nothing older was removed. Run the same command again, and look at the health of this computer's disk",
        path=subject.shown,
    )
