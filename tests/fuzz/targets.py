"""What reads bytes from outside, each with good files to begin with and the errors that it documents."""

import contextlib
import io
import json
import os
import sqlite3
import tempfile
import tomllib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from camera_file_builders import NOW, every_shape
from capture_one_builder import studio
from darktable_builder import wedding as darktable_wedding
from foreign_manifests import HEAD, listing, one, sealed
from lightroom_builder import wedding

from catalog_adapters.base import CatalogUnreadable, ReadOptions, adapter_for
from ingest.card.capture import READERS, capture_of
from ingest.card.containers.magic import Kind, kind_of
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import MalformedError, Window
from ingest.card.exif import read_exif
from ingest.card.health import examine
from ingest.card.parser_wire import WireError, decode_capture, decode_findings, encode_capture, encode_findings
from ingest.care.ledger_sources import fetch_backup
from ingest.config import load, parse
from ingest.copying.destination import MARKER, PRIVATE, read_marker
from ingest.errors import ConfigError, LedgerError
from ingest.ledger.db import open_ledger
from ingest.ledger.soundness import look, opened_to_look
from ingest.manifest.errors import ManifestDamaged
from ingest.manifest.history import read_history
from ingest.manifest.parse import parse_chain, parse_manifest
from ingest.model.cards import Capture, Finding

Samples = Mapping[str, bytes]
Feed = Callable[[str, bytes, Path], None]


@dataclass(frozen=True)
class Target:
    """samples: name -> a good file. feed: reads one, by its name, in an empty folder. errors: those that it documents.

    count: how many damaged files `make test` gives it.
    """

    name: str
    samples: Callable[[Path], Samples]
    feed: Feed
    errors: tuple[type[Exception], ...]
    count: int


def _pictures(_folder: Path) -> Samples:
    return every_shape()


def _containers(_name: str, data: bytes, _folder: Path) -> None:
    window, facts = Window.of(io.BytesIO(data)), Facts()
    kind = kind_of(window)
    if kind is not Kind.UNKNOWN:
        with contextlib.suppress(MalformedError):
            READERS[kind](window, facts)
    read_exif(facts.tiffs)


def _capture(name: str, data: bytes, _folder: Path) -> None:
    found = capture_of(io.BytesIO(data), name.encode(), NOW)
    assert found == decode_capture(encode_capture(found).strip())


def _health(name: str, data: bytes, _folder: Path) -> None:
    with contextlib.suppress(io.UnsupportedOperation):  # the decoder's turn had come: BytesIO has no descriptor
        examine(io.BytesIO(data), name.encode(), lambda _: [])


def _documents(make: Callable[[Path], Path], name: str) -> Callable[[Path], Samples]:
    return lambda folder: {name: make(folder / name).read_bytes()}


def _catalog(kind: str) -> Feed:
    def feed(name: str, data: bytes, folder: Path) -> None:
        (folder / name).write_bytes(data)
        with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
            options = ReadOptions(scratch=Path(scratch), root_exists=lambda _: False, seconds=5)
            try:
                adapter_for(kind).read(
                    folder / name, now=4e9, editor_alive=lambda _: len(data) % 2 == 0, options=options
                )
            finally:
                assert os.listdir(scratch) == []
        assert (folder / name).read_bytes() == data

    return feed


@cache
def _library_and_data() -> Samples:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        darktable_wedding(Path(folder) / "library.db")
        return {name: (Path(folder) / name).read_bytes() for name in ("library.db", "data.db")}


def _darktable(name: str, data: bytes, folder: Path) -> None:
    """One of darktable's two databases damaged, the other one sound."""
    files = {**_library_and_data(), name: data}
    for file, content in files.items():
        (folder / file).write_bytes(content)
    try:
        _catalog("darktable")("library.db", files["library.db"], folder)
    finally:
        assert (folder / "data.db").read_bytes() == files["data.db"]


def _manifests(folder: Path) -> Samples:
    digest = '<xxh64 action="original">0123456789abcdef</xxh64>'
    whole = listing(one(), one("b/c.JPG", digest), one("&amp;&#x1F4F7;"), rest="<references/>").replace(
        b"<process>in-place</process>",
        b"<process>in-place</process><ignore><pattern>*.tmp</pattern><pattern>/**/[a-z]?</pattern></ignore>",
    )
    history = sealed(folder / "shoot", listing(one()), listing(one("b")))
    return {"one.mhl": listing(one()), "whole.mhl": whole, "head.mhl": HEAD.encode(), "chain.xml": _chain_of(history)}


def _chain_of(history: Path) -> bytes:
    return (history / "ascmhl" / "ascmhl_chain.xml").read_bytes()


def _manifest(name: str, data: bytes, _folder: Path) -> None:
    (parse_chain if name == "chain.xml" else parse_manifest)(data, name)


