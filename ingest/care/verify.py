"""Read copies again around the cache and compare them with what they must be; the oldest proof first."""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import xxhash

from ingest.copying.destination import OpenDestination
from ingest.copying.proving import read_back
from ingest.disk.folders import FolderCache
from ingest.disk.readback import Buffer
from ingest.gate.alarm import is_alarming
from ingest.ledger.copies import NewCopy, prove, set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import KnownCopy
from ingest.ledger.upload_switch import hold
from ingest.model.copies import Method
from ingest.model.names import base_of, parent_of


@dataclass(slots=True)
class VerifyReport:
    """What one verify found at one destination. Copies: ok + differs + gone + unread + unproven = looked at.

    alarmed: so many had other bytes that it stopped there.
    """

    destination: str
    looked_at: int = 0
    bytes_read: int = 0
    ok: int = 0
    unproven: int = 0
    differs: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    unread: list[tuple[bytes, str]] = field(default_factory=list)
    alarmed: bool = False

    @property
    def good(self) -> bool:
        """Something was looked at, and all of it was right."""
        return self.ok > 0 and not (self.differs or self.gone or self.unread or self.unproven)


def verify(
    connection: sqlite3.Connection,
    place: OpenDestination,
    destination_id: int,
    copies: Sequence[tuple[KnownCopy, bytes]],
    *,
    boot_id: str,
    tick: Callable[[int], None],
    to_the_end: bool = False,
    bucket: str = "",
) -> VerifyReport:
    """Re-prove `copies` (with their assets' xxh128) at one destination; every answer becomes an append-only proof.

    A file that is gone becomes lost, one with other bytes suspect; nothing is repaired, deleted or overwritten here.
    It stops where too many have other bytes, unless it shall go on `to_the_end`; the uploads to `bucket` are held then.
    """
    report = VerifyReport(place.name)
    folders, buffer = FolderCache(place.root_fd), Buffer()
    try:
        for copy, wanted in copies:
            seen = _look(place, folders, buffer, copy, report)
            report.looked_at += 1
            tick(copy.size)
            if seen is not None:
                _settle(connection, report, copy, wanted, destination_id, boot_id, seen)
            elif copy.path in report.gone[-1:]:
                with transaction(connection):
                    set_copy_state(connection, copy.id, "lost")
            report.alarmed = is_alarming(report.looked_at, len(report.differs))
            if report.alarmed and not to_the_end:
                break
    finally:
        folders.close()
    if report.alarmed and bucket:
        with transaction(connection):
            hold(
                connection,
                bucket,
                f"held: very many files on {place.name} have other bytes than were proven",
                time.time(),
            )
    return report


def _look(
    place: OpenDestination, folders: FolderCache, buffer: Buffer, copy: KnownCopy, report: VerifyReport
) -> NewCopy | None:
    content = xxhash.xxh3_128()
    try:
        folder_fd = folders.open(parent_of(copy.path))
        back = read_back(place, folder_fd, base_of(copy.path), buffer, (content.update,))
    except FileNotFoundError:
        report.gone.append(copy.path)
        return None
    except OSError as error:
        report.unread.append((copy.path, error.strerror or os.strerror(error.errno or 0)))
        return None
    report.bytes_read += back.size
    matched = back.size == copy.size
    return NewCopy(0, copy.path, back.inode, back.mtime_ns, back.method, matched, content.digest(), time.time())


def _settle(
    connection: sqlite3.Connection,
    report: VerifyReport,
    copy: KnownCopy,
    wanted: bytes,
    destination_id: int,
    boot_id: str,
    seen: NewCopy,
) -> None:
    matched = seen.matched and seen.xxh128 == wanted
    answer = NewCopy(destination_id, copy.path, seen.inode, seen.mtime_ns, seen.method, matched, seen.xxh128, seen.at)
    with transaction(connection):
        prove(connection, copy.id, None, boot_id, answer)
    if not matched:
        report.differs.append(copy.path)
    elif seen.method is Method.CACHED:
        report.unproven += 1
    else:
        report.ok += 1
