"""Rows of a database that is not trusted: none is lost or told twice, whatever its cells hold."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from operator import methodcaller
from pathlib import Path

import pytest

from catalog_adapters.tables import Tables
from catalog_adapters.values import Notes


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "c.db")) as found:
        found.text_factory = methodcaller("decode", "utf-8", "replace")
        yield found


def tables_of(connection: sqlite3.Connection) -> Tables:
    return Tables(connection, editor="Lightroom", path="/c.lrcat", notes=Notes())


def links(connection: sqlite3.Connection, *rows: tuple[object, object]) -> Tables:
    connection.execute("CREATE TABLE links (image, tag)")
    connection.executemany("INSERT INTO links VALUES (?, ?)", rows)
    return tables_of(connection)


@pytest.mark.parametrize("bad", [0, 999, 1000, 2345])
def test_a_text_that_is_no_utf8_stands_in_its_row_with_replacements_and_every_row_comes_once(
    connection: sqlite3.Connection, bad: int
) -> None:
    connection.execute("CREATE TABLE names (id INTEGER PRIMARY KEY, name)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", [(n, f"name {n}") for n in range(2500)])
    connection.execute("UPDATE names SET name = CAST(x'61ff' AS TEXT) WHERE id = ?", (bad,))
    tables = tables_of(connection)
    for _ in range(2):
        assert [*tables.rows("n.id, n.name", "names n")] == [
            (n, "a\ufffd" if n == bad else f"name {n}") for n in range(2500)
        ]


def test_a_query_that_fails_for_another_reason_fails(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        [*links(connection).rows("l.elsewhere", "links l")]


def by_image(tables: Tables, known: Collection[int]) -> dict[int, tuple[tuple[int, ...], bool]]:
    """Image -> what is told of its links; each image is told once."""
    found: dict[int, tuple[tuple[int, ...], bool]] = {}
    for keys, ids, strange in tables.linked("links", "image", "tag", known):
        assert found.keys().isdisjoint(keys)
        found |= dict.fromkeys(keys, (ids, strange))
    return found


def test_links_are_told_by_image_with_what_is_known_sorted_and_once(connection: sqlite3.Connection) -> None:
    tables = links(connection, (2, 9), (1, 5), (2, 3), (1, 5), (2, 9), (3, 4), (2, 4))
    assert by_image(tables, {3, 5, 9}) == {1: ((5,), False), 2: ((3, 9), True), 3: ((), True)}


def test_links_may_be_stored_as_texts_or_as_numbers_with_a_point(connection: sqlite3.Connection) -> None:
    tables = links(connection, ("2", 3.0), (2, "5"), (1.0, 5), ("no number", 5), (7, None), (None, 5), (8, "none"))
    assert by_image(tables, {3, 5}) == {1: ((5,), False), 2: ((3, 5), False), 8: ((), True)}


def test_no_number_however_large_or_negative_is_taken_for_another(connection: sqlite3.Connection) -> None:
    large = 1 << 31
    tables = links(connection, (large, 5), (-1, 5), (1, large + 5), (1, -5), (2, (1 << 62) + 5), (-(1 << 62), 5))
    assert by_image(tables, {5}) == {
        -1: ((5,), False),
        1: ((), True),
        2: ((), True),
        large: ((5,), False),
    }


@pytest.mark.parametrize("without", ["", "WITHOUT ROWID"])
def test_links_of_a_large_table_are_gathered_whatever_their_order(connection: sqlite3.Connection, without: str) -> None:
    connection.execute(f"CREATE TABLE links (image, tag, PRIMARY KEY (tag, image)) {without}")
    wanted = {image: (tuple(sorted({image % 7, 10 + image % 5})), False) for image in range(9000)}
    for column in (0, 1):
        rows = [(image, tags[column]) for image, (tags, _) in wanted.items() if len(tags) > column]
        connection.executemany("INSERT INTO links VALUES (?, ?)", rows)
    assert by_image(tables_of(connection), range(20)) == wanted


def test_a_table_without_links_tells_none(connection: sqlite3.Connection) -> None:
    assert by_image(links(connection), {5}) == {}
