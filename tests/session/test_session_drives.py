"""Drives that are carried elsewhere: plugged in by turns, known by their mark, never waited for."""

import json
import os
import sqlite3
import time
from dataclasses import replace

import pytest
from loops import LoopDisk, SilentMount, loop_disk, needs_loops
from studio import Studio

from ingest.away import eject

DAY = 86400.0


def table(name, root, kind="drive"):
    return f'[[destinations]]\nname = "{name}"\nkind = "{kind}"\nroot = "{root}"\n'


@pytest.fixture
def studio(tmp_path):
    """A folder stands for the place of a drive; a shoot that ssd and nas hold."""
    place = tmp_path / "place"
    place.mkdir()
    studio = Studio(tmp_path, extra=table("drive-a", place) + table("drive-b", place))
    studio.shoot(2)
    return studio


@pytest.fixture
def place(studio):
    return studio.base / "place"


def drive(studio, *words):
    return studio.run("drive", *words, "--json")


def swap(place, to):
    """Unplug what is there, and plug in another one: a folder of that name."""
    place.rename(place.with_name(f"{place.name} before {to}"))
    other = place.with_name(to)
    if other.exists():
        other.rename(place)
    else:
        place.mkdir()


def listed(studio):
    run = drive(studio, "list")
    return {line["name"]: line for line in run.events("drive")}, [word["text"] for word in run.last["advice"]]


def test_what_was_never_added_is_neither_waited_for_nor_written_to(studio, place):
    assert studio.ingest().level == "safe"
    assert not list(place.iterdir())
    drives, advice = listed(studio)
    assert [drives[name]["is_known"] for name in ("drive-a", "drive-b")] == [False, False]
    assert advice[0] == "drive-a was never added: plug it in, then: safelight drive add drive-a"


