"""The writer of one destination: makes temporary files of the pieces it is sent, and puts a barrier behind each batch.

It never stops taking: a destination that failed keeps giving its buffers back, so that the others go on.
"""

import contextlib
import ctypes
import errno
import functools
import os
import queue
import threading
import time
from collections.abc import Callable

from ingest.copying.destination import OpenDestination
from ingest.copying.elsewhere import Elsewhere
from ingest.copying.feeding import SourceLostError, pour
from ingest.copying.held import COPIED, IDLE, IDLE_SINCE, WRITING, Counters, HeldBatch, HeldFile
from ingest.copying.jobs import Failure
from ingest.copying.pace import Pace
from ingest.copying.parcels import DISCARD, PARTIAL, Data, Dead, Feed, Flush, Free, Order, Run, Stop
from ingest.copying.writeback import WriteBack
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

Say = Callable[[object], None]
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def failure_of(error: OSError) -> Failure:
    """What an error of the destination means for the copy."""
    if error.errno in _BAD_NAME:
        return Failure.NAME
    return FINAL.get(error.errno or 0, Failure.WRITE)


class Writer(threading.Thread):
    """Writes one destination's copies. `dead` is set once for all when the destination cannot take more.

    inbox: parcels in order. flushed: batches behind their barrier, None at the end. say: sends a parcel back.
    """

    def __init__(
        self,
        place: OpenDestination,
        memory: Callable[[int], memoryview],
        counters: Counters,
        flushed: "queue.SimpleQueue[object]",
        say: Say,
        pace: Pace,
        elsewhere: Elsewhere,
    ) -> None:
        super().__init__(name=f"write {place.name}", daemon=True)
        self.place = place
        self.inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.dead: tuple[Failure, str] | None = None
        self._memory = memory
        self._counters = counters
        self._flushed = flushed
        self._say = say
        self._pace = pace if place.place.limit else None
        self._elsewhere = elsewhere
        self._write_back = WriteBack(lambda: counters.add(WRITING, 1), self._lose)
        self._batches: dict[int, HeldBatch] = {}

    def run(self) -> None:
        """Take parcels until Stop. Any error, also one of ours, ends in a failure of the file, never in silence."""
        while True:
            parcel = self._next()
            if isinstance(parcel, Stop):
                self._abandon()
                self._elsewhere.close()
                self._flushed.put(None)
                return
            try:
                self._handle(parcel)
            except Exception as error:  # noqa: BLE001 - an unknown error here must become "not proven", not a dead thread
                self._lose_destination(Failure.WRITE, f"{type(error).__name__}: {error}")

    def _next(self) -> object:
        """Wait for the next parcel, and say how long there was nothing to do."""
        began = time.monotonic_ns()
        self._counters.put(IDLE_SINCE, began)
        parcel = self.inbox.get()
        self._counters.put(IDLE_SINCE, 0)
        self._counters.add(IDLE, time.monotonic_ns() - began)
        self._counters.add(WRITING, 1)
        return parcel

    def _handle(self, parcel: object) -> None:
        match parcel:
            case Order():
                files = {ordered.number: HeldFile(ordered) for ordered in parcel.files}
                self._batches[parcel.batch] = HeldBatch(parcel.batch, files)
            case Data():
                self._on_data(parcel)
            case Feed():
                self._on_feed(parcel)
            case Flush():
                self._on_flush(self._batches.pop(parcel.batch))

    # -- pieces -----------------------------------------------------------------------------------------------------
    def _on_data(self, data: Data) -> None:
        try:
            files = self._batches[data.batch].files
            for run in data.runs:
                self._on_run(files[run.number], run, data.buffer)
        finally:
            if data.buffer >= 0:
                self._say(Free(data.buffer))

    def _on_run(self, file: HeldFile, run: Run, buffer: int) -> None:
        if file.result is not None:
            return
        try:
            if run.length:
                self._write(file, self._memory(buffer)[run.start : run.start + run.length])
            if run.end is not None:
                self._fd(file)  # an empty file is a file
                self._end(file, run.end)
        except OSError as error:
            self._lose(file, error)

    def _fd(self, file: HeldFile) -> int:
        """The open temporary file; a destination that is dead has none."""
        if self.dead:
            file.fail(*self.dead)
            raise OSError(errno.ECANCELED, self.dead[1])
        if file.fd < 0:
            start = file.ordered.start
            file.fd = os.open(file.name, _OLD if start else _NEW, 0o644, dir_fd=self.place.incoming_fd)
            if start:
                os.ftruncate(file.fd, start)
                os.lseek(file.fd, start, os.SEEK_SET)
            file.written = file.sent = start
            self._reserve(file.fd, file.ordered.size)
        return file.fd

    @staticmethod
    def _reserve(fd: int, size: int) -> None:
        """Ask for the room of a large file early, so that a full disk is known before an hour of copying."""
        if size >= _RESERVED_FROM and _libc.fallocate(fd, 1, 0, size):  # 1: its length is that of the bytes written
            code = ctypes.get_errno()
            if code in FINAL:
                raise OSError(code, os.strerror(code))

    def _write(self, file: HeldFile, view: memoryview) -> None:
        fd = self._fd(file)
        if self._pace:
            self._pace.wait(len(view), WRITING)
        while view:
            done = os.write(fd, view)
            self._counters.add(COPIED, done)
            file.written += done
            view = view[done:]
        self._write_back.wrote(file, is_end=False)

    def _end(self, file: HeldFile, xxh128: bytes) -> None:
        if xxh128 == PARTIAL:
            self._close(file)
            file.fail(Failure.WRITE, "the card did not give all of it")
            return
        if xxh128 == DISCARD:
            self._discard(file)
            return
        file.xxh128 = xxh128
        try:
            os.utime(file.fd, ns=(file.ordered.mtime_ns, file.ordered.mtime_ns))
        except OSError:  # a time that this file system cannot hold is kept in the ledger; the bytes are what counts
            os.utime(file.fd)
        self._write_back.wrote(file, is_end=True)

    def _on_feed(self, feed: Feed) -> None:
        file = self._batches[feed.batch].files[feed.number]
        try:
            write = functools.partial(self._write, file)
            pour(feed.sources, feed.xxh128, file.ordered.size, write, self._elsewhere)
            self._fd(file)
            self._end(file, feed.xxh128)
        except SourceLostError as lost:
            file.fail(Failure.SOURCE, str(lost), source=lost.place)
            self._discard(file)
        except OSError as error:
            self._lose(file, error)

    # -- the barrier ------------------------------------------------------------------------------------------------
    def _on_flush(self, batch: HeldBatch) -> None:
        written = [file for file in batch.files.values() if file.fd >= 0 and file.result is None and file.xxh128]
        try:
            self._barrier(written)
        except Exception as error:  # noqa: BLE001 - as in `run`: what is not known to be durable is not
            for file in written:
                file.fail(Failure.WRITE, f"{type(error).__name__}: {error}")
                self._discard(file)
        finally:
            self._write_back.forget()
            batch.durable = [file for file in written if file.result is None and file.fd < 0]
            self._flushed.put(batch)

    def _barrier(self, written: list[HeldFile]) -> None:
        """Flush the batch; a refused flush is final for its files and is never asked again."""
        fds = [file.fd for file in written]
        if not self.place.rules.barrier_is_syncfs:
            errors = sync_files(fds)
        else:
            errors = [self._sync_filesystem()] * len(fds) if fds else []
        for file, error in zip(written, errors, strict=True):
            failed = self._close(file)
            failed = error or failed
            if failed:
                self._unlink(file)
                file.fail(Failure.FLUSH if failed.errno not in FINAL else failure_of(failed), str(failed.strerror))
                self._note_final(failed)

    def _sync_filesystem(self) -> OSError | None:
        try:
            sync_filesystem(self.place.root_fd)
        except OSError as error:
            return error
        return None

    @staticmethod
    def _close(file: HeldFile) -> OSError | None:
        """NFS and FUSE tell a full or failed disk only here."""
        fd, file.fd = file.fd, -1
        try:
            if fd >= 0:
                os.close(fd)
        except OSError as error:
            return error
        return None

    # -- losses -----------------------------------------------------------------------------------------------------
    def _lose(self, file: HeldFile, error: OSError) -> None:
        self._discard(file)
        file.fail(failure_of(error), error.strerror or str(error))
        self._note_final(error)

    def _note_final(self, error: OSError) -> None:
        if error.errno in FINAL:
            self._die(FINAL[error.errno], error.strerror or str(error))

    def _die(self, failure: Failure, detail: str) -> None:
        if not self.dead:
            self.dead = (failure, detail)
            self._say(Dead(failure.value, detail))

    def _lose_destination(self, failure: Failure, detail: str) -> None:
        self._die(failure, detail)
        for batch in self._batches.values():
            for file in batch.files.values():
                file.fail(failure, detail)
                self._discard(file)

    def _abandon(self) -> None:
        """Stopped in the middle of a batch: what has no barrier behind it never happened."""
        for batch in self._batches.values():
            for file in batch.files.values():
                self._discard(file)
        self._batches.clear()

    def _discard(self, file: HeldFile) -> None:
        if file.fd >= 0:
            self._close(file)
            self._unlink(file)

    def _unlink(self, file: HeldFile) -> None:
        with contextlib.suppress(OSError):  # a destination that is gone keeps its litter; the next run sweeps it
            os.unlink(file.name, dir_fd=self.place.incoming_fd)
