"""A catalog that cannot be read, by the command: exit code 15, what happened, to which file, what to do; no trace."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from capture_one_builder import studio as jobs
from darktable_builder import wedding as darktable_wedding
from lightroom_builder import LightroomBuilder, wedding
from studio import Studio

from catalog_adapters import pair, sqlite_snapshot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and alarms are not there")
EDITORS = {
    "lightroom": (wedding, "Main.lrcat", "AgLibraryFile"),
    "capture_one": (jobs, "Jobs.cocatalogdb", "ZIMAGE"),
    "darktable": (darktable_wedding, "library.db", "images"),
}


def changed(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA legacy_alter_table = ON")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _garbage(path: Path, _table: str) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (size - 100))


def _view(path: Path, table: str) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n"
    changed(path, f"DROP TABLE {table}", f"CREATE VIEW {table} AS {endless}")


def _other(make: Callable[[Path], object]) -> Callable[[Path, str], None]:
    def harm(path: Path, _table: str) -> None:
        path.unlink()
        make(path)

    return harm


HARMS: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "missing": (lambda path, _table: path.unlink(), "There is no catalog at this path"),
    "empty": (lambda path, _table: os.truncate(path, 0), "The catalog is empty"),
    "other": (lambda path, _table: path.write_bytes(b"II*\0" * 4000), "The catalog is not a database"),
    "half": (lambda path, _table: os.truncate(path, path.stat().st_size // 8192 * 4096), "The catalog is damaged"),
    "cut": (lambda path, _table: os.truncate(path, path.stat().st_size - 1), "ends in the middle of a page"),
    "garbage": (_garbage, "The catalog is damaged"),
    "table": (lambda path, table: changed(path, f"DROP TABLE {table}"), "it has no {table}"),
    "view": (_view, "it has no {table}"),
    "fifo": (_other(os.mkfifo), "not a regular file"),
    "device": (_other(lambda path: path.symlink_to("/dev/zero")), "not a regular file"),
    "huge": (lambda path, _table: os.truncate(path, 65 << 30), "65 GiB, more than is read"),
    "wal": (lambda path, _table: os.mkfifo(f"{path}-wal"), "not a regular file"),
    "journal": (lambda path, _table: os.mkdir(f"{path}-journal"), "not a regular file"),
}


def listing(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every entry, the folder itself included: (mode, size, mtime, inode, bytes where there are not too many)."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        status = path.lstat()
        small = stat.S_ISREG(status.st_mode) and status.st_size < 1 << 24
        data = path.read_bytes() if small else b""
        found[path.name] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, data)
    return found


@contextmanager
def in_time(seconds: int = 60) -> Iterator[None]:
    """Nothing hangs: what is waited for is broken off, and fails."""

    def late(*_: object) -> None:
        raise TimeoutError("it hung")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the catalog lies."""
    monkeypatch.setattr(sqlite_snapshot, "_PAUSES", (0.0,) * 3)  # for an editor that writes; none does here
    monkeypatch.setattr(pair, "_PAUSES", (0.0,) * 4)
    place = studio.base / "catalogs"
    place.mkdir()
    return place


def refuses(studio: Studio, path: Path, words: str, kind: str, named: Path | None = None) -> None:
    """Both commands in both forms: exit code 15, and all three things are said."""
    studio.configure(extra=f'[[catalogs]]\nkind = "{kind}"\npath = "{path}"\n')
    before = listing(path.parent)
    for command in (["audit", path], ["tag"]):
        with in_time():
            screen = studio.run(*command)
            lines = studio.run(*command, "--json")
        assert (screen.code, lines.code) == (15, 15), screen.out + screen.err
        [error] = lines.events("error")
        assert words in screen.err
        assert words in error["message"]
        assert str(named or path) in screen.err
        assert error["path"] == str(named or path)
        assert error["hint"]
        assert error["hint"].rstrip(".") in screen.err
        assert "Traceback" not in screen.err
    assert listing(path.parent) == before


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("kind", EDITORS)
def test_a_catalog_that_cannot_be_read_is_told_with_its_file_and_what_to_do(
    studio: Studio, folder: Path, kind: str, harm: str
) -> None:
    make, name, table = EDITORS[kind]
    path = make(folder / name)
    do, words = HARMS[harm]
    do(path, table)
    target = Path("/dev/zero") if harm == "device" else path
    refuses(studio, path, words.format(table=table), kind, target)


