"""A copied catalog as one file that any computer can open: a gzipped tar with a text that says what it is.

    Main-20251114T221003.250Z/SNAPSHOT.json
    Main-20251114T221003.250Z/Main.lrcat
    Main-20251114T221003.250Z/Main.lrcat-data/...

The order of its members and what a tar says of them is the same whoever packs them: one catalog in one state has one
archive. It is written and read as a stream.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import xxhash

from ingest.ledger.backups import GZIP
from ingest.model.copies import Digest

TOLD_IN = "SNAPSHOT.json"
_CHUNK = 1 << 20
_HEAD = 64 << 10  # of the file: what `asset.head` is the hash of
_LEVEL = 1  # a catalog gets four times smaller by it; higher levels take long for a few percent more


@dataclass(frozen=True, slots=True)
class Packed:
    """A member. name: in the archive, below its one folder. sha256: None for a folder."""

    name: str
    size: int
    mtime: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Archive:
    """A finished archive. plain_xxh128: of the tar in it. head: xxh128 of its first 64 KiB. told: its own text."""

    path: Path
    digest: Digest
    head: bytes
    plain_xxh128: bytes
    members: tuple[Packed, ...]
    told: bytes


class NotTheSame(Exception):  # noqa: N818 - a condition by its plain name, as in ingest.errors
    """What is in the archive is not what was packed."""


class _Tar(tarfile.TarFile):
    """What it remembers of its members is let go by who uses it: a session has very many."""

    members: list[tarfile.TarInfo]


def member_of(name: str, path: Path, mtime_ns: int) -> Packed:
    """A file or folder as it will be packed; reads it. Raises OSError."""
    if path.is_dir():
        return Packed(name, 0, mtime_ns // 1_000_000_000, None)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Packed(name, file.tell(), mtime_ns // 1_000_000_000, digest)


def pack(
    source: Path, folder: str, members: Iterable[Packed], about: Mapping[str, object], at: float, target: Path
) -> Archive:
    """Make an archive of members that lie below `source`.

    Args:
        source: a folder of ours, where nobody writes.
        folder: the one that all of it lies in in the archive.
        members: in the order in which they stand there.
        about: what the text says beside the members.
        at: seconds since 1970 UTC, of the text.
        target: must not exist.

    Raises:
        OSError: no room, or a member has another size than it had.
    """
    every = tuple(members)
    told = _told(every, about)
    with target.open("xb") as file:
        squeezed = _Squeezed(file)
        stream = cast(IO[bytes], squeezed)  # it is only written to
        with _Tar.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
            tar.addfile(_info(f"{folder}/{TOLD_IN}", len(told), int(at)), io.BytesIO(told))
            for member in every:
                info = _info(f"{folder}/{member.name}", member.size, member.mtime, is_folder=member.sha256 is None)
                if member.sha256 is None:
                    tar.addfile(info)
                else:
                    with (source / member.name).open("rb") as content:
                        tar.addfile(info, content)
                tar.members.clear()  # it would remember each
        squeezed.end()
    digest = Digest(squeezed.size, squeezed.outer.digest(), squeezed.sha1.digest())
    head = xxhash.xxh3_128_digest(bytes(squeezed.first))
    return Archive(target, digest, head, squeezed.inner.digest(), every, told)


def unpack_to_look(archive: Archive, folder: str, into: Path) -> None:
    """Read a finished archive to its end, write its members out below `into`, and compare each with what was packed.

    folder: as for `pack`. into: must not exist.

    Raises:
        NotTheSame: another member, order or content than was packed, or it cannot be read. What is there is no catalog.
        OSError: no room.
    """
    expected = [(TOLD_IN, hashlib.sha256(archive.told).hexdigest()), *((m.name, m.sha256) for m in archive.members)]
    content = xxhash.xxh3_128()
    into.mkdir(mode=0o700)
    try:
        # Not by tarfile's own "r|gz", which takes a gzip file without its end for a whole one.
        with gzip.open(archive.path) as plain:
            read = cast(IO[bytes], _Read(cast(IO[bytes], plain), content))
            with _Tar.open(fileobj=read, mode="r|", encoding="utf-8") as tar:
                _unpack(tar, expected, folder, into)
            while read.read(_CHUNK):
                pass
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise NotTheSame(f"it cannot be read: {error}") from error
    if content.digest() != archive.plain_xxh128:
        raise NotTheSame("it holds something else than was packed")


def unpack_told(path: Path, into: Path) -> dict[str, object]:
    """Unpack an archive of which nothing is known but what it tells of itself, compare, and give what it tells.

    into: must not exist.

    Raises:
        NotTheSame: it cannot be read, or holds something else than it tells.
        OSError: no room.
    """
    into.mkdir(mode=0o700)
    try:
        with gzip.open(path) as plain:
            stream = cast(IO[bytes], plain)
            with _Tar.open(fileobj=stream, mode="r|", encoding="utf-8") as tar:
                about, found = _about(tar), dict(_every(tar, into))
            while stream.read(_CHUNK):
                pass
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise NotTheSame(f"it cannot be read: {error}") from error
    if {name: sha256 for name, sha256 in found.items() if sha256 is not None} != about.pop("members"):
        raise NotTheSame("it holds something else than it tells")
    return about


def _about(tar: _Tar) -> dict[str, object]:
    """What the first member tells; its members as name -> SHA-256."""
    info = tar.next()
    text = (
        tar.extractfile(info) if info is not None and info.isreg() and info.name.rpartition("/")[2] == TOLD_IN else None
    )
    if text is None:
        raise NotTheSame(f"it lacks {TOLD_IN}")
    try:
        about: dict[str, object] = json.load(text)
        members = cast(list[dict[str, str]], about["members"])
        return {**about, "members": {each["name"]: each["sha256"] for each in members}}
    except (ValueError, KeyError, TypeError) as error:
        raise NotTheSame(f"its {TOLD_IN} cannot be read: {error}") from error


def _every(tar: _Tar, into: Path) -> Iterator[tuple[str, str | None]]:
    """Each further member, written out below `into`: its name, and its SHA-256 or None for a folder."""
    while (info := tar.next()) is not None:
        name = info.name.partition("/")[2]
        if not (info.isreg() or info.isdir()) or not name or {"", ".", ".."} & set(name.split("/")):
            raise NotTheSame(f"nothing of ours is called {info.name!r}")
        yield name, _written(tar, info, into / name)
        tar.members.clear()


def _unpack(tar: _Tar, expected: Iterable[tuple[str, str | None]], folder: str, into: Path) -> None:
    for name, sha256 in expected:
        info = tar.next()
        if info is None or info.name != f"{folder}/{name}" or info.isreg() != (sha256 is not None):
            raise NotTheSame(f"it lacks {name}")
        if sha256 != _written(tar, info, into / name):
            raise NotTheSame(f"{name} is not as it was packed")
        tar.members.clear()  # it would remember each


def _told(members: tuple[Packed, ...], about: Mapping[str, object]) -> bytes:
    files = [
        {"name": each.name, "size": each.size, "mtime": each.mtime, "sha256": each.sha256}
        for each in members
        if each.sha256 is not None
    ]
    return json.dumps({**about, "members": files}, indent=1).encode() + b"\n"


def _info(name: str, size: int, mtime: int, *, is_folder: bool = False) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, max(mtime, 0), 0o700 if is_folder else 0o600
    info.type = tarfile.DIRTYPE if is_folder else tarfile.REGTYPE
    return info


def _written(tar: _Tar, info: tarfile.TarInfo, place: Path) -> str | None:
    """Write a member out; gives its SHA-256, None for a folder."""
    content = tar.extractfile(info)
    if content is None:
        place.mkdir(mode=0o700, parents=True)
        return None
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with place.open("xb") as file:
        while data := content.read(_CHUNK):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


class _Read:
    """A file that is read, with the hash of what came."""

    def __init__(self, file: IO[bytes], content: xxhash.xxh3_128) -> None:
        self._file, self._content = file, content

    def read(self, size: int) -> bytes:
        """What comes next."""
        data = self._file.read(size)
        self._content.update(data)
        return data


class _Squeezed:
    """A gzip file that is written to, with the hashes of what goes in and of what comes out."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._squeeze = zlib.compressobj(_LEVEL, wbits=GZIP)
        self.inner, self.outer = xxhash.xxh3_128(), xxhash.xxh3_128()
        self.sha1, self.first, self.size = hashlib.sha1(usedforsecurity=False), bytearray(), 0

    def write(self, data: bytes) -> int:
        """What a tar says next."""
        self.inner.update(data)
        self._put(self._squeeze.compress(data))
        return len(data)

    def end(self) -> None:
        """No more comes."""
        self._put(self._squeeze.flush())
        self._file.flush()

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self.outer.update(data)
        self.sha1.update(data)
        self.first += data[: _HEAD - len(self.first)]
        self.size += len(data)
