"""Which notices a person was given, so that each is given once, whoever of several programs sees its reason."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Given(NamedTuple):
    """A notice that was given. at: seconds since 1970 UTC. mark: how its matter stood. arrived: it could be sent."""

    at: float
    mark: str
    arrived: bool = True


def given_notices(connection: sqlite3.Connection) -> dict[str, Given]:
    """Key -> when it was last given."""
    rows = connection.execute("SELECT key, at, mark, arrived FROM notice").fetchall()
    return {key: Given(at, mark, bool(arrived)) for key, at, mark, arrived in rows}


def give(
    connection: sqlite3.Connection, after: Callable[[Mapping[str, Given]], Mapping[str, Given] | None]
) -> dict[str, Given]:
    """What was given before; `after` makes of it what is remembered from now on, None for the same.

    One transaction: of two programs that look at the same moment the second one finds what the first one gives.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = given_notices(connection)
        kept = after(before)
        if kept is not None and kept != before:
            connection.execute("DELETE FROM notice")
            connection.executemany(
                "INSERT INTO notice VALUES (?, ?, ?, ?)",
                [(key, each.at, each.mark, int(each.arrived)) for key, each in kept.items()],
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return before


def missed_its_way(connection: sqlite3.Connection, key: str) -> None:
    """It could not be sent; it is tried again."""
    connection.execute("UPDATE notice SET arrived = 0 WHERE key = ?", (key,))
