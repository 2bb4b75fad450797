"""Where a recovery takes everything from: a bucket, or a folder that stands for one. Names there are untrusted."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ingest.care.restore import RestoreReport, Sink, Wanted, restore
from ingest.cloud.errors import CloudRefused, CloudUnreachable
from ingest.cloud.naming import object_key
from ingest.cloud.store import Store
from ingest.copying.destination import MARKER, PRIVATE, read_marker
from ingest.disk.apart import alive
from ingest.disk.folders import FileOpener
from ingest.errors import CareFailed, CloudError, DestinationError
from ingest.ledger.recovering import InBucket
from ingest.model.names import join
from ingest.plan.records import LEDGER
from ingest.plan.recovery import Lying, path_of_key
from ingest.session.hands import Hands, words_of
from ingest.session.restore import bring_at, parts

_CHUNK = 4 << 20
_SMALL = 64 << 20  # bytes of what is read whole
_OF_OURS = (b"ledger", b"settings", b"catalogs")

Tick = Callable[[int], None]


class Holding(Protocol):
    """One place that holds an archive. name: for people. marker: of the destination that it is, "" for none."""

    name: str
    marker: str

    def look(self) -> list[Lying]:
        """All that lies there, in every version."""
        ...

    def read(self, item: Lying) -> bytes:
        """A small one, whole; proven where its SHA-1 is told."""
        ...

    def fetch(self, item: Lying, path: Path) -> None:
        """As a new file of this computer; proven where its SHA-1 is told."""
        ...

    def bring(self, wanted: Sequence[tuple[Wanted, Lying]], target: bytes, tick: Tick) -> RestoreReport:
        """Each below `target`, as `care.restore.restore` does."""
        ...

    @property
    def gone(self) -> CloudError | DestinationError | None:
        """Why it gives nothing any more; None while it does."""
        ...


class BucketHolding:
    """A bucket below a prefix."""

    marker = ""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store = store
        self.name = store.name
        self._head = object_key(prefix, b"x").removesuffix("x")
        self.gone: CloudError | DestinationError | None = None

    def look(self) -> list[Lying]:
        """Also what was hidden or covered by a newer version: hiding is not losing."""
        return [
            Lying(
                path_of_key(each.key.removeprefix(self._head)), each.key.encode("utf-8", "surrogateescape"), each.size,
                each.sha1, each.uploaded_at, each.file_id,
            )
            for each in self._store.list(self._head, every_version=True)
            if each.key.startswith(self._head) and each.key != self._head
        ]  # fmt: skip

    def visible(self) -> list[InBucket]:
        """What an ordinary listing shows."""
        found = (each for each in self._store.list(self._head) if each.key.startswith(self._head))
        return [InBucket(each.key, each.size, each.sha1, each.file_id, each.verified) for each in found]

    def read(self, item: Lying) -> bytes:
        """See `Holding.read`."""
        return _whole(item, lambda sink: self._get(item, sink))

    def fetch(self, item: Lying, path: Path) -> None:
        """See `Holding.fetch`."""
        _to_file(item, path, lambda sink: self._get(item, sink))

    def bring(self, wanted: Sequence[tuple[Wanted, Lying]], target: bytes, tick: Tick) -> RestoreReport:
        """See `Holding.bring`. Once the bucket is out of reach, what is left fails at once."""
        items = [item for _, item in wanted]
        numbered = [_at(self.name, each, b"%d" % number) for number, (each, _) in enumerate(wanted)]
        return restore(numbered, [_Numbered(self.name, items, self._careful)], target, tick)

    def _careful(self, item: Lying, sink: Sink) -> None:
        if self.gone:
            raise self.gone
        try:
            self._get(item, sink)
        except (CloudRefused, CloudUnreachable) as error:
            self.gone = error
            raise

    def _get(self, item: Lying, sink: Sink) -> None:
        self._store.get(item.name.decode("utf-8", "surrogateescape"), sink, file_id=item.file_id)


class _Numbered:
    """A source of `restore` whose locations are numbers: several versions may have one name."""

    def __init__(self, name: str, items: Sequence[Lying], get: Callable[[Lying, Sink], None]) -> None:
        self.name, self._items, self._get = name, items, get

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        self._get(self._items[int(wanted.locations[self.name])], sink)


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
        for part in parts([_at(self.name, each, item.name) for each, item in wanted]):
            try:
                found = self._hands.ask(self.name, bring_at, self.name, self._root, part, target)
                report.add(found)
                report.failed |= found.failed
            except DestinationError as error:
                self.gone = error
                report.failed |= {item.path: words_of(self.name, error) for item in part}
            tick(sum(item.digest.size for item in part))
        return report


def _at(name: str, wanted: Wanted, location: bytes) -> Wanted:
    return Wanted(wanted.path, wanted.digest, wanted.mtime_ns, {name: location})


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
    return _whole(item, lambda sink: _feed(root, item.name, sink))


def fetch_in(root: bytes, item: Lying, path: Path) -> None:
    """A file below a folder as a new file elsewhere."""
    _to_file(item, path, lambda sink: _feed(root, item.name, sink))


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


def _whole(item: Lying, feed: Callable[[Sink], None]) -> bytes:
    data = bytearray()

    def take(piece: bytes | memoryview) -> None:
        data.extend(piece)
        if len(data) > _SMALL:
            raise CareFailed("It is far larger than such a file is", path=item.name.decode("utf-8", "replace"))

    feed(take)
    _agree(item, len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest())
    return bytes(data)


def _to_file(item: Lying, path: Path, feed: Callable[[Sink], None]) -> None:
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:

        def take(piece: bytes | memoryview) -> None:
            nonlocal size
            file.write(piece)
            digest.update(piece)
            size += len(piece)

        feed(take)
    _agree(item, size, digest.hexdigest())


def _agree(item: Lying, size: int, sha1: str) -> None:
    if size != item.size or item.sha1 not in ("", sha1):
        raise CareFailed("It came with other bytes than lie there", path=item.name.decode("utf-8", "replace"))
