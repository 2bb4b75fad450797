"""The prover of one destination: reads each durable temporary file back around the cache, then gives it its name.

It works on batch N while the writer writes batch N+1.
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
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.jobs import CopyResult, Failure
from ingest.copying.lane import failure_of
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.disk.readback import Buffer, ReadBack, read_around_cache
from ingest.errors import DestinationMissing
from ingest.model.names import base_of, join, parent_of, stem_of

_NAMES_TRIED = 99


def read_back(
    place: OpenDestination,
    folder_fd: int,
    name: bytes,
    buffer: Buffer,
    sinks: tuple[Callable[[memoryview], object], ...],
) -> ReadBack:
    """Read one file of a destination around the cache, by the strongest method its file system can claim."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        return read_around_cache(fd, sinks, buffer, place.rules.proof_ceiling)
    finally:
        os.close(fd)


class Prover(threading.Thread):
    """Proves and publishes one destination's batches. `proven` counts bytes that came back equal."""

    def __init__(
        self,
        place: OpenDestination,
        flushed: "queue.SimpleQueue[tuple[Batch, list[FileInFlight]] | None]",
        done: "queue.SimpleQueue[Batch]",
    ) -> None:
        super().__init__(name=f"prove {place.name}", daemon=True)
        self.place = place
        self.proven = 0
        self.files = 0
        self._flushed = flushed
        self._done = done
        self._buffer = Buffer()
        self._folders = FolderCache(place.root_fd)
        self._touched: dict[bytes, list[FileInFlight]] = {}

    def run(self) -> None:
        """Take batches until the writer ends; each is reported exactly once, whatever happens to it."""
        try:
            while (item := self._flushed.get()) is not None:
                batch, files = item
                try:
                    self._handle(files)
                except Exception as error:  # noqa: BLE001 - an unknown error must become "not proven", not a dead thread
                    self._fail_all(files, Failure.WRITE, f"{type(error).__name__}: {error}")
                self._answer_for_all(batch)
                if batch.lane_done():
                    self._done.put(batch)
        finally:
            self._folders.close()
            self._buffer.close()

    def _handle(self, files: list[FileInFlight]) -> None:
        if not files:
            return
        try:
            self.place.check_identity()
        except DestinationMissing as error:
            self._fail_all(files, Failure.GONE, error.message)
            return
        for file in files:
            self._one(file)
        self._make_names_durable()

    def _one(self, file: FileInFlight) -> None:
        temporary = file.temporary[self.place.name]
        try:
            result = self._prove(file, temporary)
            if result.failure is None:
                result = self._publish(file, temporary, result)
            if result.failure is not None or result.existed:
                self._unlink(temporary)
        except OSError as error:
            self._unlink(temporary)
            result = CopyResult(file.job.path, failure_of(error), error.strerror or str(error))
        file.results[self.place.name] = result

    def _prove(self, file: FileInFlight, name: bytes) -> CopyResult:
        wants_sha1 = file.claim_sha1()
        content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        sinks = (content.update, sha1.update) if wants_sha1 else (content.update,)
        back = read_back(self.place, self.place.incoming_fd, name, self._buffer, sinks)
        if back.size != file.job.file.size or content.digest() != file.xxh128:
            return CopyResult(file.job.path, Failure.MISMATCH, f"by {back.method}", xxh128=content.digest())
        if wants_sha1:
            file.sha1 = sha1.digest()
        self.proven += back.size
        self.files += 1
        return CopyResult(
            file.job.path, None, "", back.method, content.digest(), back.inode, back.mtime_ns, time.time()
        )

    def _publish(self, file: FileInFlight, temporary: bytes, proof: CopyResult) -> CopyResult:
        """Give the file its name; one that is taken by the same bytes counts, by other bytes is left alone."""
        folder, wanted = parent_of(file.job.path), base_of(file.job.path)
        folder_fd = self._folders.open(folder, make=True)
        for name in _names(wanted):
            try:
                publish(self.place.incoming_fd, temporary, folder_fd, name)
            except FileExistsError:
                theirs = self._same_content(folder_fd, name, temporary, file)
                if theirs:
                    return CopyResult(
                        join(folder, name),
                        None,
                        "",
                        theirs.method,
                        file.xxh128,
                        theirs.inode,
                        theirs.mtime_ns,
                        time.time(),
                        True,
                    )
                continue
            self._touched.setdefault(folder, []).append(file)
            return CopyResult(
                join(folder, name), None, "", proof.method, proof.xxh128, proof.inode, proof.mtime_ns, proof.at
            )
        return CopyResult(file.job.path, Failure.NAME, f"{_NAMES_TRIED} names are taken by other files")

    def _same_content(self, folder_fd: int, name: bytes, temporary: bytes, file: FileInFlight) -> ReadBack | None:
        """Sameness with a file that somebody else wrote needs the SHA-1 too: xxh128 can be forged."""
        theirs, their_sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        our_sha1 = hashlib.sha1(usedforsecurity=False)
        try:
            back = read_back(self.place, folder_fd, name, self._buffer, (theirs.update, their_sha1.update))
        except OSError:  # a link, a folder, an unreadable file: not ours, so another name
            return None
        if back.size != file.job.file.size or theirs.digest() != file.xxh128:
            return None
        read_back(self.place, self.place.incoming_fd, temporary, self._buffer, (our_sha1.update,))
        return back if our_sha1.digest() == their_sha1.digest() else None

    def _make_names_durable(self) -> None:
        """What makes a name survive a power cut differs: the folder, the *file* again on SMB, or both."""
        touched, self._touched = self._touched, {}
        for folder, files in touched.items():
            try:
                folder_fd = self._folders.open(folder)
                if self.place.rules.sync_file_after_rename:
                    for file in files:
                        _sync_writable(folder_fd, base_of(file.results[self.place.name].path))
                if self.place.rules.sync_folder:
                    os.fsync(folder_fd)
            except OSError as error:
                self._fail_all(files, Failure.FLUSH, error.strerror or str(error))
        if self.place.rules.sync_staging:
            with contextlib.suppress(OSError):  # only saves a second name after a cut; the sweep finds it too
                os.fsync(self.place.incoming_fd)

    def _answer_for_all(self, batch: Batch) -> None:
        """A file that nobody answered for is a failure: silence must never look like a copy."""
        name = self.place.name
        for file in batch.files:
            if name in file.job.lanes and name not in file.results:
                detail = file.problem or "it changed while it was read" if file.problem or file.changed else "no answer"
                file.results[name] = CopyResult(file.job.path, Failure.WRITE, detail)

    def _fail_all(self, files: Iterable[FileInFlight], failure: Failure, detail: str) -> None:
        for file in files:
            file.results[self.place.name] = CopyResult(file.job.path, failure, detail)

    def _unlink(self, temporary: bytes) -> None:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=self.place.incoming_fd)


def sha1_of_copy(place: OpenDestination, result: CopyResult, size: int) -> tuple[CopyResult, bytes]:
    """Read a published copy back once more for its SHA-1; a copy that is no longer as it was proven is a failure."""
    content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
    folders, buffer = FolderCache(place.root_fd), Buffer()
    try:
        folder_fd = folders.open(parent_of(result.path))
        back = read_back(place, folder_fd, base_of(result.path), buffer, (content.update, sha1.update))
    except OSError as error:
        return CopyResult(result.path, failure_of(error), error.strerror or str(error)), b""
    finally:
        folders.close()
        buffer.close()
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


def _names(wanted: bytes) -> Iterable[bytes]:
    """The wanted name, then `NAME-2.EXT`, `NAME-3.EXT`: never another file's name."""
    yield wanted
    stem = stem_of(wanted)
    extension = wanted[len(stem) :]
    for number in range(2, _NAMES_TRIED + 1):
        suffix = b"-%d" % number
        yield stem[: 255 - len(suffix) - len(extension)] + suffix + extension
