"""Library and data are read at one moment, also while darktable writes, which leaves no file beside that would tell."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_files import NOW, closed, running
from darktable_builder import change, read, wedding

from catalog_adapters import pair
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.darktable import DarktableAdapter
from catalog_adapters.liveness import lock_is_live

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = MEMORY")
connection.execute("BEGIN EXCLUSIVE")
connection.execute(sys.argv[2])
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
print("done", flush=True)
"""


@pytest.fixture
def library(home: Path) -> Path:
    return wedding(home / "library.db")


@pytest.fixture(params=["library.db", "data.db"])
def writer(request: pytest.FixtureRequest, library: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a change, its journal in memory as darktable keeps it."""
    database = library.parent / request.param
    change_of = {"library.db": "UPDATE images SET flags = 4 WHERE id = 3", "data.db": "DELETE FROM tags WHERE id = 2"}
    arguments = [sys.executable, "-c", WRITER, str(database), change_of[request.param]]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the lock is asked for on Linux")
@pytest.mark.parametrize("alive", [closed, running])
def test_nothing_is_read_in_the_middle_of_a_change(
    library: Path, writer: subprocess.Popen[str], scratch: Path, alive: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair, "_PAUSES", (0.0, 0.0))
    with pytest.raises(CatalogUnreadable, match="being written") as caught:
        read(library, alive, scratch=scratch)  # type: ignore[arg-type]
    assert caught.value.reason is Reason.UNSTABLE
    writer.communicate("go on\n")
    assert len(read(library, alive, scratch=scratch).images) == 8  # type: ignore[arg-type]


HALTED = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = MEMORY")
connection.execute("PRAGMA cache_size = 5")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE picture SET name = hex(randomblob(100)) || name")
print("halted", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@pytest.fixture
def halting(home: Path) -> Iterator[tuple[Path, Path, Callable[[], None]]]:
    """Two databases; when it is called, a process begins to change the first, and is halted with some pages written."""
    main, second = home / "main.db", home / "second.db"
    change(main, "CREATE TABLE picture (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    change(main, f"{many} INSERT INTO picture SELECT i, 'IMG_' || i FROM n")
    change(second, "CREATE TABLE tag (id INTEGER PRIMARY KEY)")
    begun: list[subprocess.Popen[str]] = []

    def halt() -> None:
        if begun:
            return
        words = [sys.executable, "-c", HALTED, str(main)]
        begun.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert begun[0].stdout
        assert begun[0].stdout.readline() == "halted\n"

    yield main, second, halt
    for process in begun:
        process.communicate("go on\n")


@pytest.mark.skipif(sys.platform != "linux", reason="the lock is asked for on Linux")
@pytest.mark.parametrize("alive", [False, True])
def test_what_looks_torn_beneath_a_change_that_began_meanwhile_is_no_damage(
    halting: tuple[Path, Path, Callable[[], None]], scratch: Path, alive: bool
) -> None:
    """Whatever the reader takes the torn state for."""

    def read_main(connection: sqlite3.Connection, _: None) -> None:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise CatalogUnreadable("A column is missing", hint="", path="", reason=Reason.UNKNOWN_VERSION)

    main, second, halt = halting
    options = ReadOptions(scratch=scratch)
    with pytest.raises(CatalogUnreadable, match="being written") as caught:
        pair.observe_pair(main, read_main, second, lambda _: halt(), alive=alive, now=NOW, options=options)
    assert caught.value.reason is Reason.UNSTABLE
    assert os.listdir(scratch) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the lock is asked for on Linux")
def test_nor_is_it_damage_where_both_are_copied(
    halting: tuple[Path, Path, Callable[[], None]], scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, second, halt = halting
    real = pair.copy_to

    def halted(*args: Any, **options: Any) -> Any:
        halt()
        return real(*args, **options)

    monkeypatch.setattr(pair, "copy_to", halted)
    files = [(second, scratch / "second"), (main, scratch / "main")]
    with pytest.raises(CatalogUnreadable, match="being written") as caught:
        pair.copy_pair(files, now=NOW, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.UNSTABLE
    assert os.listdir(scratch) == []


def test_asking_for_the_lock_takes_none(library: Path) -> None:
    assert not pair.is_being_written(library)
    other = sqlite3.connect(library, isolation_level=None, timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("ROLLBACK")
    other.close()


def test_a_change_of_one_file_between_the_two_looks_begins_both_anew(library: Path, scratch: Path) -> None:
    """A keyword renamed, and given to another picture, after data was read and before the library is."""
    looks: list[str] = []

    def once_changed(root: str) -> bool:
        looks.append(root)
        if len(looks) == 1:
            change(library.parent / "data.db", "UPDATE tags SET name = 'chapel' WHERE name = 'église'")
        return False

    options = ReadOptions(scratch=scratch, root_exists=once_changed)
    facts = DarktableAdapter().read(library, now=NOW, editor_alive=running, options=options)
    assert len(looks) == 2
    assert facts.images[0].keywords == (("people", "bride", "Anna"), ("chapel",))


def test_files_that_keep_changing_are_not_read(library: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair, "_PAUSES", (0.0, 0.0, 0.0))
    looks: list[str] = []

    def changed(root: str) -> bool:
        looks.append(root)
        change(library.parent / "data.db", f"UPDATE db_info SET value = '{len(looks)}'")
        return False

    with pytest.raises(CatalogUnreadable) as caught:
        DarktableAdapter().read(
            library, now=NOW, editor_alive=running, options=ReadOptions(scratch=scratch, root_exists=changed)
        )
    assert (caught.value.reason, len(looks)) == (Reason.UNSTABLE, 3)
    assert os.listdir(scratch) == []


def test_the_lock_that_a_crash_left_is_no_lock(tmp_path: Path) -> None:
    """darktable writes its pid and a zero byte, and takes the file away when it ends."""
    lock = tmp_path / "library.db.lock"
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    lock.write_bytes(done.stdout.strip().encode() + b"\0")
    assert not lock_is_live(lock, ["darktable"])
    lock.write_bytes(f"{os.getpid()}".encode() + b"\0")
    name = Path(f"/proc/{os.getpid()}/comm").read_text().strip()
    assert lock_is_live(lock, [name])
