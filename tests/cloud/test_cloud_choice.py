"""What a person takes out of the queue, tries again, or queues anew."""

import json
import time

import pytest

from ingest.cli.console import Console
from ingest.cli.do_cloud_choice import choose
from ingest.cli.home import Home
from ingest.config import parse
from ingest.errors import UsageError


@pytest.fixture
def home(world, tmp_path):
    places = [{"name": name, "kind": name, "root": f"/mnt/{name}"} for name in ("ssd", "nas")]
    settings = parse({"destinations": places, "cloud": {"kind": "b2", "bucket": world.bucket}})
    return Home(tmp_path, settings, world.connection)


@pytest.fixture
def said(home, capsys):
    def ask(verb, what):
        assert choose(home, Console(json=True), verb, what) == 0
        return json.loads(capsys.readouterr().out)

    return ask


def set_state(world, key, state, lease=0.0):
    world.connection.execute(
        "UPDATE upload_job SET state = ?, file_id = 'f', sent_at = 1, checked_at = 1, lease_until = ? WHERE key = ?",
        (state, lease, key),
    )


def queue_all(world):
    """A job in each state, and one whose worker died; in another shoot one that waits."""
    states = ("waiting", "sending", "sent", "checked", "needs you")
    for state in states:
        key = world.queue(f"M/{state}.JPG", state.encode())
        set_state(world, key, state, time.time() + 1000 if state == "sending" else 0.0)
    set_state(world, world.queue("M/died.JPG", b"died"), "sending", 1.0)
    world.queue("N/other.JPG", b"other", shoot=world.new_shoot("Another day"))


def test_a_shoot_is_cancelled_without_what_is_under_way_or_in_the_bucket(world, said):
    queue_all(world)
    told = said("cancel", "Meyer wedding")
    assert (told["cancel"], told["under_way"]) == (3, 1)
    left = {key.rpartition("/")[2] for key in world.jobs()}
    assert left == {"sending.JPG", "sent.JPG", "checked.JPG", "other.JPG"}


def test_what_was_cancelled_is_queued_again_once(world, said):
    queue_all(world)
    before = set(world.jobs())
    said("cancel", "Meyer wedding")
    assert said("add", "Meyer wedding")["add"] == 3
    assert set(world.jobs()) == before
    assert said("add", "Meyer wedding")["add"] == 0


def test_what_was_cancelled_is_sent_when_it_is_queued_again(world, server, said):
    world.queue("M/A.JPG", b"picture")
    said("cancel", "M/A.JPG")
    assert world.run(server).sent == 0
    said("add", "Meyer wedding")
    assert world.run(server).checked == 1


def test_a_content_without_a_proven_copy_is_not_queued(world, said):
    world.asset("M/A.JPG", b"picture")
    world.connection.execute("UPDATE copy SET state = 'lost'")
    assert said("add", "Meyer wedding")["add"] == 0


@pytest.mark.parametrize("name", ["originals/M/waiting.JPG", "M/waiting.JPG", "waiting.JPG"])
def test_a_file_is_named_by_its_key_or_how_it_ends(world, said, name):
    queue_all(world)
    world.queue("M/not waiting.JPG", b"its name ends alike")
    assert said("cancel", name)["cancel"] == 1
    assert "originals/M/not waiting.JPG" in world.jobs()
    assert "originals/M/waiting.JPG" not in world.jobs()


def test_a_shoot_is_tried_again_and_another_one_is_not(world, said):
    queue_all(world)
    world.connection.execute("UPDATE upload_job SET next_try = 9e9, attempts = 2")
    assert said("retry", "Meyer wedding")["retry"] == 2
    rows = world.connection.execute("SELECT key FROM upload_job WHERE next_try = 0 AND attempts = 0").fetchall()
    assert {row[0] for row in rows} == {"originals/M/waiting.JPG", "originals/M/needs you.JPG"}


def test_a_name_that_means_nothing_is_an_error_and_changes_nothing(world, home):
    queue_all(world)
    before = world.jobs()
    for verb in ("cancel", "retry", "add"):
        with pytest.raises(UsageError, match="no shoot"):
            choose(home, Console(json=True), verb, "nothing.JPG")
    assert world.jobs() == before
