"""What belongs to a catalog and cannot be made again: its databases, and what its editor keeps beside them.

Each adapter gives a rule; this walks the folder by it. Every entry that it sees is taken, looked into or left out for a
reason that can be said. No file is opened here and no link followed.
"""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, Reason
from catalog_adapters.signature import JOURNAL, WAL, unreadable

_MOST = 1_000_000  # entries that are looked at; more is no catalog's folder
PART_OF_THE_DATABASE = "part of the database, which is read with it"
NOT_THE_CATALOGS = "not of this catalog"
A_LINK = "a link: what it leads to lies elsewhere"
UNREADABLE = "a folder that this program may not look into"
_SPECIAL = "neither a file nor a folder"
_COMPANIONS = ("", WAL, JOURNAL, "-shm")


class Share(Enum):
    """What becomes of an entry. LOOK: a folder of which each entry is asked about."""

    TAKE = "take"
    LOOK = "look"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of an entry and, for one that is left out, why: in words for people."""

    share: Share
    why: str = ""


TAKE, LOOK = Ruling(Share.TAKE), Ruling(Share.LOOK)
Rule = Callable[[tuple[str, ...], bool], Ruling]


def leave(why: str) -> Ruling:
    """The ruling of what is left out."""
    return Ruling(Share.LEAVE, why)


@dataclass(frozen=True, slots=True)
class Belongings:
    """A catalog's parts. databases: (name in the snapshot, the real file); the first is what the document is called by.

    folder: below which the rest is looked for. rule: asked with the names from there on, and whether it is a folder;
    what lies in a folder that is taken is taken with it. under: the folder that all of it lies in in the snapshot, ""
    for none.
    """

    databases: tuple[tuple[str, Path], ...]
    folder: Path
    rule: Rule
    under: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A file or folder beside the databases. name: from `Belongings.folder` on, `/` between its parts."""

    name: str
    path: str
    is_folder: bool
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Entries that are left out for one reason. first: the name of one of them."""

    why: str
    entries: int
    first: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies beside the databases: members in the order of their names, and what is left out."""

    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def size(self) -> int:
        """Bytes of all members together."""
        return sum(member.size for member in self.members)


def is_companion(name: str, document: str) -> bool:
    """Whether a name is that of the document's own database, its -wal, -shm or -journal."""
    return any(name == document + suffix for suffix in _COMPANIONS)


def members_of(belongings: Belongings) -> Listing:
    """What lies there now.

    Raises:
        CatalogUnreadable: a folder that belongs to the catalog cannot be listed, or there are more entries than beside
            any catalog.
    """
    members: list[Member] = []
    reasons: Counter[str] = Counter()
    first: dict[str, str] = {}
    for number, (name, entry, ruling) in enumerate(_walk(belongings)):
        if ruling.share is Share.LEAVE or entry is None:
            reasons[ruling.why] += 1
            first[ruling.why] = min(name, first.get(ruling.why, name))
        elif ruling.share is Share.TAKE:
            members.append(_member(name, entry))
        if number >= _MOST:
            raise _too_many(belongings)
    left_out = tuple(LeftOut(why, count, first[why]) for why, count in sorted(reasons.items()))
    return Listing(tuple(sorted(members, key=lambda member: member.name.split("/"))), left_out)


def _too_many(belongings: Belongings) -> CatalogUnreadable:
    return CatalogUnreadable(
        f"More than {_MOST:,} files and folders lie beside this catalog",
        hint="Check the path in the settings, or give the catalog a folder of its own",
        path=str(belongings.folder),
        reason=Reason.TOO_BIG,
    )


def _walk(belongings: Belongings) -> Iterator[tuple[str, os.DirEntry[str] | None, Ruling]]:
    """Every entry with its ruling; without one of its own, a folder that could not be looked into."""
    waiting: list[tuple[tuple[str, ...], str, bool]] = [((), str(belongings.folder), False)]
    while waiting:
        parts, folder, is_taken = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError as error:
            if (is_taken and not isinstance(error, FileNotFoundError)) or not parts:
                raise unreadable(Path(folder), error) from error
            if not isinstance(error, FileNotFoundError):  # else it went meanwhile, and the next listing tells so
                yield "/".join(parts), None, leave(UNREADABLE)
            continue
        for entry in found:
            names = (*parts, entry.name)
            is_folder = entry.is_dir(follow_symlinks=False)
            ruling = _ruled(belongings.rule, names, entry, is_folder, is_taken)
            yield "/".join(names), entry, ruling
            if is_folder and ruling.share is not Share.LEAVE:
                waiting.append((names, entry.path, ruling.share is Share.TAKE))


def _ruled(rule: Rule, names: tuple[str, ...], entry: os.DirEntry[str], is_folder: bool, is_taken: bool) -> Ruling:
    ruling = TAKE if is_taken else rule(names, is_folder)
    if ruling.share is Share.LEAVE or is_folder:
        return ruling
    if ruling.share is Share.LOOK:
        return leave(NOT_THE_CATALOGS)
    if entry.is_symlink():
        return leave(A_LINK)
    return TAKE if entry.is_file(follow_symlinks=False) else leave(_SPECIAL)


def _member(name: str, entry: os.DirEntry[str]) -> Member:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # it went meanwhile, and the next listing tells so
        return Member(name, entry.path, False, 0, 0, 0)
    except OSError as error:
        raise unreadable(Path(entry.path), error) from error
    if stat.S_ISDIR(status.st_mode):
        return Member(name, entry.path, True, 0, 0, status.st_ino)
    return Member(name, entry.path, False, status.st_size, status.st_mtime_ns, status.st_ino)
