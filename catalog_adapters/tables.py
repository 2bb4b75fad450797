"""What a database offers, found by looking and not by version numbers: an absent column is a warning, not a crash."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from catalog_adapters.base import CatalogUnreadable, Reason
from catalog_adapters.values import Notes

_MOST_ROWS = 20_000_000
_BATCH = 1000
Row = tuple[Any, ...]  # cells are int, float, str, bytes or None, whatever the column says


class Tables:
    """The real tables of one connection: no views, no virtual tables, which could run anything.

    Args:
        connection: open for reading.
        editor: name for messages. path: the document, for messages.
        notes: takes a warning for each absent optional column.
    """

    def __init__(self, connection: sqlite3.Connection, *, editor: str, path: str, notes: Notes) -> None:
        self._connection = connection
        self._editor = editor
        self._path = path
        self._notes = notes
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
        self._names = {str(name).casefold() for (name,) in names}
        self._columns: dict[str, frozenset[str]] = {}

    def columns(self, table: str) -> frozenset[str]:
        """The table's column names in lower case; empty when there is no such table."""
        key = table.casefold()
        if key not in self._names:
            return frozenset()
        if key not in self._columns:
            found = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
            self._columns[key] = frozenset(str(name).casefold() for (name,) in found)
        return self._columns[key]

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is there with all these columns."""
        found = self.columns(table)
        return bool(found) and all(column.casefold() in found for column in columns)

    def require(self, table: str, *columns: str) -> None:
        """Refuse a document without them.

        Raises:
            CatalogUnreadable: unknown version, naming the table or column.
        """
        found = self.columns(table)
        missing = [f"{table}.{column}" for column in columns if column.casefold() not in found] if found else [table]
        if missing:
            raise CatalogUnreadable(
                f"This is no {self._editor} catalog that can be read: it has no {', '.join(missing)}",
                hint=f"Open it in {self._editor}; if that works, report the version so that it can be taught",
                path=self._path,
                reason=Reason.UNKNOWN_VERSION,
            )

    def pick(self, alias: str, table: str, *columns: str) -> str:
        """A select list in which every absent column is NULL, and a warning names it."""
        found = self.columns(table)
        parts = []
        for column in columns:
            if column.casefold() in found:
                parts.append(f"{alias}.{column}")
            else:
                parts.append("NULL")
                self._notes.say(f"this catalog has no {table}.{column}: what it tells is not known")
        return ", ".join(parts)

    def rows(self, columns: str, source: str) -> Iterator[Row]:
        """Stream `SELECT columns FROM source`. Both come from constants of the adapters, never from a document.

        Raises:
            CatalogUnreadable: more rows than any catalog has.
        """
        sql = f"SELECT {columns} FROM {source}"  # noqa: S608 - names are constants, and nothing can be written
        cursor = self._connection.execute(sql)
        count = 0
        while batch := cursor.fetchmany(_BATCH):
            count += len(batch)
            if count > _MOST_ROWS:
                raise CatalogUnreadable(
                    f"The catalog has more than {_MOST_ROWS:,} rows in one table, more than is read",
                    hint=f"Let {self._editor} check the catalog",
                    path=self._path,
                    reason=Reason.TOO_BIG,
                )
            yield from batch

    def linked(self, table: str, by: str, column: str) -> Iterator[tuple[Any, str]]:
        """Each value of `by` with all its values of `column`, sorted and joined by commas, from a link table."""
        pairs = f"(SELECT DISTINCT {by} AS one, {column} AS other FROM {table} ORDER BY one, other)"  # noqa: S608 - as in rows
        for one, others in self.rows("t.one, group_concat(t.other)", f"{pairs} t GROUP BY t.one"):
            yield one, str(others or "")
