"""SQLite databases that are the same each time: no clock, no chance, no release number of the library in them."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

_FORMAT_VERSIONS, _CHANGE_COUNTER, _VALID_FOR, _LIBRARY_VERSION = 18, 24, 92, 96
_ROLLBACK, _WAL = 1, 2
_WRITTEN_BY = 3_040_000  # the library's own number would differ from machine to machine
Value = str | int | float | bytes | None


class Rows:
    """Adds rows to a database, numbering them as it goes. key: the name of the primary key's column."""

    def __init__(self, connection: sqlite3.Connection, key: str) -> None:
        self._connection = connection
        self._key = key
        self.last = 0

    def reserve(self) -> int:
        """The next number, for rows that name one another."""
        self.last += 1
        return self.last

    def put(self, table: str, number: int, **columns: Value) -> int:
        """Insert one row under a reserved number."""
        row = {self._key: number, **columns}
        names, places = ", ".join(row), ", ".join("?" * len(row))
        # Table and columns are this package's own words, never input.
        self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))  # noqa: S608 - names of our own
        return number

    def add(self, table: str, **columns: Value) -> int:
        """Insert one row and return its number, unique over all tables."""
        return self.put(table, self.reserve(), **columns)


def identity(*names: object) -> str:
    """A UUID in upper case, always the same for the same names."""
    return str(uuid5(NAMESPACE_URL, "safelight-sample/" + "/".join(map(str, names)))).upper()


def database(schema: str, fill: Callable[[sqlite3.Connection], None], *, wal: bool) -> bytes:
    """A database file. schema: name of the SQL file beside this module. wal: what its header says about journals.

    The change counter and the library's version in the header are set to constants. Source: SQLite file format, 1.3.
    """
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA secure_delete=ON")  # unused bytes of a page are zero, not memory
        connection.executescript(Path(__file__).with_name(schema).read_text("utf-8"))
        fill(connection)
        connection.commit()
        data = bytearray(connection.serialize())
    finally:
        connection.close()
    data[_FORMAT_VERSIONS : _FORMAT_VERSIONS + 2] = bytes([_WAL if wal else _ROLLBACK] * 2)
    for place, number in ((_CHANGE_COUNTER, 1), (_VALID_FOR, 1), (_LIBRARY_VERSION, _WRITTEN_BY)):
        struct.pack_into(">L", data, place, number)
    return bytes(data)
