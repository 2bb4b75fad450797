"""The same card once more: untouched, with changed files, after its copies were touched, and by a dry run."""

import os

import pytest
from studio import EVENING, tree_of

from ingest.session import ending

SECOND = "DCIM/100CANON/IMG_0002.JPG"
LATER = EVENING + 60_000_000_000


def restored(studio, name="Wedding"):
    """What `restore` brings back of a shoot, sorted."""
    target = studio.base / "back"
    target.mkdir()
    answer = studio.run("restore", name, "--to", target, "--json")
    assert (answer.code, answer.last["failed"]) == (0, {})
    return sorted(path.read_bytes() for path in target.rglob("*") if path.is_file())


def test_a_card_that_was_ingested_before_is_safe_and_nothing_is_copied(studio):
    studio.shoot(4)
    assert studio.ingest().level == "safe"
    before = {place.name: tree_of(place) for place in (studio.ssd, studio.nas)}
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert run.counts == {"files": 4, "proven": 4, "already_safe": 4}
    [plan] = run.events("plan_made")
    assert (plan["to_copy"], plan["already_safe"]) == (0, 4)
    assert {place.name: tree_of(place) for place in (studio.ssd, studio.nas)} == before


def test_a_card_that_was_formatted_and_filled_anew_begins_anew_and_loses_nothing(studio):
    first = studio.shoot()
    assert studio.ingest("--shoot", "Friday").level == "safe"
    for path in studio.card.rglob("*.JPG"):
        path.unlink()
    for number in range(1, 4):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"the day after %d" % number, EVENING + 86_400 * 10**9)
    assert studio.check().level == "not_yet"
    run = studio.ingest("--shoot", "Saturday")
    assert (run.level, run.counts) == ("safe", {"files": 3, "proven": 3, "new": 3})
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted([*first.values(), *studio.on_card()])


CHANGES = {
    "another size": (b"edited in the camera", LATER),
    "the same size, another time": (b"X" * 2000, LATER),
    "the same size and time": (b"X" * 2000, EVENING),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changed_its_content_and_kept_its_name_is_kept_in_both_forms(studio, change):
    before = studio.shoot()
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    studio.put(SECOND, *CHANGES[change])
    check = studio.check()
    assert (check.code, check.level) == (11, "not_yet")
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert run.counts == {"files": 3, "proven": 3, "new": 1, "already_safe": 2}
    both = sorted([*before.values(), CHANGES[change][0]])
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == both
    assert studio.check().level == "safe"
    assert restored(studio) == both


def test_a_change_behind_the_first_64_kib_that_kept_size_and_time_is_found_by_reading_the_card(studio):
    old = bytes(200_000)
    studio.put(SECOND, old)
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    new = old[:-1] + b"X"
    studio.put(SECOND, new)
    run = studio.ingest("--shoot", "Wedding")
    assert (run.level, run.counts) == ("safe", {"files": 1, "proven": 1, "new": 1})
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted([old, new])
    assert restored(studio) == sorted([old, new])


def test_a_file_that_was_renamed_on_the_card_is_known_by_its_content(studio):
    studio.shoot()
    assert studio.ingest().level == "safe"
    (studio.card / SECOND).rename(studio.card / "DCIM/100CANON/IMG_7777.JPG")
    assert studio.check().names("not copied") == ["DCIM/100CANON/IMG_7777.JPG"]
    run = studio.ingest()
    assert (run.level, run.counts) == ("safe", {"files": 3, "proven": 3, "already_safe": 3})
    assert len(studio.copies(studio.ssd)) == 3


def edit(path):
    path.write_bytes(path.read_bytes() + b" edited")


def move(path):
    path.rename(path.with_name("moved by an editor.JPG"))


@pytest.mark.parametrize("touch", [edit, move, os.unlink])
def test_a_copy_that_is_touched_before_the_verdict_does_not_count_and_is_made_again(studio, sabotage, touch):
    studio.shoot()
    real = ending.write_manifests
    sabotage.setattr(
        ending, "write_manifests", lambda session: touch(studio.copy_of(studio.ssd, "IMG_0002.JPG")) or real(session)
    )
    run = studio.ingest()
    assert (run.code, run.level) == (11, "not_yet")
    assert run.names("unproven") == [SECOND]
    assert run.counts == {"files": 3, "proven": 2, "new": 2, "open": 1}
    sabotage.undo()
    kept = studio.contents(studio.ssd)
    assert studio.ingest().level == "safe"
    assert set(kept) | set(studio.on_card()) == set(studio.contents(studio.ssd))
    assert studio.contents(studio.nas) == studio.on_card()


def test_copies_that_were_deleted_are_made_again_and_only_they(studio):
    studio.shoot(4)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.nas, "IMG_0002.JPG").unlink()
    before = tree_of(studio.ssd)
    assert studio.check().names("unproven") == [SECOND]
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
    assert {path: info for path, info in tree_of(studio.ssd).items() if path.endswith(".JPG")} == {
        path: info for path, info in before.items() if path.endswith(".JPG")
    }


def test_a_dry_run_of_a_known_card_tells_what_an_ingest_would_do_and_writes_nothing(studio):
    studio.shoot()
    assert studio.ingest().level == "safe"
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    before = tree_of(studio.base)
    rows = studio.ask("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM source_read)")
    dry = studio.ingest("--dry-run")
    assert dry.code == 0
    assert studio.ask("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM source_read)") == rows
    after = tree_of(studio.base)
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} <= {"home"}
    real = studio.ingest()
    [planned], [done] = dry.events("plan_made"), real.events("plan_made")
    assert planned == done
    assert (planned["to_copy"], planned["already_safe"]) == (1, 3)


def test_a_dry_run_on_a_new_station_makes_nothing_but_the_ledger(studio):
    studio.shoot()
    before = tree_of(studio.base)
    assert studio.ingest("--dry-run").code == 0
    made = {path for path, info in tree_of(studio.base).items() if before.get(path) != info}
    assert {path.removeprefix("home/") for path in made if path != "home"} == {"ledger.sqlite"}
