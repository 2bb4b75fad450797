"""A ledger that was made in bulk must be one that sessions could have left."""

import sqlite3
from contextlib import closing

import pytest

from benchmarks.decades import BUCKET, CARDS, FILES_A_RUN, make
from benchmarks.years import assets_in
from ingest.ledger.db import check, open_ledger
from ingest.ledger.known import assets_of_card, copies_of_assets
from ingest.ledger.shoots import all_shoots
from ingest.ledger.upload_counts import totals
from ingest.ledger.views import shoot_view


def test_decades_made_in_bulk_are_a_sound_ledger_whose_every_copy_has_its_proof(tmp_path):
    assets = (CARDS + 1) * FILES_A_RUN
    ledger = make(tmp_path, assets)
    assert assets_in(ledger) == assets
    with closing(open_ledger(ledger)) as connection, closing(open_ledger(tmp_path / "new.sqlite")) as new:
        schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
        assert connection.execute(schema).fetchall() == new.execute(schema).fetchall()
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert check(connection, thorough=True) == []
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for shoot in all_shoots(connection):
            places = shoot_view(connection, shoot.id).places
            assert [(place.proven, place.missing) for place in places] == [(FILES_A_RUN, 0)] * 2
        copies = [
            copy for group in copies_of_assets(connection, assets_of_card(connection, 1)).values() for copy in group
        ]
        assert len(copies) == 2 * FILES_A_RUN
        assert all(copy.state == "proven" and copy.proof and copy.proof.matched for copy in copies)
        assert totals(connection, BUCKET).checked == assets
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM proof")
