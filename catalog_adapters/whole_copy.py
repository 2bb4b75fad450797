"""A catalog with all that belongs to it, copied to a folder of ours: the databases whole, the rest as it stood still.

A database is never torn: it is copied by `sqlite_snapshot.copy_to` or not at all. A file beside it has no such rules:
it is read twice, and one that does not stand still is said to be torn.
"""

import contextlib
import errno
import filecmp
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog_adapters.base import ReadOptions
from catalog_adapters.belongings import Belongings, Listing, Member, members_of
from catalog_adapters.pair import copy_pair
from catalog_adapters.private_copy import copy_file, no_room
from catalog_adapters.signature import Signature, signature_of, unreadable
from catalog_adapters.sqlite_open import Deadline, recovers

_PAUSES = (0.0, 0.3, 1.0)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Stand:
    """A catalog from outside: what tells that nothing of it changed since."""

    databases: tuple[Signature, ...]
    listing: Listing

    @property
    def size(self) -> int:
        """Bytes of all that belongs to it."""
        return sum(database.size for database in self.databases) + self.listing.size


@dataclass(frozen=True, slots=True)
class Whole:
    """What was copied. stand: what it was copied from. torn: names of members that kept changing."""

    stand: Stand
    torn: tuple[str, ...]


def stand_of(belongings: Belongings) -> Stand:
    """How a catalog stands now; raises `CatalogUnreadable` where it cannot be looked at."""
    databases = tuple(signature_of(database) for _, database in belongings.databases)
    return Stand(databases, members_of(belongings))


def copy_catalog(belongings: Belongings, target: Path, *, now: float, options: ReadOptions) -> Whole:
    """Copy databases and members below the folder `target`, which is empty, by their names in the snapshot.

    now: seconds since 1970 UTC. options: its scratch folder lies on the file system of `target`.

    Raises:
        CatalogUnreadable: a database as for `copy_to`, a member that cannot be read, or no room.
    """
    files = [(database, target / name) for name, database in belongings.databases]
    databases = tuple(signature for _, signature in copy_pair(files, now=now, options=options))
    listing, torn = _copy_members(belongings, target)
    return Whole(Stand(databases, listing), torn)


def are_sound(databases: Iterable[Path], seconds: float) -> bool:
    """Whether SQLite finds no damage in copies that are ours."""
    deadline = Deadline(seconds)
    return all(recovers(database, deadline) for database in databases)


def _copy_members(belongings: Belongings, target: Path) -> tuple[Listing, tuple[str, ...]]:
    """Copy what lies beside, again what changed meanwhile; gives what was copied last and what was never still."""
    copied: dict[str, Member] = {}
    torn: tuple[str, ...] = ()
    listing = members_of(belongings)
    for pause in _PAUSES:
        time.sleep(pause)
        for name in [name for name in copied if name in torn]:
            _remove(target, copied.pop(name))
        for member in listing.members:
            if member.name not in copied and _copied(member, target):
                copied[member.name] = member
        after = members_of(belongings)
        torn = tuple(sorted({*_differing(listing, after), *_unlike(copied.values(), target)}))
        if not torn:
            break
        listing = after
    for name in copied.keys() - {member.name for member in listing.members}:
        _remove(target, copied.pop(name))
    members = tuple(copied[member.name] for member in listing.members if member.name in copied)
    return Listing(members, listing.left_out), torn


def _copied(member: Member, target: Path) -> bool:
    """Copy one member; False when it went meanwhile."""
    place = target / member.name
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if member.is_folder:
            place.mkdir(mode=0o700, exist_ok=True)
        else:
            copy_file(member.path, str(place))
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in _FULL:
            raise no_room(Path(member.path), "the folder for it is full") from error
        raise unreadable(Path(member.path), error) from error
    return True


def _remove(target: Path, member: Member) -> None:
    place = target / member.name
    if member.is_folder:
        shutil.rmtree(place, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(place)


def _differing(before: Listing, after: Listing) -> set[str]:
    """Names that came, went or look different."""
    return {member.name for member in {*before.members} ^ {*after.members}}


def _unlike(copied: Iterable[Member], target: Path) -> set[str]:
    """Names of files whose second read gives other bytes than were copied: not every system keeps times finely."""
    return {member.name for member in copied if not member.is_folder and not _same(member, target)}


def _same(member: Member, target: Path) -> bool:
    filecmp.clear_cache()  # it would believe what it compared before, by sizes and times
    try:
        return filecmp.cmp(member.path, target / member.name, shallow=False)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unreadable(Path(member.path), error) from error
