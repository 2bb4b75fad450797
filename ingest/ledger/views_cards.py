"""What can be known of a card behind its last SAFE: whether it was formatted since."""

import sqlite3
from typing import NamedTuple


class SinceSafe(NamedTuple):
    """The newest verdict of a card beside the last SAFE before it.

    verdict_id: of the newest. level: of it. safe_at: of the SAFE, None where there was none before; files: of it that
    had a content; still: how many of them the newest one found. seen_at: of the newest; all seconds since 1970 UTC.
    fingerprint: of the card's contents then, in hex, as the newest one has it.
    """

    verdict_id: int
    level: str
    seen_at: float
    fingerprint: str = ""
    safe_at: float | None = None
    files: int = 0
    still: int = 0


def since_safe(connection: sqlite3.Connection, card_id: int) -> SinceSafe | None:
    """None for a card without a verdict."""
    newest = connection.execute(
        "SELECT id, level, at, lower(hex(fingerprint)) FROM verdict WHERE card_id = ? ORDER BY id DESC LIMIT 1",
        (card_id,),
    ).fetchone()
    if newest is None:
        return None
    before = connection.execute(
        "SELECT id, at FROM verdict WHERE card_id = ? AND id < ? AND level = 'safe' ORDER BY id DESC LIMIT 1",
        (card_id, newest[0]),
    ).fetchone()
    if before is None:
        return SinceSafe(*newest)
    files, still = connection.execute(
        "SELECT count(*), total(EXISTS (SELECT 1 FROM verdict_file now WHERE now.verdict_id = ?1"
        " AND now.path = then_.path AND now.asset_id = then_.asset_id)) FROM verdict_file then_"
        " WHERE then_.verdict_id = ?2 AND then_.asset_id IS NOT NULL",
        (newest[0], before[0]),
    ).fetchone()
    return SinceSafe._make((*newest, float(before[1]), int(files), int(still)))


def not_carried(connection: sqlite3.Connection, verdict_id: int) -> int:
    """Files of a verdict of which by now fewer than two copies stand, at destinations or checked in a bucket."""
    [count] = connection.execute(
        "SELECT count(*) FROM verdict_file vf WHERE vf.verdict_id = ? AND vf.asset_id IS NOT NULL"
        " AND (SELECT count(DISTINCT destination_id) FROM copy WHERE asset_id = vf.asset_id AND state = 'proven')"
        " + EXISTS (SELECT 1 FROM upload_job WHERE asset_id = vf.asset_id AND state = 'checked') < 2",
        (verdict_id,),
    ).fetchone()
    return int(count)
