"""What is true of a session that was broken at a system call: nothing false, and each copy under its own name."""

from nothing_false import has_tables, nothing_is_false
from studio import Studio


def tells_no_lie(studio: Studio, pictures: dict[str, bytes]) -> None:
    """As after any fault; and more: here a copy keeps its name, and a SAFE that was ever said stays true."""
    nothing_is_false(studio, pictures)
    for place in (studio.ssd, studio.nas):
        for path, data in studio.copies(place).items():
            assert pictures[path.rpartition("/")[2]] == data, f"another photograph's name: {path}"
    if has_tables(studio) and studio.ask("SELECT 1 FROM verdict WHERE level = 'safe'"):
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
