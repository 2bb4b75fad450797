"""A destination that was away at an ingest catches up: copied, proven, recorded, and the card is safe by `check`."""

import os
import signal

import pytest
from loops import loop_disk, needs_loops
from studio import Studio

from ingest.away import carry, catch_up
from ingest.copying import proving
from ingest.manifest.history import read_history


@pytest.fixture
def away(studio):
    """A shoot that the NAS missed: its folder is elsewhere, as when it is not mounted; `here` brings it back."""
    studio.shoot(2)
    assert studio.ingest("--shoot", "First").level == "safe"
    leave(studio)
    studio.shoot(5)
    assert studio.ingest("--shoot", "Second").level == "not_yet"
    return studio


def leave(studio):
    studio.nas.rename(studio.base / "nas-away")


def here(studio):
    (studio.base / "nas-away").rename(studio.nas)
    return studio


def up(studio, *words):
    return studio.run("catch-up", "--json", *words)


def at(run, name="nas"):
    return {key: value for key, value in run.last["places"][name].items() if value}


def test_a_nas_that_was_away_gets_what_it_missed_and_the_card_is_safe(away):
    run = up(here(away))
    assert (run.code, at(run)) == (0, {"files": 3, "shoots": 1, "bytes": 6000, "brought": 3})
    assert away.holds_everything()
    assert away.check().level == "safe"
    assert up(away).last["places"] == {}
    assert not away.leftovers()
    assert away.run("verify").code == 0


def test_what_came_later_stands_in_the_history_of_its_shoot_there(away):
    assert up(here(away)).code == 0
    for folder in {path.parent for path in away.nas.rglob("IMG_*.JPG")}:
        names = {path.name.encode() for path in folder.glob("IMG_*.JPG")}
        assert set(read_history(os.fsencode(folder)).files) == names


def test_files_are_given_the_time_and_the_name_that_the_others_have(away):
    assert up(here(away)).code == 0
    for path in away.ssd.rglob("IMG_*.JPG"):
        there = away.nas / path.relative_to(away.ssd)
        assert there.stat().st_mtime_ns == path.stat().st_mtime_ns


def test_nothing_is_asked_or_written_where_nothing_is_missing(studio, monkeypatch):
    studio.shoot(1)
    assert studio.ingest().level == "safe"
    monkeypatch.setattr(catch_up, "_bring", lambda *_: pytest.fail("asked"))
    run = up(studio)
    assert (run.code, run.last["places"]) == (0, {})
    assert "Every destination has every shoot" in studio.run("catch-up").out


def test_a_dry_run_tells_what_is_missing_and_brings_nothing(away):
    before = away.ask("SELECT count(*) FROM run")
    run = up(here(away), "--dry-run")
    assert (run.code, at(run)) == (0, {"files": 3, "shoots": 1, "bytes": 6000})
    assert "nas          lacks 3 files of 1 shoot, 6 kB" in away.run("catch-up", "--dry-run").out
    assert (len(away.contents(away.nas)), away.ask("SELECT count(*) FROM run")) == (2, before)


def test_status_tells_what_is_missing_and_what_to_run(away):
    assert "nas lacks 3 files of 1 shoot, 6 kB: safelight catch-up" in away.run("status").out
    [line] = away.run("status", "--json").events("lacks")
    assert (line["destination"], line["files"], line["shoots"], line["bytes"]) == ("nas", 3, 1, 6000)
    assert up(here(away)).code == 0
    assert "lacks" not in away.run("status").out


def test_one_that_is_still_away_is_told_and_waited_for(away):
    run = up(away)
    assert (run.code, at(run)["left"], at(run).get("brought", 0)) == (13, 3, 0)
    assert "there is no folder" in at(run)["problem"]
    assert up(here(away)).code == 0


