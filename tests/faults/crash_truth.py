"""What is true after any fault: nothing torn under a final name, no proof without its copy, no SAFE that is not so."""

import contextlib
import sqlite3

from studio import Studio


def tells_no_lie(studio: Studio, pictures: dict[str, bytes]) -> None:
    """Under final names are whole files only, what the ledger calls proven is there, and SAFE was earned."""
    for place in (studio.ssd, studio.nas):
        for path, data in studio.copies(place).items():
            assert pictures[path.rpartition("/")[2]] == data, f"torn: {path}"
    if not _has_tables(studio):
        return
    roots = {"ssd": studio.ssd, "nas": studio.nas}
    proven = "SELECT destination.name, copy.path FROM copy JOIN destination ON destination.id = destination_id"
    for name, path in studio.ask(f"{proven} WHERE copy.state = 'proven'"):
        data = (roots[name] / path.decode()).read_bytes()
        assert data == pictures[path.decode().rpartition("/")[2]], f"the ledger calls it proven: {path!r}"
    if studio.ask("SELECT 1 FROM verdict WHERE level = 'safe'"):
        assert studio.holds_everything(), "SAFE was said and is not true"


def is_whole_again(studio: Studio, pictures: dict[str, bytes]) -> None:
    """As if nothing had happened: each name once, nothing left over, a sound ledger."""
    for place in (studio.ssd, studio.nas):
        assert {path.rpartition("/")[2]: data for path, data in studio.copies(place).items()} == pictures
        assert len(studio.copies(place)) == len(pictures)
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]
    assert studio.ask("SELECT count(*), count(DISTINCT asset_id) FROM copy") == [(2 * len(pictures), len(pictures))]
    assert studio.ask("PRAGMA integrity_check") == [("ok",)]
    assert studio.ask("PRAGMA foreign_key_check") == []


def _has_tables(studio: Studio) -> bool:
    if not (studio.home / "ledger.sqlite").exists():
        return False
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        return bool(ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'verdict'").fetchone())
