"""C4 identifiers and the folder hashes of ASC MHL, for xxh128 (XXH3-128, seed 0, big-endian).

Source: ASC MHL specification 1.0, "Folder hashes"; C4 as in SMPTE ST 2114: SHA-512 in base 58.
"""

import hashlib
from collections.abc import Iterable, Mapping

import xxhash

from ingest.manifest.records import FolderHash
from ingest.model.names import base_of, parent_of

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_C4_DIGITS = 88

_Children = dict[bytes, tuple[list[bytes], list[bytes]]]  # by folder: what its content and its structure are made of


def c4(data: bytes) -> str:
    """The C4 identifier of `data`: "c4" and 88 digits, 90 characters in all."""
    number = int.from_bytes(hashlib.sha512(data).digest(), "big")
    digits = []
    while number:
        number, digit = divmod(number, len(_BASE58))
        digits.append(_BASE58[digit])
    return "c4" + "".join(reversed(digits)).rjust(_C4_DIGITS, _BASE58[0])


def xxh128(data: bytes) -> bytes:
    """The XXH3-128 of `data`, 16 bytes."""
    digest: bytes = xxhash.xxh3_128_digest(data)
    return digest


EMPTY_FOLDER = FolderHash(content=xxh128(b""), structure=xxh128(b""))


def folder_hashes(
    files: Mapping[bytes, bytes],
    folders: Iterable[bytes] = (),
    sealed: Mapping[bytes, FolderHash] | None = None,
) -> dict[bytes, FolderHash]:
    """Content and structure hash of every folder, the root under `b""`.

    files: relative path -> 16-byte digest. folders: those to count although no file may lie in them; parents are
    implied. sealed: folders whose hashes are given because their files are recorded elsewhere (nested histories).
    """
    return hashes_of_folders(files.items(), folders, sealed)


def hashes_of_folders(
    files: Iterable[tuple[bytes, bytes]],
    folders: Iterable[bytes] = (),
    sealed: Mapping[bytes, FolderHash] | None = None,
) -> dict[bytes, FolderHash]:
    """As `folder_hashes`, of (relative path, 16-byte digest), each path once, taken one after the other."""
    given = sealed or {}
    children: _Children = {b"": ([], [])}
    for folder in (*folders, *given):
        _open(children, folder)
    for path, digest in files:
        parent = parent_of(path)
        _open(children, parent)
        _add(children, path, parent, FolderHash(digest, digest))
    hashes: dict[bytes, FolderHash] = {}
    for folder in sorted(children, key=_depth, reverse=True):
        hashes[folder] = given.get(folder) or _combined(*children[folder])
        if folder:
            _add(children, folder, parent_of(folder), hashes[folder])
    return hashes


def _add(children: _Children, path: bytes, parent: bytes, own: FolderHash) -> None:
    contents, structures = children[parent]
    contents.append(own.content)
    structures.append(xxh128(base_of(path) + own.structure))


def _open(children: _Children, folder: bytes) -> None:
    while folder not in children:
        children[folder] = [], []
        folder = parent_of(folder)


def _depth(folder: bytes) -> int:
    return folder.count(b"/") + bool(folder)


def _combined(contents: list[bytes], structures: list[bytes]) -> FolderHash:
    """Digests are sorted as text by the specification; hex text and big-endian bytes sort alike."""
    return FolderHash(content=xxh128(b"".join(sorted(contents))), structure=xxh128(b"".join(sorted(structures))))
