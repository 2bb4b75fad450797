"""What a night does by itself, what it says of it, and what is said where it did not come."""

import os
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from studio import Studio, cloud_at

from ingest.plan.drill import EVERY
from ingest.snapshots import make

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def studio(tmp_path):
    studio = Studio(tmp_path)
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    return studio


def night(studio, *words):
    return studio.run("nightly", "--json", *words)


def steps(run):
    return {line["step"]: line for line in run.events("step")}


def installed(studio, days):
    (studio.home / "schedule").write_text(f"02:30 {time.time() - days * 86400 - 60:.0f}\n")


def test_a_quiet_night_backs_the_ledger_up_and_says_that_all_is_well(studio):
    before = sorted((studio.nas / ".safelight/ledger").iterdir())
    run = night(studio)
    assert (run.code, run.last["failed"]) == (0, 0)
    outcomes = {name: step["outcome"] for name, step in steps(run).items()}
    assert outcomes == {
        "catch-up": "nothing to do", "drives": "nothing to do", "edits": "done", "tags": "nothing to do",
        "catalogs": "nothing to do", "cloud": "nothing to do", "verify": "done", "drill": "nothing to do",
        "ledger": "done",
    }  # fmt: skip
    assert sorted((studio.nas / ".safelight/ledger").iterdir()) != before
    [path] = (studio.home / "nights").iterdir()
    assert "all is well" in path.read_text()
    assert studio.run("nightly", "--last").out.strip() == path.read_text().strip()


def test_the_third_copies_are_sent_and_checked(tmp_path, server):
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    run = night(studio)
    assert run.code == 0
    assert steps(run)["cloud"]["words"] == "3 sent, 3 checked in the bucket, 0 wait"


def test_a_step_that_fails_is_told_and_stops_no_other(studio):
    studio.configure(
        extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{studio.base}/nowhere.lrcat"\n'
        + cloud_at("http://127.0.0.1:9")
    )
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"another" * 99)
    assert studio.ingest().level == "safe"
    run = night(studio)
    found = {name: (step["outcome"], step["exit"]) for name, step in steps(run).items()}
    assert found["tags"] == ("FAILED", 15)
    assert found["catalogs"][0] == "FAILED"
    assert found["cloud"] == ("FAILED", 16)  # there is no key
    assert found["ledger"] == ("done", 0)
    assert (run.code, run.last["failed"]) == (15, 3)
    assert "nowhere.lrcat" in steps(run)["catalogs"]["words"]
    assert "3 of 9 steps FAILED: tags, catalogs, cloud" in studio.run("nightly", "--last").out


def test_what_an_editor_wrote_beside_a_picture_goes_to_the_nas(studio):
    picture = studio.copy_of(studio.ssd, "IMG_0001.JPG")
    sidecar = picture.with_suffix(".xmp")
    sidecar.write_bytes(b"<x:xmpmeta/>")
    os.utime(sidecar, (1_790_000_000, 1_790_000_000))
    run = night(studio)
    assert (run.code, steps(run)["edits"]["words"]) == (0, "1 new, 0 changed")
    assert studio.copy_of(studio.nas, "IMG_0001.xmp").read_bytes() == b"<x:xmpmeta/>"


def test_a_catalog_is_copied_once_and_then_left_until_it_changes(studio, monkeypatch):
    real = make._volume  # the catalog lies on a disk of its own, which in a test it cannot
    elsewhere = {"st_dev": -1, "devices": frozenset({"disk:of the catalog"})}
    monkeypatch.setattr(make, "_volume", lambda subject: replace(real(subject), **elsewhere))
    catalog = studio.base / "Sample.lrcat"
    shutil.copy(REPOSITORY / "sample_cards/catalogs/Sample.lrcat", catalog)
    studio.configure(extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{catalog}"\n')
    words = [steps(night(studio))["catalogs"] for _ in range(2)]
    assert [step["words"] for step in words] == ["1 of 1 copied anew", "unchanged"]
    assert len([*studio.nas.glob(".safelight/catalogs/*/*.tar.gz")]) == 1


def test_a_copy_that_rotted_is_found_by_night(studio):
    copy = studio.copy_of(studio.nas, "IMG_0002.JPG")
    copy.write_bytes(b"?" * copy.stat().st_size)
    run = night(studio)
    assert (run.code, steps(run)["verify"]["outcome"]) == (18, "FAILED")
    assert steps(run)["verify"]["words"].startswith("5 of 6 copies read back and equal; 1 wrong")
    assert studio.run("repair").code == 0
    assert night(studio).code == 0


def test_outside_of_the_hours_nothing_is_sent_and_the_night_has_not_failed(tmp_path, server):
    now = time.localtime()
    hours = f"{(now.tm_hour + 2) % 24:02}:00-{(now.tm_hour + 3) % 24:02}:00"
    table = f'{cloud_at(server.url)}hours = "{hours}"\n'
    studio = Studio(tmp_path, extra=table)
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    run = night(studio)
    assert (run.code, steps(run)["cloud"]["outcome"]) == (0, "later")
    assert steps(run)["cloud"]["words"].startswith("0 sent, 0 checked in the bucket, 3 wait")


def test_a_drill_is_made_when_it_is_due(studio, monkeypatch):
    monkeypatch.setattr("ingest.plan.drill.EVERY", 0.0)
    run = night(studio)
    assert (run.code, steps(run)["drill"]["outcome"]) == (0, "done")
    assert steps(run)["drill"]["words"].startswith("6 files came back equal")
    monkeypatch.setattr("ingest.plan.drill.EVERY", EVERY)
    assert steps(night(studio))["drill"]["outcome"] == "nothing to do"


def test_a_nas_that_is_away_is_left_for_another_night_and_the_ssd_has_its_backup(studio):
    shutil.move(studio.nas, studio.base / "away")
    run = night(studio)
    assert (run.code, steps(run)["ledger"]["outcome"]) == (0, "later")
    assert "backed up to ssd" in steps(run)["ledger"]["words"]
    assert "nas" in steps(run)["ledger"]["words"]


def test_where_no_destination_is_there_the_night_has_failed(studio):
    for place in (studio.nas, studio.ssd):
        shutil.move(place, studio.base / f"{place.name} away")
    run = night(studio)
    assert (run.code, steps(run)["ledger"]["outcome"]) == (18, "FAILED")


def test_two_nights_at_once_are_one(studio):
    with FileLock(studio.home / "locks" / "nightly.lock"):
        assert night(studio).code == 12
    assert night(studio).code == 0


def test_a_night_that_was_missed_is_told_the_next_time_anything_runs(studio):
    assert "night" not in studio.run("shoots").err
    installed(studio, days=1)
    assert "night" not in studio.run("shoots").err
    installed(studio, days=3)
    told = studio.run("shoots")
    assert "No night's work for 3 days" in told.err
    assert "night" not in told.out
    assert night(studio).code == 0
    assert "night" not in studio.run("shoots").err


def test_a_night_that_failed_is_told_the_next_time_anything_runs(studio):
    installed(studio, days=3)
    studio.configure(extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{studio.base}/nowhere.lrcat"\n')
    run = night(studio)
    assert run.code == 15
    assert "No night's work" not in run.err
    assert "did not all succeed" in studio.run("shoots").err


def test_a_night_is_never_rewritten(studio):
    assert night(studio).code == 0
    with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
        for change in ("UPDATE night SET failed = 0", "DELETE FROM night"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                ledger.execute(change)


def test_before_the_first_night_there_is_no_report(studio):
    run = studio.run("nightly", "--last")
    assert (run.code, "no night's work yet" in run.out) == (11, True)
