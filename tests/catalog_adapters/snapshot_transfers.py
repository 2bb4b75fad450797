"""A process that moves amounts between accounts, at full speed, so that a torn read shows in sums that do not add up.

Run: snapshot_transfers.py PATH MODE REST. MODE: a journal mode, or "PAIR" for two databases that are one document,
changed as darktable does: attached to one connection, in one transaction, its journals in memory. REST: the longest
pause between bursts of transactions in milliseconds; 0 for a writer that never rests.
"""

import random
import sqlite3
import sys
import time
from pathlib import Path

ACCOUNTS, EACH, WIDTH = 400, 1000, 300
TOTAL = ACCOUNTS * EACH
_CHANGED, _BURST, _KEPT = 60, 12, 5
_BOOKS = """
CREATE TABLE account (id INTEGER PRIMARY KEY, amount INTEGER, filler TEXT);
CREATE TABLE turn (number INTEGER PRIMARY KEY, filler TEXT);
CREATE TABLE book (turns INTEGER, weighted INTEGER);
"""


def second_of(path: str) -> str:
    """The other database of a pair."""
    return str(Path(path).with_name("data.db"))


def main(path: str, mode: str, rest: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    books = ["main"]
    if mode == "PAIR":
        connection.execute("ATTACH ? AS data", (second_of(path),))
        books.append("data")
    for book in books:
        connection.execute(f"PRAGMA {book}.journal_mode={'MEMORY' if mode == 'PAIR' else mode}")
        connection.execute(f"PRAGMA {book}.synchronous=OFF")
        connection.execute(f"PRAGMA {book}.cache_size=10")  # spills half-done transactions into the main file
    connection.execute("PRAGMA wal_autocheckpoint=50")
    weighted = _open_books(connection, books)
    print("ready", flush=True)
    chance, turn = random.Random(path), 0
    while True:
        turn += 1
        weighted = _transfer(connection, books, turn, weighted, chance)
        if rest and turn % _BURST == 0:
            time.sleep(chance.randrange(rest) / 1000)


def _open_books(connection: sqlite3.Connection, books: list[str]) -> int:
    weighted = sum(range(1, ACCOUNTS + 1)) * EACH
    for book in books:
        connection.execute("BEGIN")
        for statement in _BOOKS.replace("TABLE ", f"TABLE {book}.").split(";"):
            connection.execute(statement)
        rows = ((number, EACH, "x" * WIDTH) for number in range(1, ACCOUNTS + 1))
        connection.executemany(f"INSERT INTO {book}.account VALUES (?, ?, ?)", rows)
        connection.execute(f"INSERT INTO {book}.turn VALUES (0, '')")
        connection.execute(f"INSERT INTO {book}.book VALUES (0, ?)", (weighted,))
        connection.execute("COMMIT")
    return weighted


def _transfer(connection: sqlite3.Connection, books: list[str], turn: int, weighted: int, chance: random.Random) -> int:
    """One transaction; what it writes in one database of a pair it writes in the other."""
    changes = [
        (*chance.sample(range(1, ACCOUNTS + 1), 2), chance.randrange(1, 50)) for _ in range(_CHANGED // len(books))
    ]
    weighted += sum((to - source) * amount for source, to, amount in changes)
    connection.execute("BEGIN IMMEDIATE")
    for book in books:
        for source, to, amount in changes:
            filler = str(turn % 10) * (WIDTH + amount)
            for number, change in ((source, -amount), (to, amount)):
                connection.execute(
                    f"UPDATE {book}.account SET amount = amount + ?, filler = ? WHERE id = ?", (change, filler, number)
                )
        connection.execute(f"INSERT INTO {book}.turn VALUES (?, ?)", (turn, "y" * chance.randrange(WIDTH)))
        connection.execute(f"DELETE FROM {book}.turn WHERE number <= ?", (turn - _KEPT,))
        connection.execute(f"UPDATE {book}.book SET turns = ?, weighted = ?", (turn, weighted))
    connection.execute("COMMIT")
    return weighted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
