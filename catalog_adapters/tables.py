"""What a database offers, found by looking and not by version numbers: an absent column is a warning, not a crash."""

import sqlite3
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from catalog_adapters.base import CatalogUnreadable, Reason
from catalog_adapters.values import Notes, whole

_MOST_ROWS = 20_000_000
_BATCH = 1000
_NO_UTF8 = "Could not decode to UTF-8"  # what the module says of such a text, whatever the text
_PLAIN = {int}  # types of the cells of nearly all links
_STRANGE = 1 << 70  # for what is no number: no id of SQLite's is as large
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
        self._is_utf8 = True

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
        return chain.from_iterable(self._batches(columns, source))

    def _batches(self, columns: str, source: str) -> Iterator[list[Row]]:
        """The same, many at a time."""
        count = 0
        for batch in self._fetched(f"SELECT {columns} FROM {source}"):  # noqa: S608 - constants, and nothing can be written
            count += len(batch)
            self._check(count)
            yield batch

    def _check(self, count: int) -> None:
        if count > _MOST_ROWS:
            raise CatalogUnreadable(
                f"The catalog has more than {_MOST_ROWS:,} rows in one table, more than is read",
                hint=f"Let {self._editor} check the catalog",
                path=self._path,
                reason=Reason.TOO_BIG,
            )

    def _fetched(self, sql: str) -> Iterator[list[Row]]:
        """What a query gives. Texts are taken for UTF-8, which takes half of the time.

        Where one is none the query begins again, as the connection reads texts, behind what was given already.
        """
        cursor = self._connection.execute(sql)
        given = 0
        while True:
            try:
                batch = self._fetch(cursor)
            except sqlite3.OperationalError as error:
                if not self._is_utf8 or _NO_UTF8 not in str(error):
                    raise
                self._is_utf8 = False
                cursor = self._connection.execute(sql)
                deque(islice(cursor, given), maxlen=0)
                continue
            if not batch:
                return
            given += len(batch)
            yield batch

    def _fetch(self, cursor: sqlite3.Cursor) -> list[Row]:
        if not self._is_utf8:
            return cursor.fetchmany(_BATCH)
        as_it_was = self._connection.text_factory
        self._connection.text_factory = str
        try:
            return cursor.fetchmany(_BATCH)
        finally:
            self._connection.text_factory = as_it_was

    def linked(
        self, table: str, by: str, column: str, known: Collection[int]
    ) -> Iterator[tuple[list[int], tuple[int, ...], bool]]:
        """From a link table every `by` that has the same `column`s, with those that are known, sorted, and whether it
        has others. The same may come more than once.

        A million links are gathered without a step of the interpreter for each of them: a third of the time.
        """
        gathered: defaultdict[int, list[int]] = defaultdict(list)
        for batch in self._batches(f"t.{by}, t.{column}", f"{table} t"):
            columns: tuple[Sequence[int], ...] = (*zip(*batch, strict=True),)
            if {*map(type, chain(*columns))} != _PLAIN:
                columns = _numbers(batch)
            ones, others = columns
            deque(map(list.append, map(gathered.__getitem__, ones), others), maxlen=0)
        alike: defaultdict[Row, list[int]] = defaultdict(list)
        deque(map(list.append, map(alike.__getitem__, map(tuple, gathered.values())), gathered), maxlen=0)
        for links, keys in alike.items():
            every = set(links)
            ours = tuple(sorted(every.intersection(known)))
            yield [key for key in keys if whole(key) is not None], ours, len(ours) < len(every)


def _numbers(pairs: list[Row]) -> tuple[list[int], list[int]]:
    """Links whose cells are anything: those between a whole number and something, which may be no number."""
    told = [(whole(one), whole(other)) for one, other in pairs if other is not None]
    kept = [(one, _STRANGE if other is None else other) for one, other in told if one is not None]
    return [one for one, _ in kept], [other for _, other in kept]
