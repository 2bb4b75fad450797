"""The writer of one destination: a thread that takes pieces in order and makes temporary files of them.

It never stops taking: a destination that failed keeps giving its buffers back, so that the others go on.
"""

import contextlib
import ctypes
import errno
import os
import queue
import threading
from dataclasses import dataclass

from ingest.copying.destination import OpenDestination
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.jobs import CopyResult, Failure
from ingest.copying.ring import Piece
from ingest.disk.barrier import sync_files, sync_filesystem

FINAL = {
    errno.ENOSPC: Failure.FULL,
    errno.EDQUOT: Failure.FULL,
    errno.EROFS: Failure.READ_ONLY,
    errno.ESTALE: Failure.GONE,
    errno.ENODEV: Failure.GONE,
    errno.ENXIO: Failure.GONE,
    errno.ENOTCONN: Failure.GONE,
    errno.EHOSTDOWN: Failure.GONE,
    errno.ETIMEDOUT: Failure.GONE,
}
_BAD_NAME = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
_RESERVED_FROM = 1 << 20
# The C library's posix_fallocate writes every block where the file system has no such call; the native one says no.
_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


def failure_of(error: OSError) -> Failure:
    """What an error of the destination means for the copy."""
    if error.errno in _BAD_NAME:
        return Failure.NAME
    return FINAL.get(error.errno or 0, Failure.WRITE)


@dataclass(slots=True)
class Written:
    """A file that was written whole; the descriptor stays open until its flush returned."""

    file: FileInFlight
    fd: int


