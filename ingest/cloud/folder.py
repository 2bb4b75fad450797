"""A folder as a store: a drive that is carried away, or a place elsewhere that is mounted here.

An object is an ordinary file at its key's path, so that it can be used without Safelight. It is written below
`.safelight/incoming` under a name of its own, flushed, read back around the cache, and only then given its name,
without ever replacing another file. A folder keeps no versions: `every_version` gives what is there.
"""

import contextlib
import dataclasses
import hashlib
import os
import time
from collections.abc import Iterator, Mapping

from ingest.cloud.errors import CloudError, Interrupted, NameTaken, ObjectRefused, SourceChanged
from ingest.cloud.folder_files import FOR_READING, INCOMING, incoming, keys_below, name_it, open_file, write
from ingest.cloud.folder_place import PRIVATE, FolderPlace
from ingest.cloud.folder_sums import Sum, read_sum, write_sum
from ingest.cloud.line import Line
from ingest.cloud.naming import problem_with
from ingest.cloud.source import blocks, opened
from ingest.cloud.store import OnBytes, ShouldStop, Sink, StoredObject, Unfinished
from ingest.disk.folders import open_folder
from ingest.disk.fs_rules import rules_for
from ingest.disk.readback import Buffer, read_around_cache
from ingest.disk.volumes import volume_of
from ingest.model.copies import Method

_CHUNK = 1 << 20
_STALE = 86_400.0  # seconds after which what is half-way belongs to nobody
_GONE = "The drive does not hold this object any more"