def _history(name: str, data: bytes, folder: Path) -> None:
    """A manifest that its chain vouches for, whatever stands in it; or a chain that says what it likes."""
    shoot = sealed(folder / "shoot", listing(one()) if name == "chain.xml" else data)
    if name == "chain.xml":
        (shoot / "ascmhl" / "ascmhl_chain.xml").write_bytes(data)
    before = {path: path.read_bytes() for path in shoot.rglob("*") if path.is_file()}
    try:
        read_history(os.fsencode(shoot))
    finally:
        assert before == {path: path.read_bytes() for path in shoot.rglob("*") if path.is_file()}


_SETTINGS = """
station = "studio"
[gate]
devices = 2
reads = 2
[naming]
folder = "{year}/{shoot}"
day_starts = "04:00"
[[destinations]]
name = "ssd"
kind = "ssd"
root = "/mnt/ssd/Photos"
limit = "50 MB/s"
[[destinations]]
name = "nas"
kind = "nas"
root = '/mnt/nas/Photos'
[cards]
ignore = ["*.tmp", "MISC/**"]
[cloud]
kind = "b2"
bucket = "my-archive"
[[catalogs]]
kind = "lightroom"
path = "/home/anna/Main.lrcat"
"""


def _settings(_folder: Path) -> Samples:
    with contextlib.suppress(ConfigError):
        parse(tomllib.loads(_SETTINGS))
    return {
        "config.toml": _SETTINGS.encode(),
        "odd.toml": b'a = {b = [1, 2.5, 1979-05-27T07:32:00Z]}\n"c".d = """x"""\n',
    }


def _config(_name: str, data: bytes, folder: Path) -> None:
    (folder / "config.toml").write_bytes(data)
    try:
        load(folder)
    except ConfigError as error:
        told = "".join((error.message, error.hint, *error.mistakes))
        assert told.isprintable(), told
        raise


def _answers(_folder: Path) -> Samples:
    taken = datetime.fromisoformat("2026-03-14T15:22:33")
    capture = Capture(taken, "exif", 60, "Canon", "EOS R5", "0123", False)
    findings = (Finding(b"x", "truncated", "It ends early."), Finding(b"x", "does not open", "LibRaw: no"))
    return {
        "capture": encode_capture(capture).strip(),
        "no capture": encode_capture(None).strip(),
        "findings": encode_findings(findings).strip(),
    }


def _wire(name: str, data: bytes, _folder: Path) -> None:
    if "capture" in name:
        decode_capture(data)
    else:
        decode_findings(data, b"IMG_0001.JPG")


def _packed(folder: Path) -> Samples:
    open_ledger(folder / "ledger.sqlite").close()
    squeeze = [zlib.compressobj(level, wbits=31) for level in (1, 9)]
    plain = (folder / "ledger.sqlite").read_bytes(), b"\0" * 40_000_000
    made = [one.compress(data) + one.flush() for one, data in zip(squeeze, plain, strict=True)]
    return {"ledger.sqlite.gz": made[0], "bomb.sqlite.gz": made[1]}


def _backup(name: str, data: bytes, folder: Path) -> None:
    (folder / name).write_bytes(data)
    target = folder / "plain.sqlite"
    try:
        fetch_backup(bytes(folder / name), bytes(target))
        with opened_to_look(target) as ledger:
            look(ledger)
    finally:
        assert not target.exists() or target.stat().st_size <= 32 << 20
        target.unlink(missing_ok=True)


def _markers(_folder: Path) -> Samples:
    marker = {"marker": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "name": "ssd", "what": "Safelight"}
    return {"destination.json": json.dumps(marker).encode() + b"\n"}


def _marker(_name: str, data: bytes, folder: Path) -> None:
    root = bytes(folder)
    os.makedirs(root + b"/" + PRIVATE, exist_ok=True)
    with open(root + b"/" + PRIVATE + b"/" + MARKER, "wb") as file:
        file.write(data)
    read_marker(root)


TARGETS = (
    Target("containers", _pictures, _containers, (), 1000),
    Target("capture", _pictures, _capture, (), 1000),
    Target("health", _pictures, _health, (), 1000),
    Target("lightroom", _documents(wedding, "Main.lrcat"), _catalog("lightroom"), (CatalogUnreadable,), 40),
    Target("capture-one", _documents(studio, "Jobs.cocatalogdb"), _catalog("capture_one"), (CatalogUnreadable,), 40),
    Target("darktable", lambda _: _library_and_data(), _darktable, (CatalogUnreadable,), 20),
    Target("manifest", _manifests, _manifest, (ManifestDamaged,), 1500),
    Target("history", _manifests, _history, (ManifestDamaged,), 200),
    Target("config", _settings, _config, (ConfigError,), 800),
    Target("wire", _answers, _wire, (WireError,), 2000),
    Target("backup", _packed, _backup, (OSError, sqlite3.Error, LedgerError), 60),
    Target("marker", _markers, _marker, (OSError,), 600),
)
