"""A second process notes the files of a large ledger; what it says must be what this process would have found."""

import os
import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.standings import one_state
from ingest.session import noting
from ingest.session.known_files import KnownFiles
from ingest.session.noting import Noting
from ingest.session.standings import Standings
from ingest.tagging.plain import note


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(noting, "_LARGE", 1)
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        add(desk, 1, b"IMG_0001.CR3", "2025-06-14T12:00:00")
        add(desk, 2, b"K\xc3\xa4fer.JPG", None)
        add(desk, 3, b"IMG_0001.CR3", "2025-06-14T12:00:00")
        yield desk


def add(desk, number, name, captured):
    content = number.to_bytes(16, "big")
    desk.db.execute(
        "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, capture_local, capture_source,"
        " first_run) VALUES (?, 5, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, content, bytes(20), content, name, 1_700_000_000_123_456_789, captured, captured and "exif", desk.run),
    )
    desk.db.execute(
        "INSERT INTO shoot_asset VALUES (?, ?, ?, 'o')", (desk.shoot, number, b"2025/M/%d/%s" % (number, name))
    )


def told(desk, **wishes):
    with Noting(desk.db, **wishes) as asked, one_state(desk.db):
        return asked.result()


@pytest.mark.parametrize("shoots", [None, (1,), ()])
def test_another_process_notes_what_this_one_would(desk, shoots):
    found = told(desk, shoots=shoots)
    assert found.noted == note(KnownFiles(desk.db, (), shoots))
    assert found.standings is None
    assert len(found.noted.assets) == (0 if shoots == () else 3)


def test_standings_come_along_where_they_are_asked_for(desk):
    desk.db.execute(
        "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
        " VALUES (2, ?, x'41', 'A', 'written', 1, 2, ?)",
        (desk.ids["nas"], desk.run),
    )
    found = told(desk, bucket="")
    here = Standings(desk.db, "")
    assert [found.standings(asset) for asset in (1, 2, 3)] == [here(asset) for asset in (1, 2, 3)]
    assert found.standings(2).copies == (("nas", "written", 0.0),)


def test_what_was_noted_of_a_ledger_that_another_program_changed_meanwhile_is_not_used(desk):
    path = desk.db.execute("PRAGMA database_list").fetchone()[2]
    with Noting(desk.db) as asked:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE asset SET original_name = x'42' WHERE id = 1")
        with one_state(desk.db):
            assert asked.result() is None


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="only Linux shows a process's environment")
def test_the_other_process_is_given_no_secret_of_this_one(desk, monkeypatch):
    monkeypatch.setenv("B2_APPLICATION_KEY", "of nobody's business")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with Noting(desk.db) as asked:
        with open(f"/proc/{asked._process.pid}/environ", "rb") as file:
            given = {line.partition(b"=")[0].decode(): line.partition(b"=")[2] for line in file.read().split(b"\0")}
        with one_state(desk.db):
            assert asked.result().noted == note(KnownFiles(desk.db, (), None))
    assert given["LC_ALL"] == b"C.UTF-8"
    assert given.keys() - {""} <= {"PYTHONPATH", *noting._INHERITED}


def test_a_process_that_dies_costs_nothing_but_time(desk):
    with Noting(desk.db) as asked:
        os.kill(asked._process.pid, 9)
        with one_state(desk.db):
            assert asked.result() is None


def test_one_that_nobody_waits_for_any_more_is_ended(desk):
    with Noting(desk.db) as asked:
        process = asked._process
    assert process.returncode is not None


def test_for_a_small_ledger_no_process_is_started(desk, monkeypatch):
    monkeypatch.setattr(noting, "_LARGE", 4)
    assert told(desk) is None
