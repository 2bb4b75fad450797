"""A process that writes a database in bursts, so that a torn read shows. Run: snapshot_writer.py PATH MODE.

Within a burst it never rests, and reads fall into it; between bursts it rests for up to a few reads, as an editor does.
"""

import itertools
import sqlite3
import sys
import time

ROWS = 400
WIDTH = 300
BURST = 15


def main(path: str, mode: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=10")  # spills half-done transactions into the main file
    connection.execute("PRAGMA wal_autocheckpoint=50")
    connection.execute("CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER, filler TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO counter VALUES (?, 0, ?)", ((n, "x" * WIDTH) for n in range(ROWS)))
    connection.execute("COMMIT")
    print("ready", flush=True)
    for value in itertools.count(1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counter SET value = ?, filler = ?", (value, str(value % 10) * WIDTH))
        connection.execute("COMMIT")
        if value % BURST == 0:
            time.sleep(value // BURST % 4 * 0.004)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
