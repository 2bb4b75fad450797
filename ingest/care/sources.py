"""Places that files can be brought back from: a destination's folder, the bucket."""

import os
from collections.abc import Mapping

from ingest.care.restore import Sink, Wanted
from ingest.cloud.store import Store
from ingest.disk.apart import alive
from ingest.disk.folders import FileOpener

_CHUNK = 4 << 20


class FolderSource:
    """A destination that is mounted here."""

    def __init__(self, name: str, root: bytes) -> None:
        self.name = name
        self._root = root

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        """Feed the copy's bytes to `sink`; OSError when it is not there."""
        with FileOpener(self._root) as opener:
            fd = opener.open(wanted.locations[self.name])
            try:
                while data := os.read(fd, _CHUNK):
                    sink(data)
                    alive()
            finally:
                os.close(fd)


class BucketSource:
    """The off-site copy. versions: key -> file id of the very version that was sent; others may lie above it."""

    def __init__(self, name: str, store: Store, versions: Mapping[str, str]) -> None:
        self.name = name
        self._store = store
        self._versions = versions

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        """Feed the object's bytes to `sink`; CloudError when the bucket does not give them."""
        key = wanted.locations[self.name].decode()
        self._store.get(key, sink, file_id=self._versions.get(key, ""))
