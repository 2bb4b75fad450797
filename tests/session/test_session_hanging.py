"""A destination that hangs: it is given up after the patience, the other one is whole, and everything ends in time."""

import os
import signal

import pytest
from loops import SilentMount, frozen, loop_disk, needs_loops
from studio import Run
from test_session_crash_points import ends_at

pytestmark = [pytest.mark.root, needs_loops]
ENOUGH = 60  # seconds; far more than any of these need, far less than for ever
PATIENCE = "[copying]\npatience = 2\n"


@pytest.fixture
def nas(tmp_path, studio):
    """The NAS of the studio is a disk of its own."""
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt, extra=PATIENCE)
        yield disk


@pytest.fixture
def silent(tmp_path, studio):
    """The NAS of the studio does not answer from the start."""
    mount = SilentMount(tmp_path / "silent")
    try:
        studio.configure(nas=mount.mnt, extra=PATIENCE)
        yield mount
    finally:
        mount.close()


def run(studio, *words):
    """The command as a process of its own: it must end, although its children cannot."""
    process = studio.start(*words, "--json")
    try:
        out, err = process.communicate(timeout=ENOUGH)
    finally:
        process.kill()
    answer = Run(process.returncode, out, err)
    answer.check(is_json=True)
    return answer


def told_of_destinations(answer):
    return [reason["text"] for reason in answer.last["reasons"] if reason["code"] == "destination"]


def test_a_nas_that_hangs_when_it_is_written_to_leaves_the_other_copies_proven_and_catches_up(studio, nas):
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    with frozen(nas):
        answer = run(studio, "ingest", studio.card)
        check = run(studio, "check", studio.card)
    assert (answer.code, answer.level) == (13, "not_yet")
    assert told_of_destinations(answer) == ["nas: gone (it did not answer for 2 s)"]
    assert studio.contents(studio.ssd) == studio.on_card()
    assert (check.code, check.level) == (11, "not_yet")  # what is on it can still be read
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_new_nas_that_hangs_when_it_is_marked_is_left_out_from_the_start(studio, nas):
    studio.shoot(3)
    with frozen(nas):
        answer = run(studio, "ingest", studio.card)
    assert (answer.code, answer.level) == (13, "not_yet")
    assert told_of_destinations(answer) == ["nas: did not answer for 2 s"]
    assert [event["name"] for event in answer.events("destination_problem")] == ["nas"]
    assert studio.contents(studio.ssd) == studio.on_card()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


def test_what_a_killed_session_left_on_a_nas_that_hangs_now_is_swept_when_it_is_back(studio, nas):
    pictures = studio.shoot(4)

    assert studio.run_apart(ends_at("nothing is flushed", signal.SIGKILL), "ingest", studio.card).code < 0
    [(tag,)] = studio.ask(
        "SELECT i.temporary FROM intent i JOIN destination d ON d.id = i.destination_id AND d.name = 'nas'"
    )
    (nas.mnt / ".safelight" / "incoming" / f"{os.fsdecode(tag)}-9-9").write_bytes(b"half a pict")
    with frozen(nas):
        answer = run(studio, "ingest", studio.card)
    assert told_of_destinations(answer) == ["nas: did not answer for 2 s"]
    assert studio.contents(studio.ssd) == sorted(pictures.values())
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == []


@pytest.mark.parametrize("verb", ["ingest", "check", "doctor"])
def test_a_nas_that_answers_nothing_at_all_costs_one_patience_and_is_named(studio, silent, verb):
    studio.shoot(3)
    answer = run(studio, verb, *([] if verb == "doctor" else [studio.card]))
    if verb == "doctor":
        assert answer.code == 13
        [problem] = [line["text"] for line in answer.events("finding") if line["level"] == "problem"]
        assert problem == "nas did not answer for 2 s"
        return
    assert (answer.code, answer.level) == (13 if verb == "ingest" else 11, "not_yet")
    assert "nas: did not answer for 2 s" in told_of_destinations(answer)
    assert studio.contents(studio.ssd) == (studio.on_card() if verb == "ingest" else [])


def test_when_nothing_answers_nothing_is_begun(studio, silent):
    studio.shoot(3)
    studio.configure(ssd=silent.mnt / "ssd", nas=silent.mnt / "nas")
    answer = run(studio, "ingest", studio.card)
    assert (answer.code, answer.last["type"]) == (13, "error")
    assert answer.last["message"] == "ssd did not answer for 2 s"


def test_a_restore_gives_a_place_up_that_hangs_and_takes_the_next_one(studio, tmp_path):
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    (tmp_path / "back").mkdir()
    mount = SilentMount(tmp_path / "silent")
    try:
        studio.configure(ssd=mount.mnt, extra=PATIENCE)
        answer = run(studio, "restore", "1", "--to", tmp_path / "back")
    finally:
        mount.close()
    assert (answer.code, answer.last["by_source"]) == (0, {"nas": 3})
