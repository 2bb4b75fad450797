"""Folders with files, and the entries a session would hand in for them."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import xxhash

from ingest.manifest.hashing import c4
from ingest.manifest.records import Action, Entry, Generation, Link, Process
from ingest.manifest.store import append_generation
from ingest.manifest.verify import HashFile, Report, verify_folder
from ingest.manifest.write import render_chain

STARTED = 1748727000.0  # 2025-05-31 21:30:00 UTC

CARD: Mapping[bytes, bytes] = {
    b"100CANON/IMG_9999.JPG": b"abcde",
    b"100CANON/IMG_9999.CR2": b"raw" * 1000,
    b"101CANON/IMG_0001.JPG": b"another picture",
    b"PRIVATE/M4ROOT/CLIP/C0001.MP4": b"\x00\x01clip",
    b"empty.bin": b"",
}


def plant(folder: Path, files: Mapping[bytes, bytes], empty: Iterable[bytes] = ()) -> None:
    """Write `files` (relative path -> content) and make the `empty` folders."""
    root = os.fsencode(folder)
    for path, content in files.items():
        whole = root + b"/" + path
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "wb") as file:
            file.write(content)
    for path in empty:
        os.makedirs(root + b"/" + path, exist_ok=True)


def entry(path: bytes, content: bytes, action: Action = "original") -> Entry:
    """What a session knows of a file that holds `content`."""
    return Entry(path, len(content), 1748727000_123456789, xxhash.xxh3_128_digest(content), STARTED + 5, action)


def entries(files: Mapping[bytes, bytes], action: Action = "original") -> list[Entry]:
    return [entry(path, content, action) for path, content in files.items()]


def record(folder: Path, given: list[Entry], later: int = 0, process: Process = "transfer") -> Generation:
    """Append a generation, `later` seconds after the first one."""
    return append_generation(
        os.fsencode(folder),
        given,
        started=STARTED + later,
        created=STARTED + later + 60,
        tool_version="1.2.3",
        hostname="studio-1",
        process=process,
    )


def hash_of(folder: Path) -> HashFile:
    """The hashing function that `verify_folder` wants."""

    def hash_file(path: bytes) -> bytes:
        with open(os.fsencode(folder) + b"/" + path, "rb") as file:
            digest: bytes = xxhash.xxh3_128_digest(file.read())
            return digest

    return hash_file


def flip(path: Path, at: int = 0) -> None:
    """Change one byte of a file, size kept."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x20
    path.write_bytes(data)


def manifests(folder: Path) -> list[Path]:
    return sorted((folder / "ascmhl").glob("*.mhl"))


def chain(folder: Path) -> Path:
    return folder / "ascmhl" / "ascmhl_chain.xml"


def verify(folder: Path) -> Report:
    return verify_folder(os.fsencode(folder), hash_of(folder))


def reseal(folder: Path) -> None:
    """Make the chain fit manifests that were tampered with."""
    links = [Link(n, os.fsencode(path.name), c4(path.read_bytes())) for n, path in enumerate(manifests(folder), 1)]
    chain(folder).write_bytes(render_chain(links))
