"""A folder from which everything is recovered: a destination's root, or a bucket's prefix that was downloaded."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.care.restore import RestoreReport, Sink, Wanted
from ingest.copying.destination import MARKER, PRIVATE, read_marker
from ingest.disk.apart import alive
from ingest.disk.folders import FileOpener
from ingest.errors import CloudError, DestinationError
from ingest.model.names import join
from ingest.plan.records import LEDGER
from ingest.plan.recovery import Lying, path_of_key
from ingest.session.hands import Hands, words_of
from ingest.session.holdings import Tick, located, to_file, whole
from ingest.session.restore import bring_at, parts

_CHUNK = 4 << 20
_OF_OURS = (b"ledger", b"settings", b"catalogs")


class FolderHolding:
    """A destination's root, or a bucket's prefix as any program downloaded it; asked by a child."""

    def __init__(self, root: bytes, hands: Hands) -> None:
        self.name = os.fsdecode(root)
        self._root, self._hands = root, hands
        self.marker = hands.ask(self.name, read_marker, root)
        self.gone: CloudError | DestinationError | None = None

    def look(self) -> list[Lying]:
        """See `Holding.look`."""
        return self._hands.ask(self.name, lying_in, self._root)

    def read(self, item: Lying) -> bytes:
        """See `Holding.read`."""
        return self._hands.ask(self.name, read_in, self._root, item)

    def fetch(self, item: Lying, path: Path) -> None:
        """See `Holding.fetch`."""
        self._hands.ask(self.name, fetch_in, self._root, item, path)

    def bring(self, wanted: Sequence[tuple[Wanted, Lying]], target: bytes, tick: Tick) -> RestoreReport:
        """See `Holding.bring`."""
        report = RestoreReport()
        for part in parts([located(self.name, each, item.name) for each, item in wanted]):
            try:
                found = self._hands.ask(self.name, bring_at, self.name, self._root, part, target)
                report.add(found)
                report.failed |= found.failed
            except DestinationError as error:
                self.gone = error
                report.failed |= {item.path: words_of(self.name, error) for item in part}
            tick(sum(item.digest.size for item in part))
        return report


def lying_in(root: bytes) -> list[Lying]:
    """Every regular file below a folder (absolute) but what is Safelight's own business there; no link is followed."""
    is_place = os.path.exists(join(join(root, PRIVATE), MARKER))
    found, waiting = [], [b""]
    while waiting:
        folder = waiting.pop()
        alive()
        with contextlib.suppress(OSError), os.scandir(join(root, folder) if folder else root) as entries:
            for entry in entries:  # a folder that cannot be read is as one that is not there: what it held is missing
                path = join(folder, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    waiting += [path] * (folder != PRIVATE or entry.name in _OF_OURS)
                elif entry.is_file(follow_symlinks=False):
                    info = entry.stat(follow_symlinks=False)
                    plain = path if is_place else path_of_key(path.decode("utf-8", "surrogateescape"))
                    sha1 = _sha1_of_small(root, path, info) if _is_record(path) else ""
                    found.append(Lying(plain, path, info.st_size, sha1, info.st_mtime))
    return found


def _is_record(path: bytes) -> bool:
    return b"/ascmhl/" in path or path.startswith((b"ascmhl/", LEDGER + b"/", PRIVATE + b"/"))


def _sha1_of_small(root: bytes, path: bytes, info: os.stat_result) -> str:
    """Of what nothing else tells the hash of, so that what arrives is what lay there."""
    if not stat.S_ISREG(info.st_mode):
        return ""
    digest = hashlib.sha1(usedforsecurity=False)
    for data in _blocks(root, path):
        digest.update(data)
    return digest.hexdigest()


def read_in(root: bytes, item: Lying) -> bytes:
    """A small file below a folder, whole."""
    return whole(item, lambda sink: _feed(root, item.name, sink))


def fetch_in(root: bytes, item: Lying, path: Path) -> None:
    """A file below a folder as a new file elsewhere."""
    to_file(item, path, lambda sink: _feed(root, item.name, sink))


def _feed(root: bytes, name: bytes, sink: Sink) -> None:
    for data in _blocks(root, name):
        sink(data)


def _blocks(root: bytes, name: bytes) -> Iterator[bytes]:
    with FileOpener(root) as opener:
        fd = opener.open(name)
        try:
            while data := os.read(fd, _CHUNK):
                yield data
                alive()
        finally:
            os.close(fd)
