"""Searches for rings of garbage rest while a catalog is read, and go on behind it whatever happens."""

import gc
import sqlite3
from pathlib import Path

import pytest

from catalog_adapters.base import CatalogUnreadable, ReadOptions
from catalog_adapters.sqlite_snapshot import observe
from catalog_adapters.uncollected import uncollected


def test_they_rest_while_a_document_is_read(tmp_path: Path) -> None:
    document = tmp_path / "c.db"
    with sqlite3.connect(document) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    seen = observe(document, lambda _: gc.isenabled(), alive=False, now=0.0, options=ReadOptions())
    assert (seen.data, gc.isenabled()) == (False, True)


def test_they_go_on_behind_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogUnreadable):
        observe(tmp_path / "none", lambda _: None, alive=False, now=0.0, options=ReadOptions())
    assert gc.isenabled()


def test_who_let_them_rest_already_finds_them_at_rest() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
