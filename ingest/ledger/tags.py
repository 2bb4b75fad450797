"""What editors' catalogs said of single files; it orders the queue, and is shown, never trusted as a proof."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaggedFile:
    """One file as a catalog tells of it. rating: 1..5 or None. pick: 1, 0, -1 or None."""

    asset_id: int
    rule: str
    rating: int | None
    pick: int | None
    label: str | None


def save_file_tags(connection: sqlite3.Connection, catalog: str, files: Iterable[TaggedFile], *, settled: bool) -> None:
    """Write the newest observation. One that is not settled (the editor may hold newer edits) can raise a rating or a
    pick, never lower one; and None, which is not known, forgets none in either.
    """
    kept = "coalesce(max(asset_tag.{0}, excluded.{0}), excluded.{0}, asset_tag.{0})"
    new = "coalesce(excluded.{0}, asset_tag.{0})"
    rating, pick = ((new if settled else kept).format(name) for name in ("rating", "pick"))
    label = "excluded.label" if settled else "coalesce(excluded.label, asset_tag.label)"
    connection.executemany(
        "INSERT INTO asset_tag (asset_id, catalog, rule, rating, pick, label) VALUES (?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT (asset_id, catalog) DO UPDATE SET rule = excluded.rule, rating = {rating}, pick = {pick},"
        f" label = {label}",
        [(file.asset_id, catalog, file.rule, file.rating, file.pick, file.label) for file in files],
    )