def test_a_drive_that_was_added_and_is_here_is_a_destination_like_any_other(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    verdict = studio.ingest()
    assert (verdict.level, [each["name"] for each in verdict.last["destinations"]]) == (
        "safe",
        ["ssd", "nas", "drive-a"],
    )
    assert studio.contents(place) == studio.on_card()
    for picture in place.rglob("IMG_0001.JPG"):
        picture.unlink()
    assert studio.check().level == "not_yet"  # it is here, so it has to be right


def test_a_drive_that_is_away_is_not_waited_for_and_caught_up_with_when_it_is_back(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    assert studio.ingest().level == "safe"
    swap(place, "none")
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    assert studio.check().level == "safe"
    assert not list(place.iterdir())
    place.rmdir()
    place.with_name("place before none").rename(place)
    assert studio.check().level == "not_yet"
    assert drive(studio, "update").last["places"]["drive-a"]["brought"] == 3
    assert studio.check().level == "safe"
    assert studio.contents(place) == studio.on_card()
    assert drive(studio, "update").last["places"] == {}


def test_an_update_brings_edits_and_the_ledger_too(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    assert studio.ingest().level == "safe"
    swap(place, "none")
    picture = studio.copy_of(studio.ssd, "IMG_0001.JPG")
    picture.with_suffix(".xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    os.utime(picture.with_suffix(".xmp"), ns=(1, 1))
    assert studio.run("sync").code == 0
    place.rmdir()
    place.with_name("place before none").rename(place)
    before = len(list((place / ".safelight/ledger").iterdir()))
    run = drive(studio, "update", "drive-a")
    assert (run.code, run.last["edits"], run.last["ledger"]) == (0, "", "")
    assert place.joinpath(picture.relative_to(studio.ssd)).with_suffix(".xmp").exists()
    assert len(list((place / ".safelight/ledger").iterdir())) == before + 1
    studio.ssd.rename(studio.base / "ssd away")
    assert "no edits were brought" in drive(studio, "update").last["edits"]


def test_a_drive_that_is_unplugged_in_the_middle_is_waited_for_once(studio, place, sabotage, in_threads):
    from ingest.session import run as session_run

    assert drive(studio, "add", "drive-a").code == 0
    before = session_run.leave_out_full
    sabotage.setattr(session_run, "leave_out_full", lambda *words: (swap(place, "none"), before(*words)))
    verdict = studio.ingest()
    assert (verdict.level, verdict.codes) == ("not_yet", ["destination"])
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_without_the_nas_a_drive_makes_nothing_safe(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    studio.nas.rename(studio.base / "away")
    verdict = studio.ingest()
    assert (verdict.level, verdict.codes) == ("not_yet", ["destination"])
    assert studio.contents(place) == studio.on_card()


def test_where_a_drive_is_the_second_place_nothing_is_safe_without_it(studio, place):
    settings = studio.home / "config.toml"
    settings.write_text(settings.read_text().replace(table("nas", studio.nas, "nas"), ""))
    assert drive(studio, "add", "drive-a").code == 0
    assert studio.ingest().level == "safe"
    swap(place, "none")
    verdict = studio.check()
    assert (verdict.level, verdict.codes) == ("not_yet", ["too few destinations", "too few copies"])


def test_another_drive_at_the_same_place_is_known_as_itself(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    assert studio.ingest().level == "safe"
    swap(place, "b")
    assert drive(studio, "add", "drive-b").code == 0
    assert {name: each["is_here"] for name, each in listed(studio)[0].items()} == {"drive-a": False, "drive-b": True}
    assert drive(studio, "update", "drive-b").last["places"]["drive-b"]["brought"] == 2
    swap(place, "place before b")
    assert {name: each["is_here"] for name, each in listed(studio)[0].items()} == {"drive-a": True, "drive-b": False}
    assert studio.ask("SELECT d.name, count(*) FROM copy c JOIN destination d ON d.id = destination_id GROUP BY 1") == [
        ("drive-a", 2), ("drive-b", 2), ("nas", 2), ("ssd", 2),
    ]  # fmt: skip


def test_a_name_is_one_drive_and_a_drive_has_one_name(studio, place):
    assert drive(studio, "add", "drive-a").code == 0
    assert drive(studio, "add", "drive-a").code == 0  # it is that one
    run = drive(studio, "add", "drive-b")
    assert (run.code, "is drive-a" in run.last["message"]) == (13, True)
    swap(place, "b")
    run = drive(studio, "add", "drive-a")
    assert (run.code, run.last["message"]) == (13, "drive-a is another drive, which was added before")
    assert not list(place.iterdir())
    assert drive(studio, "add", "moon").code == 2


def test_the_settings_without_a_drive_have_none(tmp_path):
    studio = Studio(tmp_path)
    assert drive(studio, "list").last["drives"] == 0
    assert drive(studio, "update").code == 2
    assert drive(studio, "eject", "drive-a").code == 2


def test_a_drive_inside_another_destination_is_a_mistake_of_the_settings(studio):
    studio.configure(extra=table("drive-a", studio.ssd))
    run = studio.run("shoots", "--json")
    assert (run.code, "the same folder" in run.last["mistakes"][0]) == (4, True)


def test_what_comes_and_goes_is_written_down_once(studio, place):
    drive(studio, "add", "drive-a")
    for _ in range(3):
        listed(studio)
    swap(place, "none")
    for _ in range(2):
        listed(studio)
    assert studio.ask("SELECT what FROM sighting ORDER BY id") == [("here",), ("current",), ("away",)]
    with pytest.raises(Exception, match="append-only"):
        studio.ask("UPDATE sighting SET at = 0")


def test_a_drive_that_stays_too_long_is_asked_to_be_taken_away(studio, place):
    drive(studio, "add", "drive-a")
    assert studio.ingest().level == "safe"
    studio.configure(extra=studio.extra + "[drives]\nhome_days = 1\n")
    assert all("at home for" not in text for text in listed(studio)[1])
    with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
        ledger.execute("DROP TRIGGER sighting_no_update")
        ledger.execute("UPDATE sighting SET at = at - ? WHERE what = 'here'", (40.5 * DAY,))
    text = "drive-a has been at home for 40 days: take it away"
    assert text in listed(studio)[1]
    assert text in studio.run("status").out
    assert text in studio.run("doctor").out
    steps = {line["step"]: line for line in studio.run("nightly", "--json").events("step")}
    assert (steps["drives"]["outcome"], text in steps["drives"]["words"]) == ("later", True)


def test_where_every_drive_is_at_home_nothing_is_off_site(studio, place):
    drive(studio, "add", "drive-a")
    assert "drive-a is at home: no drive is off-site" in listed(studio)[1]
    swap(place, "none")
    assert not any("off-site" in text for text in listed(studio)[1])


def test_a_night_is_well_while_a_drive_is_away(studio, place):
    drive(studio, "add", "drive-a")
    assert studio.ingest().level == "safe"
    settings = studio.home / "config.toml"
    settings.write_text(settings.read_text().replace(table("drive-b", place), ""))
    listed(studio)
    swap(place, "none")
    run = studio.run("nightly", "--json")
    steps = {line["step"]: line["outcome"] for line in run.events("step")}
    assert (run.code, steps["drives"], steps["edits"], steps["verify"], steps["ledger"]) == (0, *["done"] * 4)


def test_an_away_drive_that_is_named_is_told_to_be_plugged_in(studio, place):
    drive(studio, "add", "drive-a")
    swap(place, "none")
    for words in (("catch-up", "--at", "drive-a"), ("drive", "update", "drive-a"), ("drive", "eject", "drive-a")):
        run = studio.run(*words, "--json")
        assert run.code == 13, words
    assert "drive-a      away" in studio.run("drive", "list").out


def test_the_words_of_a_drive_on_the_screen(studio, place):
    assert "drive-a is known from now on" in studio.run("drive", "add", "drive-a").out
    assert studio.ingest().level == "safe"
    out = studio.run("drive", "list").out
    assert "drive-a      here since today, had everything today, lacks nothing, its oldest proof today" in out
    assert "drive-b      not added yet" in out
    assert "not waited for, since away: drive-b" in studio.run("ingest", studio.card).err


def test_a_folder_of_this_computer_is_no_drive_where_two_devices_are_asked_for(studio):
    assert studio.ingest().level == "safe"
    studio.configure(devices=2)
    run = drive(studio, "add", "drive-a")
    assert (run.code, "lies on the disk of" in run.last["message"]) == (13, True)


# -- real disks --------------------------------------------------------------------------------------------------------
@pytest.fixture
def slot(tmp_path):
    """Two disks of their own, neither of them mounted; and the studio, whose NAS is a third one."""
    with (
        loop_disk(tmp_path / "nas disk", 48) as nas,
        loop_disk(tmp_path / "disks", 48) as a,
        loop_disk(tmp_path / "disks", 48) as b,
    ):
        mnt = tmp_path / "usual"
        disks = [replace(disk, mnt=mnt) for disk in (a, b)]
        for disk in (a, b):
            (disk.mnt / "Photos").mkdir()
            disk.unmount()
        studio = Studio(tmp_path / "studio", devices=2)
        studio.nas = nas.mnt / "Photos"
        studio.nas.mkdir()
        mnt.mkdir()
        studio.configure(extra=table("drive-a", mnt / "Photos") + table("drive-b", mnt / "Photos"))
        studio.shoot(2)
        try:
            yield studio, *disks
        finally:
            for _ in range(2):
                if os.path.ismount(mnt):
                    a_disk: LoopDisk = disks[0]
                    a_disk.unmount()


@pytest.mark.root
@needs_loops
def test_two_real_drives_by_turns(slot, tmp_path):
    studio, a, b = slot
    photos = a.mnt / "Photos"
    a.mount()
    assert studio.ingest("--shoot", "First").level == "safe"
    assert not list(photos.iterdir())  # nobody said that it is ours
    assert drive(studio, "add", "drive-a").code == 0
    assert drive(studio, "update").last["places"]["drive-a"]["brought"] == 2
    assert drive(studio, "eject", "drive-a").code == 0
    assert not os.path.ismount(a.mnt)

    studio.shoot(4)
    assert studio.ingest("--shoot", "Second").level == "safe"  # both are away
    b.mount()
    run = drive(studio, "add", "drive-a")
    assert (run.code, not list(photos.iterdir())) == (13, True)
    assert drive(studio, "add", "drive-b").code == 0
    assert {name: each["is_here"] for name, each in listed(studio)[0].items()} == {"drive-a": False, "drive-b": True}
    assert drive(studio, "update").last["places"]["drive-b"]["brought"] == 4
    assert studio.contents(photos) == studio.on_card()

    elsewhere = replace(a, mnt=tmp_path / "media")  # as a desktop mounts it
    elsewhere.mount()
    try:
        drives, advice = listed(studio)
        assert [drives[name]["is_here"] for name in ("drive-a", "drive-b")] == [True, True]
        assert "drive-a and drive-b are at home: no drive is off-site" in advice
        assert "drive-a lacks 2 files: safelight drive update drive-a" in advice
        assert studio.check().level == "not_yet"
        assert studio.run("catch-up", "--json").last["places"]["drive-a"]["brought"] == 2
        assert studio.contents(elsewhere.mnt / "Photos") == studio.on_card()
        assert studio.check().level == "safe"
        assert drive(studio, "eject", "drive-a").code == 0
        assert not os.path.ismount(elsewhere.mnt)
        assert os.path.ismount(b.mnt)
    finally:
        if os.path.ismount(elsewhere.mnt):
            elsewhere.unmount()
    assert studio.check().level == "safe"


@pytest.mark.root
@needs_loops
def test_a_drive_that_something_holds_open_is_not_ejected_and_its_holder_is_named(slot):
    studio, a, _ = slot
    a.mount()
    assert drive(studio, "add", "drive-a").code == 0
    with open(a.mnt / "Photos" / "open", "wb"):
        run = drive(studio, "eject", "drive-a")
        assert (run.code, bool(run.last["problem"])) == (13, True)
        assert os.path.ismount(a.mnt)
    assert drive(studio, "eject", "drive-a").code == 0


def test_who_holds_something_open_is_found_by_name(tmp_path):
    studio = Studio(tmp_path)
    held = studio.start("nightly", "--last", cwd=tmp_path)
    try:
        until = time.monotonic() + 10
        while not eject.holders(os.fsencode(tmp_path)) and time.monotonic() < until:
            time.sleep(0.02)
        assert [f"({held.pid})" in holder for holder in eject.holders(os.fsencode(tmp_path))] == [True]
    finally:
        held.kill()
        held.communicate()


@pytest.mark.root
@needs_loops
def test_a_drive_that_hangs_is_not_taken_for_one_that_is_away(studio, place):
    """Fail closed: what does not answer may be the drive that holds other bytes."""
    studio.configure(extra="[copying]\npatience = 2\n" + studio.extra)
    assert drive(studio, "add", "drive-a").code == 0
    assert studio.ingest().level == "safe"
    place.rename(place.with_name("unplugged"))
    mount = SilentMount(place)
    try:
        process = studio.start("check", studio.card, "--json")
        out, _ = process.communicate(timeout=60)
    finally:
        mount.close()
    verdict = json.loads(out.splitlines()[-1])
    assert (verdict["level"], [reason["code"] for reason in verdict["reasons"]]) == ("not_yet", ["destination"])
    place.rmdir()
    assert studio.check().level == "safe"  # now it is away
