"""What the ledger says a destination lacks: as the plan decides it, and what an unfinished session still owes."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_desk import EmptyDesk

from ingest.ledger import lacking
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, record_copies, set_copy_state
from ingest.ledger.lacking import (
    Lack,
    all_names,
    copies_ever,
    first_seen,
    lack_at,
    names_of_shoot,
    shoots_lacking,
    unfinished,
)  # fmt: skip
from ingest.ledger.runs import CATCH_UP, end_run, open_run
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.lacking import At
from ingest.plan.behind import missing


class Desk(EmptyDesk):
    """A second shoot, and a way to write contents into them."""

    def __init__(self, path):
        super().__init__(path)
        self.other = add_shoot(
            self.db, name="N", day="2025-06-15", last_day="2025-06-15", folder=b"2025/N", named_by_user=True, now=1.0
        )

    def write(self, number, path, places, shoot=None):
        """A content of `number` bytes under a name of a shoot, copied to these places."""
        digest = Digest(number, b"x%015d" % number, b"s%019d" % number)
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        copies = tuple(self.look(number, place, path) for place in places)
        file = CardFile(b"DCIM/%b" % path, number, 9)
        new = NewFile(file, digest, b"h" * 16, read, copies, None, shoot or self.shoot, path, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)

    def look(self, number, place, path):
        return NewCopy(self.ids[place], path, 70, 80, Method.DIRECT, True, b"x%015d" % number, 2.0)

    def lack(self, place="nas", *, is_working=False):
        return tuple(lack_at(self.db, place, is_working=is_working))


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_a_destination_lacks_what_never_was_there_in_files_shoots_and_bytes(desk):
    desk.write(10, b"M/a", ["ssd", "nas"])
    desk.write(20, b"M/b", ["ssd"])
    desk.write(30, b"N/c", ["ssd"], desk.other)
    assert desk.lack() == (2, 2, 50)
    assert desk.lack("ssd") == (0, 0, 0)
    assert desk.lack("new") == (3, 2, 60)
    assert shoots_lacking(desk.db, "nas", is_working=False) == {desk.shoot, desk.other}


def test_a_lost_copy_is_for_repair_and_lacks_nothing(desk):
    desk.write(10, b"M/a", ["ssd", "nas"])
    with desk.transaction():
        set_copy_state(desk.db, 2, "lost")
    assert desk.lack() == (0, 0, 0)


def test_a_content_with_two_names_lacks_one_where_it_stands_once(desk):
    desk.write(10, b"M/a", ["ssd", "nas"])
    desk.write(10, b"N/a", ["ssd"], desk.other)
    assert desk.lack() == (1, 2, 10)
    assert all_names(desk.db, desk.other) == {1: [b"M/a", b"N/a"]}


def test_a_working_disk_lacks_nothing_that_is_older_than_itself_or_was_let_go(desk):
    desk.write(10, b"M/a", ["nas"])
    assert desk.lack("ssd", is_working=True) == (1, 1, 10)
    desk.db.execute("UPDATE destination SET first_seen = 1.5 WHERE name = 'ssd'")
    assert desk.lack("ssd", is_working=True) == (0, 0, 0)
    assert desk.lack("ssd") == (1, 1, 10)
    assert shoots_lacking(desk.db, "ssd", is_working=True) == set()
    assert desk.lack("new", is_working=True) == (0, 0, 0)
    assert (first_seen(desk.db, "ssd"), first_seen(desk.db, "new")) == (1.5, None)


def test_what_was_let_go_elsewhere_is_not_asked_of_a_working_disk(desk):
    desk.write(10, b"M/a", ["nas"])
    desk.db.execute("DROP TRIGGER released_needs_others")
    desk.db.execute("INSERT INTO released (copy_id, at, why) VALUES (1, 3.0, 'room')")
    assert desk.lack("ssd", is_working=True) == (0, 0, 0)
    assert copies_ever(desk.db, desk.shoot) == {1: [At("nas", b"M/a", "proven", True)]}


def test_picks_come_before_stars_before_the_rest(desk):
    for number, path in ((10, b"M/a"), (20, b"M/b"), (30, b"M/c")):
        desk.write(number, path, ["ssd"])
    for asset, catalog, rating, pick in ((1, "c", 5, None), (2, "c", None, 1), (2, "d", 3, None), (3, "c", None, -1)):
        desk.db.execute(
            "INSERT INTO asset_tag (asset_id, catalog, rule, rating, pick) VALUES (?, ?, 'x', ?, ?)",
            (asset, catalog, rating, pick),
        )
    found = {each.path: (each.worth, each.came, each.digest.size, each.mtime_ns) for each in
             names_of_shoot(desk.db, desk.shoot)}  # fmt: skip
    assert found == {b"M/a": (5, 1.0, 10, 9), b"M/b": (10, 1.0, 20, 9), b"M/c": (-10, 1.0, 30, 9)}


def test_a_session_that_was_killed_owes_manifests_for_what_it_had_copied(desk):
    desk.write(10, b"M/a", ["ssd"])
    runs = [open_run(desk.db, None, 2.0, "b", CATCH_UP) for _ in range(3)]
    with desk.transaction():
        record_copies(desk.db, runs[0], "b", [(1, desk.look(10, "nas", b"M/a"))])
        end_run(desk.db, runs[1], 3.0, interrupted=False)
    open_run(desk.db, None, 2.0, "b", "sync")
    assert unfinished(desk.db, runs[2]) == {runs[0]: {(desk.shoot, "nas")}}
    assert unfinished(desk.db, runs[2] + 1) == {runs[0]: {(desk.shoot, "nas")}, runs[2]: set()}


def kept(desk):
    return desk.db.execute("SELECT count(*) FROM lack_known").fetchone()[0]


def counted_anew(desk, place, *, is_working=False):
    desk.db.execute("DELETE FROM lack_known")
    return (desk.lack(place, is_working=is_working), shoots_lacking(desk.db, place, is_working=is_working))


def test_what_is_lacked_is_counted_once_and_again_for_a_shoot_that_changed(desk):
    desk.write(10, b"M/a", ["ssd"])
    desk.write(20, b"N/b", ["ssd"], desk.other)
    assert (desk.lack(), kept(desk)) == ((2, 2, 30), 2)
    desk.write(30, b"N/c", ["ssd"], desk.other)
    assert kept(desk) == 1, "the shoot that did not change is remembered, the other one is not"
    assert desk.lack() == (3, 2, 60)


def test_what_is_remembered_is_told_as_often_as_it_is_asked_and_the_ledger_still_waits_for_others_to_write(desk):
    [patience] = desk.db.execute("PRAGMA busy_timeout").fetchone()
    for number in (10, 20, 30):
        desk.write(number, b"M/%d" % number, ["ssd"])
    desk.write(40, b"N/d", ["ssd", "nas"], desk.other)
    assert [desk.lack() for _ in range(3)] == [(3, 1, 60)] * 3
    assert [shoots_lacking(desk.db, "nas", is_working=False) for _ in range(2)] == [{desk.shoot}] * 2
    assert desk.db.execute("PRAGMA busy_timeout").fetchone() == (patience,)
    assert patience > 0


def test_nothing_is_remembered_where_somebody_writes_at_that_moment(desk, tmp_path):
    desk.write(10, b"M/a", ["ssd"])
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert (desk.lack(), kept(desk)) == ((1, 1, 10), 0)
        writer.execute("ROLLBACK")
    assert (desk.lack(), kept(desk)) == ((1, 1, 10), 2)


def test_what_came_while_it_was_counted_is_not_remembered_as_if_it_had_not(desk, tmp_path, monkeypatch):
    desk.write(10, b"M/a", ["ssd"])
    keep = lacking._remember

    def late(*args):
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as writer:
            writer.execute("UPDATE destination SET last_seen = 9")
        keep(*args)

    monkeypatch.setattr(lacking, "_remember", late)
    assert (desk.lack(), kept(desk)) == ((1, 1, 10), 0)


def test_a_ledger_that_is_only_read_is_counted_each_time(desk, tmp_path):
    desk.write(10, b"M/a", ["ssd"])
    with closing(sqlite3.connect(f"file:{tmp_path}/ledger.sqlite?mode=ro", uri=True, isolation_level=None)) as reader:
        assert tuple(lack_at(reader, "nas", is_working=False)) == (1, 1, 10)
    assert kept(desk) == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_what_is_remembered_is_what_would_be_counted(data, tmp_path_factory):
    with closing((desk := Desk(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")).db):
        desk.db.execute("DROP TRIGGER released_needs_others")
        copies = iter(range(1000, 2000))
        for _ in range(data.draw(st.integers(1, 8))):
            what = data.draw(st.sampled_from(["write", "write", "copy", "release", "lose", "drop"]))
            number = data.draw(st.integers(1, 3))
            [most] = desk.db.execute("SELECT coalesce(max(id), 0) FROM copy").fetchone()
            [assets] = desk.db.execute("SELECT coalesce(max(id), 0) FROM asset").fetchone()
            name = b"%d" % next(copies)
            if what == "write":
                shoot = data.draw(st.sampled_from([desk.shoot, desk.other]))
                places = data.draw(st.lists(st.sampled_from(["ssd", "nas"]), unique=True))
                desk.write(number, (b"M/" if shoot == desk.shoot else b"N/") + name, places, shoot)
            elif what == "copy" and assets:
                [size] = desk.db.execute("SELECT size FROM asset WHERE id = ?", (assets,)).fetchone()
                with desk.transaction():
                    record_copies(desk.db, desk.run, "b", [(assets, desk.look(size, "nas", b"M/" + name))])
            elif what == "release" and most:
                desk.db.execute("INSERT OR IGNORE INTO released (copy_id, at, why) VALUES (?, 3.0, 'room')", (most,))
            elif what == "lose" and most:
                set_copy_state(desk.db, most, "lost")
            elif what == "drop":
                desk.db.execute("DELETE FROM shoot_asset WHERE path = (SELECT min(path) FROM shoot_asset)")
            for place, is_working in (("ssd", True), ("nas", False), ("new", False)):
                remembered = (
                    desk.lack(place, is_working=is_working),
                    shoots_lacking(desk.db, place, is_working=is_working),
                )
                assert remembered == counted_anew(desk, place, is_working=is_working)
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(lacking, "_MANY", 0)
                    assert remembered == counted_anew(desk, place, is_working=is_working), "all shoots in one pass"
                desk.lack(place, is_working=is_working)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_sum_is_what_the_plan_finds_shoot_by_shoot(data, tmp_path_factory):
    with closing((desk := Desk(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")).db):
        places = st.lists(st.sampled_from(["ssd", "nas"]), unique=True)
        for number in range(1, data.draw(st.integers(1, 5)) + 1):
            desk.write(number, b"M/%d" % number, data.draw(places))
            if data.draw(st.booleans()):
                desk.write(number, b"N/%d" % number, data.draw(places), desk.other)
        for (copy_id,) in desk.db.execute("SELECT id FROM copy").fetchall():
            if data.draw(st.booleans()):
                set_copy_state(desk.db, copy_id, "lost")
        items = {
            shoot: missing(names_of_shoot(desk.db, shoot), all_names(desk.db, shoot), copies_ever(desk.db, shoot),
                           ["nas"], {})
            for shoot in (desk.shoot, desk.other)
        }  # fmt: skip
        every = [item for found in items.values() for item in found]
        files, _, size = lack_at(desk.db, "nas", is_working=False)
        assert (files, size) == (len(every), sum(item.name.digest.size for item in every))
        assert shoots_lacking(desk.db, "nas", is_working=False) >= {shoot for shoot, found in items.items() if found}
        assert isinstance(lack_at(desk.db, "nas", is_working=False), Lack)