def test_a_folder_in_place_of_a_catalog_is_told(studio: Studio, folder: Path) -> None:
    (folder / "Main.lrcat").mkdir()
    refuses(studio, folder / "Main.lrcat", "This is a folder, not a Lightroom catalog", "lightroom")


def test_of_two_databases_that_are_one_catalog_the_damaged_one_is_named(studio: Studio, folder: Path) -> None:
    path = darktable_wedding(folder / "library.db")
    _garbage(folder / "data.db", "")
    refuses(studio, path, "The catalog is damaged", "darktable", folder / "data.db")


def test_of_several_catalogs_the_one_that_cannot_be_read_is_named_behind_the_verdict(
    studio: Studio, folder: Path
) -> None:
    entries = ""
    for name in ("One.lrcat", "Two.lrcat"):
        path = wedding(folder / name)
        entries += f'[[catalogs]]\nkind = "lightroom"\npath = "{path}"\n'
    (folder / "Two.lrcat").write_bytes(b"no database at all" * 100)
    studio.configure(extra=entries)
    studio.shoot(1)
    run = studio.ingest()
    assert run.level == "safe"
    [warning] = [event["text"] for event in run.events("warned") if event["code"] == "catalog"]
    assert str(folder / "Two.lrcat") in warning


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("CREATE TABLE half_done (x)")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds it exclusively, in the middle of a change."""
    words = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.kill()


@pytest.mark.parametrize("kind", ["lightroom", "capture_one"])
def test_a_catalog_that_another_program_holds_locked_is_read_as_last_saved(
    studio: Studio, folder: Path, kind: str
) -> None:
    make, name, _ = EDITORS[kind]
    path = make(folder / name)
    studio.configure(extra=f'[[catalogs]]\nkind = "{kind}"\npath = "{path}"\n')
    free = studio.run("audit", path, "--json").events("image")
    with locked(path), in_time():
        before = listing(folder)
        run = studio.run("audit", path, "--json")
        assert studio.run("tag").code == 0
        assert listing(folder) == before
    assert run.code == 18, run.err  # its pictures were never here
    assert run.events("image") == free != []


def test_a_library_of_darktable_in_the_middle_of_a_change_is_waited_for_and_then_told(
    studio: Studio, folder: Path
) -> None:
    """It keeps its journal in memory: nobody else could undo half of a change."""
    path = darktable_wedding(folder / "library.db")
    with locked(path):
        refuses(studio, path, "The catalog is being written all the time", "darktable")


HOSTILE = ("../../etc/passwd", "/etc/passwd", "..", "a\0b.jpg", "\x1b[2J.jpg", "\u202egpj.exe", "x" * 1_000_000)


def test_hostile_names_and_a_newer_release_are_read_and_printed_without_harm(studio: Studio, folder: Path) -> None:
    lr = LightroomBuilder(folder / "Main.lrcat")
    root = lr.root(f"{studio.ssd}/")
    for name in HOSTILE:
        lr.image(lr.file(lr.folder(root), name), rating=5.0)
        lr.image(lr.file(lr.folder(root, f"{name}/"), "IMG_0001.JPG"), copyName=name)
        lr.collect(lr.collection(name), 1)
        lr.tag(1, lr.keyword(name, 1))
    lr.connection.execute("UPDATE Adobe_variablesTable SET value = '2100000' WHERE name = 'Adobe_DBVersion'")
    path = lr.close()
    studio.configure(extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{path}"\n')
    before = listing(folder)
    with in_time():
        lines = studio.run("audit", path, "--json")  # that no raw control character is printed is seen in `run`
        assert (lines.code, studio.run("audit", path).code, studio.run("audit", path, "--csv").code) == (18, 18, 18)
        assert studio.run("tag").code == 0
    assert any("newer than is known" in warning for warning in lines.last["warnings"])
    images = lines.events("image")
    assert len(images) == 2 * len(HOSTILE)
    for image in images:
        assert not image["path"] or image["path"].startswith(f"{studio.ssd}/")
        assert ".." not in image["path"].split("/")
    assert listing(folder) == before
