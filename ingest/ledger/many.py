"""Many rows in one statement: asked for as a table that the query joins, inserted and updated together.

A statement that fires a trigger keeps a journal of its own, page by page: one for 64 rows costs half of 64.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

_VARIABLES = 900  # SQLite may be built to take no more than 999 in one statement
_ROWS = 64

Rows = Sequence[Sequence[object]]


def ask(connection: sqlite3.Connection, sql: str, rows: Iterable[Sequence[object]]) -> Iterator[Any]:
    """The answers of `sql` for all rows (each of the same width), which it finds as `asked (column1, column2, ...)`.

    Join with CROSS JOIN behind `asked`: one look into the other table's index for each row, whatever SQLite estimates.
    """
    for part, values in _parts(list(rows), _VARIABLES):
        yield from connection.execute(f"WITH asked AS (VALUES {values}) {sql}", part)


def insert(connection: sqlite3.Connection, into: str, rows: Rows, behind: str = "") -> None:
    """`into` "table (columns)" these rows, in their order; `behind` them what the statement says about conflicts."""
    for part, values in _parts(rows, _ROWS * len(rows[0]) if rows else 0):
        connection.execute(f"INSERT INTO {into} VALUES {values} {behind}", part)


def update(connection: sqlite3.Connection, table: str, column: str, value: object, ids: Sequence[int]) -> None:
    """Set one column of many rows to one value."""
    for start in range(0, len(ids), _VARIABLES):
        part = ids[start : start + _VARIABLES]
        places = ",".join("?" * len(part))
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE id IN ({places})", (value, *part))


def _parts(rows: Rows, variables: int) -> Iterator[tuple[tuple[object, ...], str]]:
    """(values one after the other, their places in SQL) for so many variables at most."""
    if not rows:
        return
    width = len(rows[0])
    step = min(variables, _VARIABLES) // width
    one = f"({','.join('?' * width)})"
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        yield tuple(chain.from_iterable(part)), ",".join([one] * len(part))