def test_a_destination_that_is_new_in_the_settings_gets_every_shoot(away):
    drive = away.base / "hdd"
    drive.mkdir()
    here(away).configure(extra=f'[[destinations]]\nname = "hdd"\nkind = "hdd"\nroot = "{drive}"\n')
    run = up(away)
    assert (run.code, at(run, "hdd")["brought"], at(run)["brought"]) == (0, 5, 3)
    assert away.contents(drive) == away.on_card()


def test_a_new_working_disk_is_not_filled_with_the_archive_unless_it_is_asked_for(away):
    here(away)
    assert up(away).code == 0
    away.configure(ssd=away.base / "ssd2", extra="")
    away.ssd.mkdir()
    text = (away.home / "config.toml").read_text().replace('name = "ssd"', 'name = "new"')
    (away.home / "config.toml").write_text(text)
    assert up(away).last["places"] == {}
    assert "lacks" not in away.run("status").out
    run = up(away, "--at", "new")
    assert (run.code, at(run, "new")["brought"]) == (0, 5)
    assert away.contents(away.ssd) == away.on_card()


def test_a_shoot_that_was_let_go_is_not_brought_back_to_the_working_disk(away):
    assert up(here(away)).code == 0
    for path in away.ssd.rglob("IMG_000[12].JPG"):
        path.unlink()
    assert away.run("verify").code == 18
    assert up(away).last["places"] == {}  # it is for `repair`
    assert away.run("repair", "--json").last["healed"] == 2


def test_only_the_shoot_that_is_named(away):
    here(away)
    assert up(away, "First").last["places"] == {}
    assert at(up(away, "Second"))["brought"] == 3
    assert up(away, "Third").code == 2
    assert up(away, "--at", "moon").code == 2


def test_what_is_allowed_is_brought_and_the_next_one_goes_on(away, monkeypatch):
    monkeypatch.setattr(carry, "_FILES", 1)
    run = up(here(away), "--bytes", "2000")
    assert (run.code, at(run)["brought"], at(run)["left"], run.last["is_stopped"]) == (0, 1, 2, True)
    assert at(up(away))["brought"] == 2
    assert away.check().level == "safe"


def test_the_newest_shoot_goes_first(away, monkeypatch):
    here(away)
    leave(away)
    away.put("DCIM/100CANON/IMG_0100.JPG", b"a day later" * 99, 1_750_100_000_000_000_000)
    assert away.ingest("--shoot", "Third").level == "not_yet"
    here(away)
    monkeypatch.setattr(carry, "_FILES", 1)
    assert at(up(away, "--bytes", "100"))["brought"] == 1
    assert [path.name for path in away.nas.rglob("IMG_0100.JPG")] == ["IMG_0100.JPG"]


def test_a_source_that_gives_other_bytes_becomes_suspect_and_nothing_wrong_is_brought(away):
    picture = away.copy_of(away.ssd, "IMG_0004.JPG")
    info = picture.stat()
    picture.write_bytes(bytes(reversed(picture.read_bytes())))
    os.utime(picture, ns=(info.st_atime_ns, info.st_mtime_ns))
    run = up(here(away))
    assert (run.code, at(run)["brought"], at(run)["failed"]) == (13, 2, 1)
    assert not list(away.nas.rglob("IMG_0004.JPG"))
    assert away.ask("SELECT state FROM copy WHERE display LIKE '%IMG_0004.JPG'") == [("suspect",)]
    assert at(up(away))["waiting"] == 1


def test_the_second_nearest_copy_serves_where_the_nearest_is_wrong(away):
    hdd = away.base / "hdd"
    hdd.mkdir()
    away.configure(extra=f'[[destinations]]\nname = "hdd"\nkind = "hdd"\nroot = "{hdd}"\n')
    assert at(up(away), "hdd")["brought"] == 5
    picture = away.copy_of(away.ssd, "IMG_0004.JPG")
    info = picture.stat()
    picture.write_bytes(bytes(reversed(picture.read_bytes())))
    os.utime(picture, ns=(info.st_atime_ns, info.st_mtime_ns))
    run = up(here(away))
    assert (run.code, at(run)["brought"]) == (0, 3)
    assert away.contents(away.nas) == away.on_card()


