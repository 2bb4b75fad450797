"""What editors' catalogs said of single files; it orders the queue, and is shown, never trusted as a proof."""

import sqlite3
from collections.abc import Iterator, Sequence

from ingest.ledger.many import ask

# One file as a catalog tells of it: (asset id, rule, rating 1..5 or None, pick 1, 0, -1 or None, label or None).
Tagged = tuple[int, str, int | None, int | None, str | None]
_SPREAD = 4  # so many times as many ids as rows are gone through in less time than each is looked for


def save_file_tags(connection: sqlite3.Connection, catalog: str, files: Sequence[Tagged], *, settled: bool) -> None:
    """Write the newest observation. One that is not settled (the editor may hold newer edits) can raise a rating or a
    pick, never lower one; and None, which is not known, forgets none in either. What is as it was is not written.
    """
    kept = "coalesce(max(asset_tag.{0}, excluded.{0}), excluded.{0}, asset_tag.{0})"
    new = "coalesce(excluded.{0}, asset_tag.{0})"
    best, flag = ((new if settled else kept).format(name) for name in ("rating", "pick"))
    word = "excluded.label" if settled else "coalesce(excluded.label, asset_tag.label)"
    news = {"rule": "excluded.rule", "rating": best, "pick": flag, "label": word}
    changes = ", ".join(f"{name} = {value}" for name, value in news.items())
    differs = " OR ".join(f"asset_tag.{name} IS NOT {value}" for name, value in news.items())
    connection.executemany(
        "INSERT INTO asset_tag (asset_id, catalog, rule, rating, pick, label) VALUES (?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (asset_id, catalog) DO UPDATE SET {changes} WHERE {differs}",
        [(row[0], catalog, *row[1:]) for row in _news(connection, catalog, files)],
    )


def _news(connection: sqlite3.Connection, catalog: str, files: Sequence[Tagged]) -> list[Tagged]:
    """Those of which something else is remembered, or nothing: to ask is a fifth of writing the same once more."""
    known = set(_remembered(connection, catalog, files)) if files else set()
    return [row for row in files if row not in known]


def _remembered(connection: sqlite3.Connection, catalog: str, files: Sequence[Tagged]) -> Iterator[Tagged]:
    """What is remembered of these files, and perhaps of others."""
    ids = [row[0] for row in files]
    first, last = min(ids), max(ids)
    columns = "SELECT asset_id, rule, rating, pick, label FROM"
    if last - first < _SPREAD * len(ids):
        question = f"{columns} asset_tag WHERE asset_id BETWEEN ? AND ? AND catalog = ?"
        return connection.execute(question, (first, last, catalog))
    question = f"{columns} asked CROSS JOIN asset_tag ON asset_id = column1 AND catalog = column2"
    return ask(connection, question, ((number, catalog) for number in ids))
