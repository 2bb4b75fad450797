"""Shoots are tagged several in one transaction; what is told of one is committed, and none is left out."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.shoots import add_shoot, all_shoots
from ingest.model.catalogs import CatalogFacts, CatalogImage, Observation
from ingest.session import tags
from ingest.session.tags import ReadCatalog, tag_from

SETTINGS = SimpleNamespace(places=lambda: (), cloud=None)


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        desk.path = tmp_path / "ledger.sqlite"
        for number in range(1, 6):
            picture(desk, number)
        yield desk


def picture(desk, number):
    """A shoot with one photograph."""
    name, content = b"IMG_%d.CR3" % number, number.to_bytes(16, "big")
    shoot = add_shoot(
        desk.db,
        name=f"Shoot {number}",
        day="2025-06-14",
        last_day="2025-06-14",
        folder=b"2025/S%d" % number,
        named_by_user=True,
        now=float(number),
    )
    desk.db.execute(
        "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, capture_local, capture_source,"
        " first_run) VALUES (?, 5, ?, ?, ?, ?, 1, '2001-01-01T00:00:01', 'exif', ?)",
        (number, content, bytes(20), content, name, desk.run),
    )
    desk.db.execute("INSERT INTO shoot_asset VALUES (?, ?, ?, 'o')", (shoot, number, b"2025/S%d/%s" % (number, name)))


def catalog(*numbers):
    images = tuple(
        CatalogImage(f"key {n}", "", f"IMG_{n}.CR3", size=5, import_key=f"1:IMG_{n}.CR3:5", rating=n) for n in numbers
    )
    observation = Observation(1_750_000_000.0, "in place", True)
    return ReadCatalog("Main", CatalogFacts("lightroom", "/Main.lrcat", "12", "", observation, images))


def tagged(path):
    with closing(sqlite3.connect(path)) as other:
        return dict(other.execute("SELECT asset_id, rating FROM asset_tag").fetchall())


@pytest.mark.parametrize("together", [1, 2, 3, 16])
def test_every_shoot_that_a_catalog_knows_is_told_behind_its_commit(desk, monkeypatch, together):
    monkeypatch.setattr(tags, "_TOGETHER", together)
    told = []
    for event in tag_from(desk.db, SETTINGS, catalog(1, 2, 4, 5), all_shoots(desk.db)):
        told.append(event.shoot)
        assert tagged(desk.path)[int(event.shoot.split()[1])] == int(event.shoot.split()[1])
    assert sorted(told) == ["Shoot 1", "Shoot 2", "Shoot 4", "Shoot 5"]
    assert tagged(desk.path) == {1: 1, 2: 2, 4: 4, 5: 5}


def test_a_tag_that_cannot_be_kept_leaves_those_that_were_told(desk, monkeypatch):
    monkeypatch.setattr(tags, "_TOGETHER", 2)
    desk.db.execute(
        "CREATE TEMP TRIGGER refused BEFORE INSERT ON asset_tag WHEN new.asset_id = 4"
        " BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    told, shoots = [], sorted(all_shoots(desk.db), key=lambda shoot: shoot.id)
    events = tag_from(desk.db, SETTINGS, catalog(1, 2, 3, 4, 5), shoots)
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        told.extend(event.shoot for event in events)
    assert told == ["Shoot 1", "Shoot 2"]
    assert tagged(desk.path) == {1: 1, 2: 2}


def test_what_is_told_again_in_another_order_is_written_only_where_it_is_new(desk):
    shoots = all_shoots(desk.db)
    for _ in tag_from(desk.db, SETTINGS, catalog(1, 2, 3, 4, 5), shoots):
        pass
    before = desk.db.total_changes
    for order in (shoots, shoots[::-1]):
        assert len([*tag_from(desk.db, SETTINGS, catalog(1, 2, 3, 4, 5), order)]) == 5
    assert desk.db.total_changes == before + 10  # what each shoot was seen to be, and when
