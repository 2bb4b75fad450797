"""The home's folder for what was encrypted and is not sent yet; it holds ciphertext alone.

Encrypting the same file again gives other bytes, so an upload that is taken up after a crash needs the very ones of
which parts have arrived: `12.age` is what seal 12 of the ledger tells of, and stays until it is sent or nobody wants
it. What is being written is called `new-...` and held by a lock, by which what a killed process left is known.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.cloud.age import ENDING, Facts, Meter
from ingest.cloud.errors import NoSpool, SourceChanged, SourceGone
from ingest.cloud.source import blocks, sha1_of
from ingest.cloud.store import ShouldStop
from ingest.ledger.seals import Seal

_SPARE = 256 << 20  # bytes that stay free on the disk of the home
_NEW = "new-"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Spool:
    """folder: made when it is needed, for its owner alone. Any number of threads and processes may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, seal: Seal) -> bytes:
        """Where the ciphertext of a seal lies."""
        return os.fsencode(self._folder / f"{seal.id}{ENDING}")

    def holds(self, seal: Seal) -> bool:
        """Whether a file of the right size lies there; its bytes are not looked at."""
        try:
            return os.stat(self.path(seal), follow_symlinks=False).st_size == seal.sealed_size
        except OSError:
            return False

    def has(self, seal: Seal, should_stop: ShouldStop) -> bool:
        """Whether the very ciphertext lies there; another one goes.

        Raises:
            Interrupted: `should_stop` said so.
        """
        try:
            if sha1_of(self.path(seal), seal.sealed_size, should_stop) == seal.sealed_sha1:
                return True
        except (SourceChanged, SourceGone):
            pass
        self.drop(seal)
        return False

    def drop(self, seal: Seal) -> None:
        """It was sent, or is of no use any more."""
        with contextlib.suppress(OSError):
            os.unlink(self.path(seal))

    @contextlib.contextmanager
    def new(self, size: int) -> Iterator["NewFile"]:
        """A file for `size` bytes at most, gone at the end unless it was kept.

        Raises:
            NoSpool: there is no room for it, or nothing can be written there.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise NoSpool(f"Nothing can be encrypted in {self._folder}: {error.strerror}") from error
        if free < size + _SPARE:
            raise NoSpool(
                f"There is no room to encrypt it: {self._folder} has {free:,} bytes free, {size + _SPARE:,} are needed"
            )
        file = NewFile(self._folder)
        try:
            yield file
        finally:
            file.close()

    def sweep(self, is_wanted: Callable[[int], bool]) -> None:
        """Remove what nobody will send. is_wanted: whether the seal of this number is to be sent yet."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self._folder):
                number = name.removesuffix(ENDING)
                if name.startswith(_NEW):
                    _remove_unless_held(self._folder / name)
                elif number != name and number.isdecimal() and not is_wanted(int(number)):
                    (self._folder / name).unlink(missing_ok=True)


class NewFile:
    """Ciphertext while it is written. facts: of what was written so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._meter = Meter()
        self._fd = -1
        while self._fd < 0:
            self._path = folder / f"{_NEW}{secrets.token_hex(8)}"
            try:
                fd = os.open(self._path, _FLAGS, 0o600)
            except OSError as error:
                raise NoSpool(f"Nothing can be encrypted in {folder}: {error.strerror}") from error
            fcntl.flock(fd, fcntl.LOCK_EX)
            if os.fstat(fd).st_nlink:  # else a sweep was quicker than the lock
                self._fd = fd
            else:
                os.close(fd)

    def write(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            NoSpool: they find no room.
        """
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            raise NoSpool(f"What is encrypted cannot be written to {self._folder}: {error.strerror}") from error
        self._meter.take(data)

    def facts(self) -> Facts:
        """Size and SHA-1 of all that was written."""
        return self._meter.facts()

    def pieces(self, should_stop: ShouldStop) -> Iterator[bytes]:
        """What was written, read again; raises as `blocks` does."""
        return blocks(self._fd, 0, self.facts().size, should_stop)

    def keep(self, seal: Seal) -> None:
        """Give it the name of a seal that stands in the ledger."""
        try:
            self._path.rename(self._folder / f"{seal.id}{ENDING}")
        except OSError as error:
            raise NoSpool(f"What is encrypted cannot be kept in {self._folder}: {error.strerror}") from error

    def close(self) -> None:
        """Gone, unless it was kept."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._fd)


def _remove_unless_held(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        pass
    finally:
        os.close(fd)
