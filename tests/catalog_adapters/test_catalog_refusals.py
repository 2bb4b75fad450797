"""Damaged, strange and hostile documents: each adapter says why, at once, and nothing beside them changes."""

import contextlib
import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_editors import Editor, alter, read, refused
from catalog_files import ALIVE, NOW, Alive, closed, untouched

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason


def test_a_missing_catalog_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    assert refused(editor, home / editor.name, scratch).reason is Reason.MISSING


def test_an_empty_file_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    (home / editor.name).touch()
    error = refused(editor, home / editor.name, scratch)
    assert (error.reason, error.message) == (Reason.CORRUPT, "The catalog is empty")


def test_a_file_that_is_no_database_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    (home / editor.name).write_bytes(b"II*\0" * 4000)
    error = refused(editor, home / editor.name, scratch)
    assert (error.reason, error.message) == (Reason.CORRUPT, "The catalog is not a database")


def test_a_fifo_with_the_name_of_a_catalog_does_not_hang(editor: Editor, home: Path, scratch: Path) -> None:
    os.mkfifo(home / editor.name)
    assert refused(editor, home / editor.name, scratch).reason is Reason.CORRUPT


@pytest.mark.parametrize("alive", ALIVE)
def test_a_truncated_catalog_is_told(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    path = editor.make(home / editor.name)
    os.truncate(path, path.stat().st_size // 2)
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT


@pytest.mark.parametrize("alive", ALIVE)
def test_a_catalog_with_garbage_pages_is_told(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    path = editor.make(home / editor.name)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (path.stat().st_size - 100))
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """As a user who owns nothing here; root may read everything."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_catalog_that_may_not_be_read_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    path.chmod(0)
    with untouched(home), pytest.raises(CatalogUnreadable) as caught, without_rights():
        editor.adapter.read(path, now=NOW, editor_alive=closed, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.NO_PERMISSION


def test_a_missing_core_table_is_refused_by_its_name(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    alter(path, f"DROP TABLE {editor.core_table}")
    error = refused(editor, path, scratch)
    assert error.reason is Reason.UNKNOWN_VERSION
    assert editor.core_table in error.message


def test_a_view_in_place_of_a_core_table_is_refused(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id_local, x AS Z_PK FROM n"
    alter(path, f"DROP TABLE {editor.core_table}", f"CREATE VIEW {editor.core_table} AS {endless}")
    error = refused(editor, path, scratch)
    assert error.reason is Reason.UNKNOWN_VERSION


def test_text_that_is_no_utf8_and_numbers_that_are_none_do_not_stop_the_reading(
    editor: Editor, home: Path, scratch: Path
) -> None:
    path = editor.make(home / editor.name)
    connection = sqlite3.connect(path)
    schema = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
    for trigger in (name for kind, name in schema if kind == "trigger"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for table in (name for kind, name in schema if kind == "table"):
        columns = [(name, key) for _, name, _, _, _, key in connection.execute(f"PRAGMA table_info({table})")]
        for name, key in columns:
            if not key and not name.endswith(("id_global", "absolutePath", "UUID", "ZDOCUMENTTYPE")):
                connection.execute(f"UPDATE OR IGNORE {table} SET {name} = CAST(x'FF00FE2F2E2E2F' AS TEXT)")
    connection.commit()
    connection.close()
    facts = read(editor, path, scratch)
    assert len(facts.images) >= editor.files


@pytest.mark.parametrize("seed", range(20))
def test_a_catalog_with_flipped_bytes_is_read_or_refused(editor: Editor, home: Path, scratch: Path, seed: int) -> None:
    path = editor.make(home / editor.name)
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for place in chance.sample(range(100, len(content)), 200):
        content[place] = chance.randrange(256)
    path.write_bytes(content)
    reason = None
    with untouched(home), contextlib.suppress(CatalogUnreadable):
        try:
            editor.adapter.read(path, now=NOW, editor_alive=closed, options=ReadOptions(scratch=scratch))
        except CatalogUnreadable as error:
            reason = error.reason
            raise
    assert reason in (None, Reason.CORRUPT, Reason.UNKNOWN_VERSION)
    assert os.listdir(scratch) == []


def test_what_a_damaged_catalog_makes_sqlite_say_is_safe_to_print(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE x\x1b[2J(' WHERE type = 'table'")
    connection.commit()
    connection.close()
    error = refused(editor, path, scratch)
    assert error.reason is Reason.CORRUPT
    assert error.message.isprintable()