class FolderStore:
    """One folder; see `ingest.cloud.store.Store` for the contract.

    path: absolute. memory: a folder of this computer that remembers which drive belongs there; b"" reads alone from a
    drive that bears a marker, and never begins one. line: shared by all that is sent.
    """

    def __init__(self, path: bytes, *, memory: bytes = b"", line: Line | None = None) -> None:
        self.line = line or Line()
        self._place = FolderPlace(path, memory)
        self._swept = False

    @property
    def name(self) -> str:
        """For people: "folder:/mnt/offsite"."""
        return f"folder:{self._place.shown}"

    def put(
        self,
        local_path: bytes,
        key: str,
        size: int,
        sha1_hex: str,
        file_info: Mapping[str, str],
        on_bytes: OnBytes,
        should_stop: ShouldStop,
    ) -> StoredObject:
        """See `Store.put`. verified: it was read back from the medium, not from memory."""
        problem = problem_with(key) or ("it is Safelight's own" if _is_private(key) else "")
        if problem:
            raise ObjectRefused(f"The drive would not take this name: {problem}", path=key)
        with opened(local_path, size) as fd, self._place.opened(writes=True) as root_fd:
            there = self._find(root_fd, key, size, sha1_hex)
            if there is not None:
                return dataclasses.replace(there, already_there=True)
            self._sweep(root_fd)
            with self.line.connection(should_stop), incoming(root_fd) as (incoming_fd, temporary):
                self._copy(fd, size, sha1_hex, incoming_fd, temporary, file_info, on_bytes, should_stop)
                verified = self._came_back(incoming_fd, temporary, sha1_hex, should_stop)
                try:
                    mtime_ns = name_it(root_fd, incoming_fd, temporary, key)
                except FileExistsError:
                    there = self._find(root_fd, key, size, sha1_hex)
                    if there is None:
                        raise NameTaken("Something else has this name on the drive", path=key) from None
                    return dataclasses.replace(there, already_there=True)
            new = Sum(key, size, mtime_ns, sha1_hex, verified, time.time())
            write_sum(root_fd, new)
            return _stored(new)

    def stat(self, key: str) -> StoredObject | None:
        """See `Store.stat`."""
        with self._place.opened() as root_fd:
            return self._stat(root_fd, key)

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:  # noqa: ARG002 - there is one of each
        """See `Store.list`."""
        with self._place.opened() as root_fd:
            for key in keys_below(root_fd, prefix):
                found = self._stat(root_fd, key)
                if found is not None:
                    yield found

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """See `Store.get`."""
        position = offset
        with self._place.opened() as root_fd:
            wanted = self._stat(root_fd, key)
            if wanted is None or file_id not in ("", wanted.file_id):
                raise CloudError(_GONE, path=key, hint="Use another copy")
            fd = open_file(root_fd, key)
        try:
            while block := self._read(fd, position):
                sink(block)
                position += len(block)
        finally:
            os.close(fd)
        return position - offset

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:  # noqa: ARG002 - nothing is, anywhere
        """See `Store.unfinished`: what is half-way has no name yet, and is swept a day later."""
        return iter(())

    def cancel(self, file_id: str) -> None:
        """See `Store.cancel`: nothing is ever unfinished here."""

    def _read(self, fd: int, position: int) -> bytes:
        """Here, not around `sink`, so that the caller's errors stay the caller's."""
        with self._place.told():
            return os.pread(fd, _CHUNK, position)

    def _copy(
        self, fd: int, size: int, sha1_hex: str, incoming_fd: int, temporary: bytes, file_info: Mapping[str, str],
        on_bytes: OnBytes, should_stop: ShouldStop,
    ) -> None:  # fmt: skip
        """The bytes, flushed; hashed as they were read."""
        digest, sent = hashlib.sha1(usedforsecurity=False), 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        out_fd = os.open(temporary, flags, 0o644, dir_fd=incoming_fd)
        try:
            for data in blocks(fd, 0, size, should_stop):
                if not self.line.pace(len(data), should_stop):
                    raise Interrupted("Stopped", hint="The queue is kept: safelight cloud run")
                digest.update(data)
                write(out_fd, data)
                sent += len(data)
                on_bytes(sent)
            if digest.hexdigest() != sha1_hex:
                raise SourceChanged("The file is not the one that was proven; nothing of it was kept")
            millis = file_info.get("src_last_modified_millis", "")
            if millis.isdigit():
                os.utime(out_fd, ns=(int(millis) * 1_000_000,) * 2)
            os.fsync(out_fd)
        finally:
            os.close(out_fd)

    def _came_back(self, incoming_fd: int, temporary: bytes, sha1_hex: str, should_stop: ShouldStop) -> bool:
        """Whether what came back did so from the medium.

        Raises:
            CloudError: it came back with other bytes.
        """
        fd = os.open(temporary, FOR_READING, dir_fd=incoming_fd)
        try:
            found, method = self._sha1_of(fd, should_stop)
        finally:
            os.close(fd)
        if found != sha1_hex:
            raise CloudError("The drive gave other bytes back than were written; the file got no name there")
        return method is not Method.CACHED

    def _sha1_of(self, fd: int, should_stop: ShouldStop) -> tuple[str, Method]:
        digest, buffer = hashlib.sha1(usedforsecurity=False), Buffer()

        def take(piece: memoryview) -> None:
            if should_stop():
                raise Interrupted("Stopped", hint="The queue is kept: safelight cloud run")
            digest.update(piece)

        try:
            ceiling = rules_for(volume_of(self._place.path, named=False)).proof_ceiling
            back = read_around_cache(fd, (take,), buffer, ceiling)
        finally:
            buffer.close()
        return digest.hexdigest(), back.method

    def _find(self, root_fd: int, key: str, size: int, sha1_hex: str) -> StoredObject | None:
        """The object of this content under this key, None when the key is free."""
        found = self._stat(root_fd, key)
        if found is not None and (found.size, found.sha1) != (size, sha1_hex):
            raise NameTaken("Another content has this name on the drive", path=key)
        return found

    def _stat(self, root_fd: int, key: str) -> StoredObject | None:
        if problem_with(key) or _is_private(key):
            return None
        try:
            fd = open_file(root_fd, key)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
            return None
        try:
            info = os.fstat(fd)
            known = read_sum(root_fd, key)
            if known is None or not known.is_of(key, info):
                sha1, method = self._sha1_of(fd, lambda: False)
                known = Sum(key, info.st_size, info.st_mtime_ns, sha1, method is not Method.CACHED, info.st_ctime)
                write_sum(root_fd, known)
            return _stored(known)
        finally:
            os.close(fd)

    def _sweep(self, root_fd: int) -> None:
        """Once, what was half-way when the power went or a program was killed, long ago."""
        if self._swept:
            return
        self._swept = True
        with contextlib.suppress(OSError):
            folder_fd = open_folder(root_fd, INCOMING)
            try:
                for name in os.listdir(folder_fd):
                    stale = os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_ctime < time.time() - _STALE
                    if name.startswith("offsite-") and stale:
                        os.unlink(name, dir_fd=folder_fd)
            finally:
                os.close(folder_fd)


def _stored(known: Sum) -> StoredObject:
    return StoredObject(known.key, known.size, known.sha1, known.verified, f"sha1:{known.sha1}", known.at)


def _is_private(key: str) -> bool:
    return key.split("/")[0] == PRIVATE.decode()
