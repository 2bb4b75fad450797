"""A store in memory, of the smallest kind that keeps the contract: the suite is run over it too."""

import hashlib
import threading
from collections.abc import Iterator, Mapping

from ingest.cloud.errors import CloudError, Interrupted, NameTaken, ObjectRefused, SourceChanged
from ingest.cloud.line import Line
from ingest.cloud.naming import problem_with
from ingest.cloud.source import blocks, opened
from ingest.cloud.store import OnBytes, ShouldStop, Sink, StoredObject, Unfinished

_BLOCK = 1 << 16


class MemoryStore:
    """Keeps versions and hide marks; nothing is ever unfinished."""

    def __init__(self) -> None:
        self.line = Line()
        self._versions: dict[str, list[tuple[StoredObject, bytes]]] = {}
        self._hidden: set[str] = set()
        self._lock = threading.Lock()
        self._count = 0

    @property
    def name(self) -> str:
        return "memory:test"

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
        if problem_with(key):
            raise ObjectRefused(problem_with(key), path=key)
        with opened(local_path, size) as fd, self.line.connection(should_stop):
            there = self.stat(key)
            if there is not None and (there.size, there.sha1) == (size, sha1_hex):
                alike = sum(found.sha1 == sha1_hex for found, _ in self._versions[key])
                return _again(there, alike)
            data = bytearray()
            for block in blocks(fd, 0, size, should_stop):
                for start in range(0, len(block), _BLOCK):
                    piece = block[start : start + _BLOCK]
                    if should_stop() or not self.line.pace(len(piece), should_stop):
                        raise Interrupted("Stopped")
                    data += piece
                    on_bytes(len(data))
        if hashlib.sha1(data).hexdigest() != sha1_hex:
            raise SourceChanged("The file is not the one that was proven")
        if there is not None:
            raise NameTaken("Another content has this name", path=key)
        return self.place(key, bytes(data))

    def place(self, key: str, data: bytes) -> StoredObject:
        """As another program does it: on top of whatever is there."""
        with self._lock:
            self._count += 1
            digest = hashlib.sha1(data).hexdigest()
            new = StoredObject(key, len(data), digest, True, str(self._count), float(self._count))
            self._versions.setdefault(key, []).insert(0, (new, data))
            self._hidden.discard(key)
        return new

    def again(self, key: str) -> None:
        """The newest content once more."""
        self.place(key, self._versions[key][0][1])

    def hide(self, key: str) -> None:
        """As another program does it."""
        self._hidden.add(key)

    def stat(self, key: str) -> StoredObject | None:
        held = () if key in self._hidden else self._versions.get(key, ())
        return held[0][0] if held else None

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        for key in sorted(key for key in self._versions if key.startswith(prefix)):
            if every_version:
                yield from (found for found, _ in self._versions[key])
            elif key not in self._hidden:
                yield self._versions[key][0][0]

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        for found, data in self._versions.get(key, ()):
            if file_id in ("", found.file_id):
                if data[offset:]:
                    sink(data[offset:])
                return len(data[offset:])
        raise CloudError("The store does not hold this object any more", path=key)

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        return iter(())

    def cancel(self, file_id: str) -> None:
        pass


def _again(there: StoredObject, alike: int) -> StoredObject:
    return StoredObject(
        there.key, there.size, there.sha1, True, there.file_id, there.uploaded_at, already_there=True, versions=alike
    )