def test_without_a_proven_copy_anywhere_it_waits(away):
    picture = away.copy_of(away.ssd, "IMG_0004.JPG")
    picture.unlink()
    assert away.run("verify", "--at", "ssd").code == 18
    run = up(here(away))
    assert (run.code, at(run)["brought"], at(run)["waiting"]) == (13, 2, 1)


def test_a_file_of_somebody_else_under_the_name_stays_and_ours_lies_beside_it(away):
    here(away)
    theirs = away.nas / away.copy_of(away.ssd, "IMG_0003.JPG").relative_to(away.ssd)
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_bytes(b"somebody's own")
    assert up(away).code == 0
    assert theirs.read_bytes() == b"somebody's own"
    assert theirs.with_name("IMG_0003-2.JPG").read_bytes() == away.copy_of(away.ssd, "IMG_0003.JPG").read_bytes()
    assert away.check().level == "safe"
    assert up(away).last["places"] == {}


def test_where_there_is_no_room_it_is_said_and_what_fits_is_brought(away, monkeypatch):
    monkeypatch.setattr(catch_up, "free_at", room_for_two)
    run = up(here(away))
    assert (run.code, at(run)["brought"], at(run)["full"]) == (13, 2, 1)
    monkeypatch.setattr(catch_up, "free_at", no_room)
    assert "0 of 1 brought and read back; 1 for which there is no room" in away.run("catch-up").out


def no_room(_root):
    return 1999


def room_for_two(_root):
    return 4500


def test_a_file_that_comes_back_with_other_bytes_gets_no_name_and_is_told(away, in_threads, sabotage):
    right = proving.Prover._prove

    def wrong(prover, file):
        file.xxh128 = b"\0" * 16
        right(prover, file)

    sabotage.setattr(proving.Prover, "_prove", wrong)
    run = up(here(away))
    assert (run.code, at(run)["failed"], at(run)["mismatched"]) == (14, 3, 3)
    assert len(away.contents(away.nas)) == 2
    sabotage.undo()
    assert (up(away).code, away.check().level) == (0, "safe")
    assert not away.leftovers()


@pytest.mark.parametrize("step", ["write_manifest", "admit_all", "end_run"])
def test_killed_at_a_step_the_same_command_goes_on(away, step):
    def die(*_args, **_words):
        os.kill(os.getpid(), signal.SIGKILL)

    def sabotage():
        setattr(catch_up, step, die)

    here(away)
    assert away.run_apart(sabotage, "catch-up", "--json").code == -signal.SIGKILL
    assert up(away).code == 0
    assert away.check().level == "safe"
    assert not away.leftovers()
    for folder in {path.parent for path in away.nas.rglob("IMG_*.JPG")}:
        names = {path.name.encode() for path in folder.glob("IMG_*.JPG")}
        assert set(read_history(os.fsencode(folder)).files) == names
    assert away.ask("SELECT count(*) FROM run WHERE command = 'catch-up' AND state = 'open'") == [(0,)]


def test_killed_between_two_records_what_was_named_is_recognised_and_not_copied_twice(away):
    seen = []

    def sabotage():
        before = carry.Carrier._record

        def once(carrier, outcomes):
            os.kill(os.getpid(), signal.SIGKILL)
            before(carrier, outcomes)

        carry.Carrier._record = once

    here(away)
    assert away.run_apart(sabotage, "catch-up", "--json").code == -signal.SIGKILL
    seen = away.contents(away.nas)
    assert len(seen) == 5  # named, and not in the ledger
    assert up(away).code == 0
    assert away.contents(away.nas) == away.on_card()
    assert away.check().level == "safe"