class Lane(threading.Thread):
    """Writes one destination's copies. `dead` is set once for all when the destination cannot take more."""

    def __init__(
        self, place: OpenDestination, flushed: "queue.SimpleQueue[tuple[Batch, list[FileInFlight]] | None]"
    ) -> None:
        super().__init__(name=f"write {place.name}", daemon=True)
        self.place = place
        self.copied = 0
        self.dead: tuple[Failure, str] | None = None
        self._inbox: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self._flushed = flushed
        self._written: list[Written] = []
        self._current: Written | None = None

    # -- called by the reader ---------------------------------------------------------------------------------------
    def begin(self, file: FileInFlight) -> None:
        """The next pieces belong to `file`."""
        self._inbox.put(("begin", file))

    def piece(self, piece: Piece) -> None:
        """One filled buffer; released after it was written, or at once when the file is lost."""
        self._inbox.put(("piece", piece))

    def end(self, file: FileInFlight) -> None:
        """The file is complete, or `file.problem` says that the card failed."""
        self._inbox.put(("end", file))

    def flush(self, batch: Batch) -> None:
        """No more files for this batch: put the barrier behind it and hand it to the prover."""
        self._inbox.put(("flush", batch))

    def stop(self) -> None:
        """After everything before it was handled, end the thread."""
        self._inbox.put(("stop", None))

    # -- the thread -------------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Take messages until `stop`. Any error, also one of ours, ends in a failure of the file, never in silence."""
        while True:
            kind, what = self._inbox.get()
            if kind == "stop":
                self._abandon()
                self._flushed.put(None)
                return
            try:
                getattr(self, f"_on_{kind}")(what)
            except Exception as error:  # noqa: BLE001 - an unknown error here must become "not proven", not a dead thread
                self._lose_destination(Failure.WRITE, f"{type(error).__name__}: {error}")
                if isinstance(what, Batch):
                    self._flushed.put((what, []))

    def _on_begin(self, file: FileInFlight) -> None:
        if self.dead:
            self._fail(file, *self.dead)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(file.temporary[self.place.name], flags, 0o644, dir_fd=self.place.incoming_fd)
            self._current = Written(file, fd)
            self._reserve(fd, file.job.file.size)
        except OSError as error:
            self._lose_current(file, error)

    @staticmethod
    def _reserve(fd: int, size: int) -> None:
        """Ask for the room of a large file early, so that a full disk is known before an hour of copying."""
        if size >= _RESERVED_FROM and _libc.fallocate(fd, 0, 0, size):
            code = ctypes.get_errno()
            if code in FINAL:
                raise OSError(code, os.strerror(code))

    def _on_piece(self, piece: Piece) -> None:
        try:
            if self._current:
                self._write(self._current.fd, piece.view)
        except OSError as error:
            self._lose_current(self._current.file if self._current else None, error)
        finally:
            piece.release()

    def _write(self, fd: int, view: memoryview) -> None:
        while view:
            done = os.write(fd, view)
            self.copied += done
            view = view[done:]

    def _on_end(self, file: FileInFlight) -> None:
        if not self._current:
            return
        written, self._current = self._current, None
        if file.problem or file.changed:
            self._discard(written)
            return
        try:
            times = (file.job.file.mtime_ns, file.job.file.mtime_ns)
            os.utime(written.fd, ns=times)
        except OSError:  # a time that this file system cannot hold is kept in the ledger; the bytes are what counts
            os.utime(written.fd)
        self._written.append(written)

    def _on_flush(self, batch: Batch) -> None:
        written, self._written = self._written, []
        durable = self._barrier(written)
        self._flushed.put((batch, durable))

    def _barrier(self, written: list[Written]) -> list[FileInFlight]:
        """Flush the batch; a refused flush is final for its files and is never asked again."""
        fds = [item.fd for item in written]
        errors: list[OSError | None]
        if not self.place.rules.barrier_is_syncfs:
            errors = sync_files(fds)
        else:
            errors = [self._sync_filesystem()] * len(fds) if fds else []
        durable = []
        for item, error in zip(written, errors, strict=True):
            failed = error or self._close(item.fd)
            if failed:
                self._unlink(item.file)
                self._fail(
                    item.file, Failure.FLUSH if failed.errno not in FINAL else failure_of(failed), str(failed.strerror)
                )
                self._note_final(failed)
            else:
                durable.append(item.file)
            if error:
                self._close(item.fd)
        return durable

    def _sync_filesystem(self) -> OSError | None:
        try:
            sync_filesystem(self.place.root_fd)
        except OSError as error:
            return error
        return None

    @staticmethod
    def _close(fd: int) -> OSError | None:
        """NFS and FUSE tell a full or failed disk only here."""
        try:
            os.close(fd)
        except OSError as error:
            return error
        return None

    def _lose_current(self, file: FileInFlight | None, error: OSError) -> None:
        lost, self._current = self._current, None
        if lost:
            self._discard(lost)
        if file:
            self._fail(file, failure_of(error), error.strerror or str(error))
        self._note_final(error)

    def _note_final(self, error: OSError) -> None:
        if error.errno in FINAL:
            self.dead = self.dead or (FINAL[error.errno], error.strerror or str(error))

    def _lose_destination(self, failure: Failure, detail: str) -> None:
        self.dead = self.dead or (failure, detail)
        lost, self._current = self._current, None
        if lost:
            self._discard(lost)
            self._fail(lost.file, failure, detail)

    def _abandon(self) -> None:
        """Stopped in the middle of a batch: what has no barrier behind it never happened."""
        unfinished, self._written = self._written, []
        for written in (*unfinished, *filter(None, [self._current])):
            self._discard(written)
        self._current = None

    def _discard(self, written: Written) -> None:
        self._close(written.fd)
        self._unlink(written.file)

    def _unlink(self, file: FileInFlight) -> None:
        with contextlib.suppress(OSError):  # a destination that is gone keeps its litter; the next run sweeps it
            os.unlink(file.temporary[self.place.name], dir_fd=self.place.incoming_fd)

    def _fail(self, file: FileInFlight, failure: Failure, detail: str) -> None:
        if self.place.name in file.job.lanes:
            file.results[self.place.name] = CopyResult(file.job.path, failure, detail)
