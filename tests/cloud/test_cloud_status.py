"""How the queue stands: for each shoot in numbers that add up, and how long it still takes."""

import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cloud_decisions import day

from ingest.cli.console import Console
from ingest.cli.do_cloud_status import switch_queue
from ingest.cli.home import Home
from ingest.cloud.pace import pace_of, seconds_left
from ingest.cloud.status import CloudWord, status_of
from ingest.config import parse
from ingest.ledger.upload_counts import counts_by_shoot, sent_lately, shoots_under_way
from ingest.model.uploads import UploadCounts


def set_state(world, key, state):
    world.connection.execute(
        "UPDATE upload_job SET state = ?, file_id = 'f', sent_at = 100, checked_at = 150, lease_until = 1000,"
        " last_error = 'look at it' WHERE key = ?",
        (state, key),
    )


def mixed(world):
    """A shoot with one file in each state, of 1, 2, 4, ... bytes; gives its states' sizes."""
    for number, state in enumerate(("waiting", "sending", "sent", "checked", "needs you")):
        set_state(world, world.queue(f"M/{number}.JPG", os.urandom(2**number)), state)
    world.asset("M/9.JPG", os.urandom(32))
    return {"waiting": 1, "sending": 2, "sent": 4, "checked": 8, "needs_you": 16, "not_queued": 32}


def test_the_bytes_of_a_shoot_add_up_state_by_state(world):
    sizes = mixed(world)
    (one,) = shoots_under_way(world.connection, world.bucket, 500.0)
    assert one.sizes == sizes
    assert one.counts == counts_by_shoot(world.connection, world.bucket, 500.0)[world.shoot]
    assert one.counts.size == sum(sizes.values())
    (later,) = shoots_under_way(world.connection, world.bucket, 2000.0)  # the worker's lease is over
    assert (later.sizes["waiting"], later.sizes["sending"]) == (3, 0)


def test_shoots_that_are_through_are_not_among_those_under_way(world):
    set_state(world, world.queue("M/A.JPG", b"a"), "checked")
    other = world.new_shoot("Next day")
    set_state(world, world.queue("N/B.JPG", b"b", shoot=other), "sent")
    assert [one.shoot_id for one in shoots_under_way(world.connection, world.bucket, 0.0)] == [other]


@pytest.mark.parametrize("many", [1, 1000])
def test_the_newest_shoots_under_way_are_the_same_however_many_jobs_are_open(world, monkeypatch, many):
    monkeypatch.setattr("ingest.ledger.upload_counts._MANY", many)
    shoots = [world.new_shoot(f"Day {number}") for number in range(5)]
    for number, state in enumerate(("waiting", "checked", "sent", "needs you", "sending")):
        set_state(world, world.queue(f"{number}/A.JPG", os.urandom(9), shoot=shoots[number]), state)
        set_state(world, world.queue(f"{number}/B.JPG", os.urandom(9), shoot=shoots[number]), "checked")
    found = [one.shoot_id for one in shoots_under_way(world.connection, world.bucket, 500.0)]
    assert found == [shoots[number] for number in (4, 3, 2, 0)]
    assert [one.shoot_id for one in shoots_under_way(world.connection, world.bucket, 500.0, 2)] == found[:2]
    assert {one.counts.files for one in shoots_under_way(world.connection, world.bucket, 500.0)} == {2}


@pytest.mark.parametrize(
    ("counts", "word", "detail"),
    [
        (UploadCounts(3, 0, 0, 3, 0, 0, 0, 0), CloudWord.PAUSED, "sends again at 20:00; 0 of 3 sent"),
        (UploadCounts(3, 0, 0, 2, 1, 0, 0, 0), CloudWord.SENDING, "0 of 3 sent"),  # what is on its way is finished
        (UploadCounts(3, 0, 0, 0, 0, 0, 3, 0, 86_400.0), CloudWord.IN_THE_CLOUD, "checked, day 1"),
    ],
)
def test_outside_of_the_hours_a_shoot_is_paused_only_while_it_waits(counts, word, detail):
    status = status_of(counts, day, closed="sends again at 20:00")
    assert (status.word, status.detail) == (word, detail)


@given(
    sent=st.lists(st.tuples(st.floats(0, 900), st.integers(0, 10**9)), max_size=30),
    size=st.integers(0, 10**13),
    limit=st.sampled_from([0, 10**6]),
)
def test_time_left_is_never_less_than_the_limit_allows(sent, size, limit):
    pace = pace_of(sent, 1000.0)
    left = seconds_left(size, pace, limit)
    assert pace is None or 0 < pace <= sum(moved for _, moved in sent) / 100
    assert left is not None if limit else (left is None) == (pace is None)
    if limit:
        assert left >= size / limit


def test_the_pace_is_what_came_behind_the_first_of_the_last_minutes():
    assert pace_of([(100.0, 7), (110.0, 1000), (120.0, 3000)], 140.0) == 100
    assert pace_of([(100.0, 7)], 140.0) is None
    assert pace_of([(139.0, 7), (139.5, 9)], 140.0) is None
    assert seconds_left(1000, 100.0, 50) == 20
    assert seconds_left(1000, 100.0, 0) == 10
    assert seconds_left(1000, None, 0) is None


def test_only_what_was_sent_lately_makes_the_pace(world):
    for number in range(3):
        set_state(world, world.queue(f"M/{number}.JPG", os.urandom(10 + number)), "checked" if number else "sent")
    world.connection.execute("UPDATE upload_job SET sent_at = 100 * id")
    assert sorted(sent_lately(world.connection, world.bucket, 150.0)) == [(200.0, 11), (300.0, 12)]


def test_the_screen_and_the_line_for_programs_tell_the_same(world, tmp_path, capsys):
    mixed(world)
    places = [{"name": name, "kind": name, "root": f"/mnt/{name}"} for name in ("ssd", "nas")]
    settings = parse({"destinations": places, "cloud": {"kind": "b2", "bucket": world.bucket, "limit": "1 MB/s"}})
    world.connection.execute("UPDATE upload_job SET lease_until = ?", (time.time() + 100,))
    home = Home(tmp_path, settings, world.connection)
    assert switch_queue(home, Console(json=True), "status") == 0
    told = json.loads(capsys.readouterr().out)
    (shoot,) = told["shoots"]
    assert (shoot["state"], shoot["files"], shoot["bytes"]) == ("needs you", 6, 63)
    assert sum(state["bytes"] for state in shoot["states"].values()) == 63
    assert sum(state["files"] for state in shoot["states"].values()) == 6
    assert (told["waiting"], told["bytes"], told["limit"], told["seconds_left"]) == (2, 3, 1_000_000, 0)
    switch_queue(home, Console(json=False), "pause")
    said = capsys.readouterr().out
    assert "paused by you" in said
    assert "Meyer wedding: needs you (1 of 6: look at it)" in said
    assert "not queued 1 (32 B)" in said
