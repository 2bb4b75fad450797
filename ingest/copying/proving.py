"""The prover of one destination: reads each durable temporary file back around the cache, then gives it its name.

It works on batch N while the writer writes batch N+1; a batch whose names are not known yet waits for them proven.
"""

import contextlib
import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable

import xxhash

from ingest.copying.destination import OpenDestination
from ingest.copying.held import FILES, PROVEN, PROVING, Counters, HeldBatch, HeldFile
from ingest.copying.jobs import CopyResult, Failure
from ingest.copying.pace import Pace
from ingest.copying.parcels import Done, Names, Proved, Sha1, Sha1Taken
from ingest.copying.writing import Say, failure_of
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.disk.readback import Buffer, ReadBack, read_around_cache
from ingest.errors import DestinationMissing
from ingest.model.names import base_of, join, parent_of, stem_of

_NAMES_TRIED = 99
Sinks = tuple[Callable[[memoryview], object], ...]


def read_back(place: OpenDestination, folder_fd: int, name: bytes, buffer: Buffer, sinks: Sinks) -> ReadBack:
    """Read one file of a destination around the cache, by the strongest method its file system can claim."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        return read_around_cache(fd, sinks, buffer, place.rules.proof_ceiling)
    finally:
        os.close(fd)


class Prover(threading.Thread):
    """Proves and publishes one destination's batches.

    work: HeldBatch behind its barrier, Names, Sha1, or None after the writer's end. Every batch is answered once.
    """

    def __init__(
        self,
        place: OpenDestination,
        counters: Counters,
        work: "queue.SimpleQueue[object]",
        say: Say,
        pace: Pace,
    ) -> None:
        super().__init__(name=f"prove {place.name}", daemon=True)
        self.place = place
        self._counters = counters
        self._work = work
        self._say = say
        self._pace = pace if place.place.limit else None
        self._buffer = Buffer()
        self._folders = FolderCache(place.root_fd)
        self._touched: dict[bytes, list[HeldFile]] = {}
        self._durable_folders: set[bytes] = set()
        self._names: dict[int, dict[int, bytes]] = {}
        self._nameless: dict[int, HeldBatch] = {}

    def run(self) -> None:
        """Take batches until the writer ends; each is reported exactly once, whatever happens to it."""
        try:
            while (item := self._work.get()) is not None:
                self._counters.add(PROVING, 1)
                match item:
                    case HeldBatch():
                        self._on_batch(item)
                    case Names():
                        self._names[item.batch] = item.paths
                        if item.batch in self._nameless:
                            self._finish(self._nameless.pop(item.batch))
                    case Sha1():
                        self._on_sha1(item)
            for batch in self._nameless.values():  # stopped before the plan was made
                for file in batch.durable:
                    self._unlink(file.name)
        finally:
            self._folders.close()
            self._buffer.close()

    # -- a batch ----------------------------------------------------------------------------------------------------
    def _on_batch(self, batch: HeldBatch) -> None:
        self._guarded(batch, self._prove_all)
        self._say(Proved(batch.number))
        if batch.number in self._names:
            self._finish(batch)
        else:
            self._nameless[batch.number] = batch

    def _finish(self, batch: HeldBatch) -> None:
        batch.paths = self._names.pop(batch.number)
        self._guarded(batch, self._publish_all)
        self._say(Done(batch.number, tuple(self._answers(batch))))

    def _guarded(self, batch: HeldBatch, step: Callable[[HeldBatch], None]) -> None:
        try:
            step(batch)
        except Exception as error:  # noqa: BLE001 - an unknown error must become "not proven", not a dead thread
            for file in batch.durable:
                self._lose(file, Failure.WRITE, f"{type(error).__name__}: {error}")

    def _prove_all(self, batch: HeldBatch) -> None:
        if not batch.durable or not self._is_itself(batch):
            return
        for file in batch.durable:
            try:
                self._prove(file)
            except OSError as error:
                self._lose(file, failure_of(error), error.strerror or str(error))

    def _publish_all(self, batch: HeldBatch) -> None:
        proven = [file for file in batch.durable if file.result and file.result.failure is None]
        if not proven or not self._is_itself(batch):
            return
        for file in proven:
            path = (batch.paths or {}).get(file.ordered.number)
            if path is None:  # the plan leaves it out after all
                self._lose(file, Failure.NAME, "it has no place in the plan")
                continue
            try:
                self._publish(file, path)
            except OSError as error:
                self._lose(file, failure_of(error), error.strerror or str(error), path)
        self._make_names_durable()

    def _is_itself(self, batch: HeldBatch) -> bool:
        try:
            self.place.check_identity()
        except DestinationMissing as error:
            for file in batch.durable:
                file.result = CopyResult(b"", Failure.GONE, error.message)
            return False
        return True

    def _answers(self, batch: HeldBatch) -> Iterable[tuple[int, CopyResult, bytes]]:
        """A file that nobody answered for is a failure: silence must never look like a copy."""
        for number, file in batch.files.items():
            result = file.result or CopyResult(b"", Failure.WRITE, "no answer")
            if not result.path:
                if result.failure is None:
                    result = CopyResult(b"", Failure.WRITE, "it got no name")
                result = result._replace(path=(batch.paths or {}).get(number, b""))
            yield number, result, file.sha1 if result.failure is None else b""

    # -- one file ---------------------------------------------------------------------------------------------------
    def _prove(self, file: HeldFile) -> None:
        content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        wants_sha1 = file.ordered.wants_sha1
        sinks = self._paced(content.update, sha1.update) if wants_sha1 else self._paced(content.update)
        back = read_back(self.place, self.place.incoming_fd, file.name, self._buffer, sinks)
        digest = content.digest()
        if back.size != file.ordered.size or digest != file.xxh128:
            self._unlink(file.name)
            file.result = CopyResult(b"", Failure.MISMATCH, f"by {back.method}", xxh128=digest)
            return
        if wants_sha1:
            file.sha1 = sha1.digest()
        self._counters.add(PROVEN, back.size)
        self._counters.add(FILES, 1)
        file.result = CopyResult(b"", None, "", back.method, digest, back.inode, back.mtime_ns, time.time())

    def _paced(self, *sinks: Callable[[memoryview], object]) -> Sinks:
        """A large file takes long, a limited destination longer: each piece is waited for, and is a sign of life."""
        return (*sinks, self._let_pass)

    def _let_pass(self, piece: memoryview) -> None:
        self._counters.add(PROVING, 1)
        if self._pace:
            self._pace.wait(len(piece), PROVING)

    def _publish(self, file: HeldFile, path: bytes) -> None:
        """Give the file its name; one that is taken by the same bytes counts, by other bytes is left alone."""
        folder, wanted = parent_of(path), base_of(path)
        folder_fd = self._folders.open(folder, make=True)
        for name in names_beside(wanted):
            try:
                publish(self.place.incoming_fd, file.name, folder_fd, name)
            except FileExistsError:
                theirs = self._same_content(folder_fd, name, file)
                if theirs is None:
                    continue
                self._unlink(file.name)
                file.result = CopyResult(
                    join(folder, name), None, "", theirs.method, file.xxh128, theirs.inode, theirs.mtime_ns,
                    time.time(), existed=True,
                )  # fmt: skip
                self._touched.setdefault(folder, []).append(file)  # whoever gave that name may not have flushed it
                return
            if file.result:
                file.result = file.result._replace(path=join(folder, name))
            self._touched.setdefault(folder, []).append(file)
            return
        self._lose(file, Failure.NAME, f"{_NAMES_TRIED} names are taken by other files", path)

    def _same_content(self, folder_fd: int, name: bytes, file: HeldFile) -> ReadBack | None:
        """Sameness with a file that somebody else wrote needs the SHA-1 too: xxh128 can be forged."""
        theirs, their_sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        our_sha1 = hashlib.sha1(usedforsecurity=False)
        try:
            back = read_back(self.place, folder_fd, name, self._buffer, self._paced(theirs.update, their_sha1.update))
        except OSError:  # a link, a folder, an unreadable file: not ours, so another name
            return None
        if back.size != file.ordered.size or theirs.digest() != file.xxh128:
            return None
        read_back(self.place, self.place.incoming_fd, file.name, self._buffer, self._paced(our_sha1.update))
        return back if our_sha1.digest() == their_sha1.digest() else None

    def _make_names_durable(self) -> None:
        """What makes a name survive a power cut differs: the folder, the *file* again on SMB, or both."""
        touched, self._touched = self._touched, {}
        for folder, files in touched.items():
            try:
                folder_fd = self._folders.open(folder)
                if self.place.rules.sync_file_after_rename:
                    for file in files:
                        _sync_writable(folder_fd, base_of(file.result.path if file.result else b""))
                if self.place.rules.sync_folder:
                    os.fsync(folder_fd)
                    self._make_folders_durable(parent_of(folder))
            except OSError as error:
                for file in files:
                    self._unname(file)
                    path = file.result.path if file.result else b""
                    file.result = CopyResult(path, Failure.FLUSH, error.strerror or str(error))
        if self.place.rules.sync_staging:
            with contextlib.suppress(OSError):  # only saves a second name after a cut; the sweep finds it too
                os.fsync(self.place.incoming_fd)

    def _make_folders_durable(self, folder: bytes) -> None:
        """This folder and those above it, once: a killed session may have made one and not flushed its name."""
        while folder not in self._durable_folders:
            os.fsync(self._folders.open(folder))
            self._durable_folders.add(folder)
            folder = parent_of(folder)

    def _unname(self, file: HeldFile) -> None:
        """Take back a name that could not be made durable: a flush is not asked twice, the next try names it anew."""
        result = file.result
        if result is None or result.existed:
            return
        with contextlib.suppress(OSError):  # it is not counted, whether it stays or not
            folder_fd, name = self._folders.open(parent_of(result.path)), base_of(result.path)
            if os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_ino == result.inode:
                os.unlink(name, dir_fd=folder_fd)

    def _lose(self, file: HeldFile, failure: Failure, detail: str, path: bytes = b"") -> None:
        self._unlink(file.name)
        file.result = CopyResult(path, failure, detail)

    def _unlink(self, temporary: bytes) -> None:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=self.place.incoming_fd)

    # -- the SHA-1 that another destination failed to take ------------------------------------------------------------
    def _on_sha1(self, asked: Sha1) -> None:
        result, sha1 = self._sha1_of(asked.result, asked.size)
        self._say(Sha1Taken(asked.batch, asked.number, result, sha1))

    def _sha1_of(self, result: CopyResult, size: int) -> tuple[CopyResult, bytes]:
        """Read a published copy back once more; one that is no longer as it was proven is a failure."""
        content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        try:
            folder_fd = self._folders.open(parent_of(result.path))
            sinks = self._paced(content.update, sha1.update)
            back = read_back(self.place, folder_fd, base_of(result.path), self._buffer, sinks)
        except OSError as error:
            return CopyResult(result.path, failure_of(error), error.strerror or str(error)), b""
        if back.size != size or content.digest() != result.xxh128:
            return CopyResult(result.path, Failure.MISMATCH, f"by {back.method}", xxh128=content.digest()), b""
        return result, sha1.digest()


def _sync_writable(folder_fd: int, name: bytes) -> None:
    """On SMB an fsync through a read-only descriptor returns success and does nothing (measured)."""
    fd = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def names_beside(wanted: bytes) -> Iterable[bytes]:
    """The wanted name, then `NAME-2.EXT`, `NAME-3.EXT`: never another file's name."""
    yield wanted
    stem = stem_of(wanted)
    extension = wanted[len(stem) :]
    for number in range(2, _NAMES_TRIED + 1):
        suffix = b"-%d" % number
        yield stem[: 255 - len(suffix) - len(extension)] + suffix + extension
