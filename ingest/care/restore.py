"""The way back: bring files from the nearest proven copy, prove what arrived, and only then give it its name.

Nothing that exists is replaced; a file that arrives with other bytes is thrown away and the next copy is asked.
"""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import xxhash

from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.model.copies import Digest
from ingest.model.names import base_of, join, parent_of

_CHUNK = 4 << 20
_TEMPORARY = b".safelight-restore-"
_LEFT = re.compile(re.escape(_TEMPORARY) + rb"[0-9a-f]{32}")

Sink = Callable[[bytes | memoryview], object]


class Source(Protocol):
    """A place that can give an asset's bytes back. name: for people ("nas", "b2")."""

    name: str

    def fetch(self, wanted: "Wanted", sink: Sink) -> None:
        """Feed the whole content to `sink`; OSError or SafelightError when it cannot."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to bring back. path: where it goes below the target. locations: source name -> its path or key there.

    digest: a hash that nobody knows is b""; one of the two must be known.
    """

    path: bytes
    digest: Digest
    mtime_ns: int
    locations: dict[str, bytes]


@dataclass(slots=True)
class RestoreReport:
    """files = restored + there_already + failed, always. failed: path -> why from each source."""

    restored: int = 0
    there_already: int = 0
    bytes_restored: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    kept_aside: list[bytes] = field(default_factory=list)
    failed: dict[bytes, str] = field(default_factory=dict)

    def add(self, other: "RestoreReport") -> None:
        """All of another one but what failed: the next place may have it."""
        self.restored += other.restored
        self.there_already += other.there_already
        self.bytes_restored += other.bytes_restored
        for source, count in other.by_source.items():
            self.by_source[source] = self.by_source.get(source, 0) + count
        self.kept_aside += other.kept_aside


def restore(
    wanted: Iterable[Wanted], sources: Sequence[Source], target: bytes, tick: Callable[[int], None]
) -> RestoreReport:
    """Bring every wanted file below `target` (absolute, exists), from the first source that gives the right bytes."""
    report = RestoreReport()
    root_fd = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    folders = FolderCache(root_fd)
    try:
        for item in wanted:
            try:
                _one(item, sources, folders, report)
            except OSError as error:
                report.failed[item.path] = f"the target answered: {error.strerror}"
            tick(item.digest.size)
    finally:
        folders.close()
        os.close(root_fd)
    return report


def sweep(target: bytes) -> None:
    """Remove what a killed restore left below `target` (absolute), where no other one is under way."""
    waiting = [target]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif _LEFT.fullmatch(entry.name):
                    os.unlink(entry.path)
        alive()


def _one(item: Wanted, sources: Sequence[Source], folders: FolderCache, report: RestoreReport) -> None:
    folder_fd = folders.open(parent_of(item.path), make=True)
    if _is_there(folder_fd, base_of(item.path), item.digest):
        report.there_already += 1
        return
    reasons = []
    for source in sources:
        if source.name not in item.locations:
            continue
        problem = _bring(item, source, folder_fd, report)
        if not problem:
            report.restored += 1
            report.bytes_restored += item.digest.size
            report.by_source[source.name] = report.by_source.get(source.name, 0) + 1
            return
        reasons.append(f"{source.name}: {problem}")
    report.failed[item.path] = "; ".join(reasons) or "no source holds a copy"


def _is_there(folder_fd: int, name: bytes, digest: Digest) -> bool:
    """The very content already lies there under that name: an earlier, interrupted restore."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    except OSError:
        return False
    meter = Meter()
    try:
        while data := os.read(fd, _CHUNK):
            meter.feed(data)
    finally:
        os.close(fd)
    return _is(meter.digest(), digest)


def _is(found: Digest, wanted: Digest) -> bool:
    told = ((found.xxh128, wanted.xxh128), (found.sha1, wanted.sha1))
    known = [pair for pair in told if pair[1]]
    return found.size == wanted.size and bool(known) and all(one == other for one, other in known)


class Meter:
    """Size and hashes of what passes."""

    def __init__(self) -> None:
        self.size = 0
        self._xxh, self._sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)

    def feed(self, data: bytes | memoryview) -> None:
        """The next bytes."""
        self.size += len(data)
        self._xxh.update(data)
        self._sha1.update(data)

    def digest(self) -> Digest:
        """Of all so far."""
        return Digest(self.size, self._xxh.digest(), self._sha1.digest())


def _bring(item: Wanted, source: Source, folder_fd: int, report: RestoreReport) -> str:
    """ "" when the file arrived, was proven and has its name; else why not from this source."""
    temporary = _TEMPORARY + secrets.token_hex(16).encode()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(temporary, flags, 0o644, dir_fd=folder_fd)
    try:
        meter = Meter()
        try:

            def take(data: bytes | memoryview) -> None:
                _write(fd, data)
                meter.feed(data)

            source.fetch(item, take)
            if not _is(meter.digest(), item.digest):
                return "gave other bytes than were proven at ingest"
            os.utime(fd, ns=(item.mtime_ns, item.mtime_ns))
            os.fsync(fd)
        except Exception as error:  # noqa: BLE001 - cloud libraries raise what they like; the next source is asked
            return str(error) or type(error).__name__
        finally:
            os.close(fd)
        _publish(item, temporary, folder_fd, report)
        os.fsync(folder_fd)
        return ""
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder_fd)


def _publish(item: Wanted, temporary: bytes, folder_fd: int, report: RestoreReport) -> None:
    """The wanted name, or, when another content has it, a name beside it that says what happened."""
    name = base_of(item.path)
    try:
        publish(folder_fd, temporary, folder_fd, name)
    except FileExistsError:
        beside = b"restored-" + secrets.token_hex(3).encode() + b"-" + name[-200:]
        publish(folder_fd, temporary, folder_fd, beside)
        report.kept_aside.append(join(parent_of(item.path), beside))


def _write(fd: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