def test_interrupted_it_keeps_what_is_proven_and_goes_on(away, sabotage):
    def stop(*_):
        raise KeyboardInterrupt

    here(away)
    sabotage.setattr(carry.Carrier, "close", closing_with(carry.Carrier.close, carry.Carrier._record, sabotage))
    sabotage.setattr(carry.Carrier, "_record", stop)  # the batch is settled, and not in the ledger yet
    assert up(away).code == 130
    sabotage.undo()
    assert away.ask("SELECT count(*) FROM copy c JOIN run r ON r.id = c.run_id WHERE command = 'catch-up'") == [(3,)]
    assert up(away).last["places"] == {}
    assert away.check().level == "safe"
    assert not away.leftovers()
    for folder in {path.parent for path in away.nas.rglob("IMG_*.JPG")}:
        names = {path.name.encode() for path in folder.glob("IMG_*.JPG")}
        assert set(read_history(os.fsencode(folder)).files) == names


def closing_with(close, record, sabotage):
    """The end of a carrier, by which the ledger can be written again."""

    def closed(carrier):
        sabotage.setattr(carry.Carrier, "_record", record)
        close(carrier)

    return closed


def test_a_night_catches_up_before_anything_else(away):
    here(away)
    run = away.run("nightly", "--json")
    steps = run.events("step")
    assert (steps[0]["step"], steps[0]["outcome"]) == ("catch-up", "done")
    assert steps[0]["words"] == "nas: 3 of 3 brought and read back"
    assert away.holds_everything()


def test_a_night_without_the_nas_goes_on_later(away):
    step = away.run("nightly", "--json").events("step")[0]
    assert (step["outcome"], step["exit"]) == ("later", 0)
    assert "3 left for the next time" in step["words"]


def test_edits_of_a_shoot_that_was_missed_travel_behind_it(away):
    here(away)
    picture = away.copy_of(away.ssd, "IMG_0004.JPG")
    picture.with_suffix(".xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    os.utime(picture.with_suffix(".xmp"), ns=(1, 1))
    assert up(away).code == 0
    assert away.run("sync").code == 0
    assert away.nas.joinpath(picture.relative_to(away.ssd)).with_suffix(".xmp").exists()
    assert up(away).last["places"] == {}


def test_two_at_once_do_not_bring_everything_twice(away):
    here(away)
    with catch_up._alone(away.home):
        run = up(away)
    assert (run.code, run.last["message"]) == (12, "Another catch-up is under way")


def test_a_destination_inside_another_is_refused_before_anything_is_written(away):
    inside = away.ssd / "again"
    inside.mkdir()
    (away.base / "link").symlink_to(inside)
    here(away).configure(extra=f'[[destinations]]\nname = "hdd"\nkind = "hdd"\nroot = "{away.base}/link"\n')
    run = up(away)
    assert (run.code, "lie within one another" in run.last["message"]) == (13, True)
    assert not list(inside.iterdir())


def test_the_screen_says_what_came(away):
    out = here(away).run("catch-up").out
    assert "nas          3 of 3 brought and read back" in out


@pytest.mark.root
@needs_loops
def test_a_real_disk_that_was_not_mounted_catches_up_with_proofs_from_its_medium(tmp_path):
    with loop_disk(tmp_path / "disk", 48) as disk:
        studio = Studio(tmp_path / "studio", devices=2)
        studio.configure(nas=disk.mnt / "Photos")
        studio.nas.mkdir()
        studio.shoot(1)
        assert studio.ingest().level == "safe"
        disk.unmount()
        studio.shoot(4)
        assert studio.ingest().level == "not_yet"
        assert up(studio).code == 13
        assert not list(disk.mnt.iterdir())  # the folder below the mount is nobody's
        disk.mount()
        assert at(up(studio))["brought"] == 3
        verdict = studio.check()
        assert (verdict.level, {each["name"]: each["proven"] for each in verdict.last["destinations"]}) == (
            "safe", {"ssd": 4, "nas": 4},
        )  # fmt: skip


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path)
