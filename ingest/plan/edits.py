"""Which files of a shoot's folder are edits: what editors wrote beside the pictures, and why the others are not."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from ingest.model.cards import EntryKind
from ingest.model.names import base_of, collision_key
from ingest.plan.ignore import ignored_by

JUST_WRITTEN = 2_000_000_000  # ns; what changed so lately may be changing still


class Entry(NamedTuple):
    """An entry of a shoot's folder. path: below the destination's root. mtime_ns since 1970 UTC."""

    path: bytes
    size: int
    mtime_ns: int
    inode: int
    kind: EntryKind = EntryKind.FILE
    problem: str = ""


class Reason(StrEnum):
    """Why an entry is no edit. Those of `TOLD` are told by name, the others counted."""

    OURS = "our own copies"
    PRIVATE = "Safelight's own folder"
    HISTORY = "manifests"
    RULE = "left out by the settings"
    TEMPORARY = "temporary and lock files"
    CACHE = "caches that the editor makes anew"
    ALTERED = "a photograph that is not as it was copied"
    LINK = "a link, which is not followed"
    SPECIAL = "no regular file"
    UNLISTED = "it cannot be read"


TOLD = (Reason.ALTERED, Reason.LINK, Reason.SPECIAL, Reason.UNLISTED)
_FOLDERS = {".safelight": Reason.PRIVATE, "ascmhl": Reason.HISTORY}
_KINDS = {EntryKind.SYMLINK: Reason.LINK, EntryKind.SPECIAL: Reason.SPECIAL, EntryKind.UNLISTABLE: Reason.UNLISTED}
_TEMPORARY = re.compile(
    r".*~|~\$.*|\.~.*|\.#.*|#.*#|\.safelight-.*|\.nfs[0-9a-f]+|\.fuse_hidden.*|\.smbdelete.*|_ps[0-9a-f]+\.tmp"
    r"|.*\.(?:tmp|temp|part|partial|crdownload|lock|lck|swp|swo|lrtemp)|.*_exiftool_tmp|.*-(?:wal|shm|journal)",
    re.DOTALL,
)


@dataclass(slots=True)
class Sorted:
    """The entries of a shoot's folder; each is in exactly one of these.

    new: never seen; changed: not as it was last read; same: as it was; waiting: being written, for the next time.
    """

    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    same: list[Entry] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    left: dict[Reason, list[Entry]] = field(default_factory=dict)


def sort_entries(
    entries: Iterable[Entry],
    watched: Mapping[bytes, tuple[int, int, int]],
    rules: Sequence[str],
    now_ns: int,
    ours: Callable[[Entry], bool | None],
) -> Sorted:
    """What is to be read of a folder.

    Args:
        entries: everything in it, at any depth.
        watched: path -> (size, mtime_ns, inode) of files as they were last read.
        rules: the settings' ignored names.
        now_ns: nanoseconds since 1970 UTC.
        ours: whether an entry has the name of a copy of ours (None for no), and still looks like it.
    """
    found = Sorted()
    for entry in entries:
        reason = left_out(entry, rules, ours)
        if reason is not None:
            found.left.setdefault(reason, []).append(entry)
        elif watched.get(entry.path) == (entry.size, entry.mtime_ns, entry.inode):
            found.same.append(entry)
        elif abs(now_ns - entry.mtime_ns) < JUST_WRITTEN:
            found.waiting.append(entry)
        elif entry.path in watched:
            found.changed.append(entry)
        else:
            found.new.append(entry)
    return found


def left_out(entry: Entry, rules: Sequence[str], ours: Callable[[Entry], bool | None]) -> Reason | None:
    """Why an entry is no edit, None for one that is."""
    own = ours(entry)
    if own is not None:
        return Reason.OURS if own else Reason.ALTERED
    return (
        folder_left_out(entry.path)
        or (Reason.RULE if ignored_by(entry.path, rules) else None)
        or (Reason.TEMPORARY if _TEMPORARY.fullmatch(collision_key(base_of(entry.path))) else None)
        or _KINDS.get(entry.kind)
    )


def folder_left_out(path: bytes) -> Reason | None:
    """Why nothing that lies in a folder of this path is an edit; also said of what lies there."""
    parts = collision_key(path).split("/")
    for name, reason in _FOLDERS.items():
        if name in parts:
            return reason
    return Reason.CACHE if ("captureone", "cache") in pairwise(parts) else None
