"""`safelight sync`: what editors write beside the pictures on the SSD goes to the NAS, versioned; no more moves."""

import hashlib
import os
import re
import time

import pytest
from studio import tree_of

from ingest.errors import Exit

LATER = 1_795_874_592_000_000_000  # 2026-11-28 14:03:12 UTC, in ns


@pytest.fixture
def shot(studio, monkeypatch):
    """A shoot of three photographs at both places."""
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    return studio


def write(studio, name, data, place=None, *, at=LATER):
    """An editor's file beside the pictures, not written just now."""
    path = folder(studio, place or studio.ssd) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(at, at))
    return path


def folder(studio, place):
    return studio.copy_of(place, "IMG_0001.JPG").parent


def beside(studio, place):
    """name -> bytes of what lies in the shoot's folder and is no photograph."""
    top = folder(studio, place)
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and "ascmhl" not in path.parts and path.suffix != ".JPG"
    }


def set_aside(studio, place):
    """The bytes of the older versions at a place."""
    top = place / ".safelight" / "versions"
    return sorted(path.read_bytes() for path in top.rglob("*") if path.is_file())


def sync(studio, *words):
    """The summary of a sync, whose counts are checked."""
    run = studio.run("sync", "--json", *words)
    last = run.last
    if last["type"] == "summary":
        parts = [last[name] for name in ("new", "changed", "same", "waiting", "unread")]
        assert last["files"] == sum(parts) + sum(last["left"].values()), last
        found = run.events("edits_found")
        assert last["files"] == sum(each["files"] for each in found)
        assert run.code == last["exit"]
    return run


def counts(run, *names):
    return tuple(run.last[name] for name in names)


def at_nas(run):
    return {name: count for name, count in run.last["places"]["nas"].items() if count}


def test_what_an_editor_wrote_travels_once(shot):
    write(shot, "IMG_0001.xmp", b"one")
    write(shot, "CaptureOne/Settings/IMG_0001.JPG.cos", b"two")
    write(shot, "exports/web/IMG_0001.png", b"three" * 500_000)
    before = tree_of(shot.ssd)
    run = sync(shot)
    assert (run.code, counts(run, "new", "changed", "same")) == (Exit.OK, (3, 0, 0))
    assert at_nas(run) == {"copied": 3}
    assert beside(shot, shot.nas) == beside(shot, shot.ssd)
    assert len(beside(shot, shot.nas)) == 3
    copy = folder(shot, shot.nas) / "IMG_0001.xmp"
    assert copy.stat().st_mtime_ns == LATER
    assert tree_of(shot.ssd) == before, "the SSD is only read"
    again = sync(shot)
    assert (again.code, counts(again, "new", "changed", "same"), at_nas(again)) == (Exit.OK, (0, 0, 3), {})
    assert not shot.leftovers()
    assert set_aside(shot, shot.nas) == []


def test_each_change_is_a_version_and_the_older_ones_are_set_aside(shot):
    for number, data in enumerate((b"one", b"two!", b"three")):
        write(shot, "IMG_0001.xmp", data, at=LATER + number)
        run = sync(shot)
        assert run.code == Exit.OK
    assert counts(run, "new", "changed", "same") == (0, 1, 0)
    assert at_nas(run) == {"copied": 1, "aside": 1}
    assert beside(shot, shot.nas) == {"IMG_0001.xmp": b"three"}
    assert set_aside(shot, shot.nas) == [b"one", b"two!"]
    rows = shot.ask(
        "SELECT a.sha1, c.state, c.path LIKE '.safelight/%' FROM version v JOIN asset a ON a.id = v.asset_id"
        " JOIN copy c ON c.asset_id = a.id AND c.state <> 'lost' ORDER BY v.id"
    )
    hashes = [hashlib.sha1(data).digest() for data in (b"one", b"two!", b"three")]
    assert [row[0] for row in rows] == hashes
    assert [row[1] for row in rows] == ["proven"] * 3
    assert shot.run("ledger", "check", "--json").last["problems"] == []
    for path in (shot.nas / ".safelight/versions").rglob("*.xmp"):
        assert re.fullmatch(r"IMG_0001\.\d{8}T\d{6}Z(-[23])?\.xmp", path.name), "numbered where seen in one second"
        assert path.parent == shot.nas / ".safelight/versions" / folder(shot, shot.nas).relative_to(shot.nas)


def test_what_goes_back_to_older_bytes_is_a_newer_version_of_them(shot):
    for number, data in enumerate((b"one", b"two", b"one", b"two", b"three")):
        write(shot, "IMG_0001.xmp", data, at=LATER + number)
        assert sync(shot).code == Exit.OK
        assert beside(shot, shot.nas) == {"IMG_0001.xmp": data}
    assert sorted(set(set_aside(shot, shot.nas))) == [b"one", b"two"]
    assert shot.ask("SELECT count(*) FROM version") == [(5,)]
    assert sync(shot).last["places"]["nas"]["copied"] == 0


def test_what_was_only_touched_is_no_version(shot):
    write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    write(shot, "IMG_0001.xmp", b"one", at=LATER + 9)
    run = sync(shot)
    assert (counts(run, "new", "changed", "same"), at_nas(run)) == ((0, 0, 1), {})
    assert shot.ask("SELECT count(*) FROM version") == [(1,)]


def test_no_count_of_photographs_sees_an_edit(shot):
    def numbers():
        status = shot.run("status", "Meyer", "--json").lines
        return [{k: v for k, v in line.items() if "at" not in k and "proof" not in k} for line in status]

    before, shoots = numbers(), shot.run("shoots").out
    write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    assert numbers() == before
    assert shot.run("shoots").out == shoots
    assert shot.check().level == "safe"
    again = shot.ingest()
    assert (again.level, again.counts["proven"]) == ("safe", 3)


def test_verify_reads_every_version_again_and_finds_one_that_changed(shot):
    for number, data in enumerate((b"one", b"two")):
        write(shot, "IMG_0001.xmp", data, at=LATER + number)
        sync(shot)
    nas = shot.run("verify", "--at", "nas", "--json").lines[0]
    assert (nas["looked_at"], nas["ok"]) == (5, 5)
    assert shot.run("verify", "Meyer", "--at", "nas", "--json").lines[0]["looked_at"] == 5
    [older] = (shot.nas / ".safelight/versions").rglob("*.xmp")
    older.write_bytes(b"0ne")
    nas = shot.run("verify", "--at", "nas", "--json").lines[0]
    assert [path.rpartition("/")[2] for path in nas["differs"]] == [older.name]
    assert shot.run("verify", "--at", "ssd", "--json").lines[0]["looked_at"] == 3, "what is edited is no copy"


def test_what_a_verify_found_gone_or_rotten_at_the_nas_is_brought_again_and_nothing_is_replaced(shot):
    for number, data in enumerate((b"one", b"two")):
        write(shot, "gone.xmp", b"gone " + data, at=LATER + number)
        write(shot, "rotten.xmp", b"rotten " + data, at=LATER + number)
        sync(shot)
    (folder(shot, shot.nas) / "gone.xmp").unlink()
    (folder(shot, shot.nas) / "rotten.xmp").write_bytes(b"rotten 2wo")
    assert shot.run("verify", "--at", "nas").code == Exit.CARE_FAILED
    assert at_nas(sync(shot)) == {"copied": 2, "theirs": 1}
    assert beside(shot, shot.nas) == {"gone.xmp": b"gone two", "rotten.xmp": b"rotten 2wo"}
    assert set_aside(shot, shot.nas) == [b"gone one", b"rotten one", b"rotten two"]


def test_the_shoot_comes_back_from_the_nas_without_the_edits(shot, tmp_path):
    write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    (tmp_path / "back").mkdir()
    run = shot.run("restore", "Meyer", "--to", tmp_path / "back", "--from", "nas", "--json")
    assert run.code == Exit.OK
    names = sorted(path.name for path in (tmp_path / "back").rglob("*") if path.is_file())
    assert [name for name in names if name.endswith(".JPG")] == ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"]


def test_another_file_of_that_name_at_the_nas_stays_and_is_told_each_time(shot):
    write(shot, "IMG_0001.xmp", b"ours")
    theirs = write(shot, "IMG_0001.xmp", b"theirs", shot.nas)
    for data in (b"ours", b"ours", b"ours again"):
        write(shot, "IMG_0001.xmp", data, at=LATER + len(data))
        run = sync(shot)
        assert run.code == Exit.OK
        assert run.last["places"]["nas"]["theirs"] == 1
        [warned] = run.events("warned")
        assert warned["code"] == "edit kept aside"
        assert [path.rpartition("/")[2] for path in warned["paths"]] == ["IMG_0001.xmp"]
        assert theirs.read_bytes() == b"theirs"
    assert set_aside(shot, shot.nas) == [b"ours", b"ours again"]
    theirs.unlink()
    run = sync(shot)
    assert beside(shot, shot.nas) == {"IMG_0001.xmp": b"ours again"}
    assert set_aside(shot, shot.nas) == [b"ours"]
    assert shot.run("verify", "--at", "nas", "--json").lines[0]["ok"] == 5


def test_a_photograph_is_never_moved_for_an_edit_of_its_name(shot):
    name = folder(shot, shot.ssd) / "IMG_0001.JPG"
    bytes_before = name.read_bytes()
    write(shot, "IMG_0001.JPG", b"painted over", at=LATER)
    run = sync(shot)
    assert run.last["left"] == {"a photograph that is not as it was copied": 1}
    [warned] = run.events("warned")
    assert (warned["code"], "verify" in warned["text"]) == ("edit left alone", True)
    assert shot.copy_of(shot.nas, "IMG_0001.JPG").read_bytes() == bytes_before


def test_a_photographs_own_copy_at_the_nas_makes_room_for_no_edit(studio):
    """At the NAS it had to be called otherwise; on the SSD somebody made a file of that very name."""
    [data] = studio.shoot(1).values()
    theirs = studio.nas / "2025/2025-06-14 Meyer/IMG_0001.JPG"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"somebody's own")
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    photograph = theirs.with_name("IMG_0001-2.JPG")
    assert photograph.read_bytes() == data
    for number, edited in enumerate((data, b"painted over")):
        write(studio, "IMG_0001-2.JPG", edited, at=LATER + number)
        assert sync(studio).last["places"]["nas"]["theirs"] == 1
    assert photograph.read_bytes() == data
    assert set_aside(studio, studio.nas) == sorted([data, b"painted over"])
    assert studio.check().level == "safe"


def test_what_is_deleted_on_the_ssd_stays_at_the_nas(shot):
    path = write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    path.unlink()
    run = sync(shot)
    assert (run.code, run.last["files"], at_nas(run)) == (Exit.OK, 0, {})
    assert beside(shot, shot.nas) == {"IMG_0001.xmp": b"one"}
    write(shot, "IMG_0001.xmp", b"new", at=LATER + 1)
    sync(shot)
    assert (beside(shot, shot.nas), set_aside(shot, shot.nas)) == ({"IMG_0001.xmp": b"new"}, [b"one"])


def test_what_already_stands_at_the_nas_is_proven_there_and_not_copied(shot):
    for place in (shot.ssd, shot.nas):
        write(shot, "IMG_0001.xmp", b"same", place)
    run = sync(shot)
    assert at_nas(run) == {"found": 1}
    assert shot.ask("SELECT state FROM copy WHERE display LIKE '%.xmp'") == [("proven",)]


def test_sidecars_that_an_ingest_wrote_are_picked_up(studio):
    studio.put("DCIM/100CANON/IMG_1.CR3", b"raw" * 500)
    studio.ingest("--shoot", "Meyer", "--keywords", "wedding")
    for path in studio.ssd.rglob("*.xmp"):
        os.utime(path, ns=(LATER, LATER))
    run = sync(studio)
    assert (run.code, counts(run, "new"), at_nas(run)) == (Exit.OK, (1,), {"found": 1})
    again = studio.ingest("--keywords", "wedding")
    assert [(e["name"], e["same"], e["left"]) for e in again.events("sidecars")] == [("ssd", 1, 0), ("nas", 1, 0)]
    older = studio.copy_of(studio.nas, "IMG_1.xmp").read_bytes()
    more = studio.ingest("--keywords", "church")
    assert [(e["name"], e["merged"], e["left"]) for e in more.events("sidecars")] == [("ssd", 1, 0), ("nas", 0, 1)]
    for path in studio.ssd.rglob("*.xmp"):
        os.utime(path, ns=(LATER + 1, LATER + 1))
    sync(studio)
    assert set_aside(studio, studio.nas) == [older]
    assert studio.copy_of(studio.nas, "IMG_1.xmp").read_bytes() == studio.copy_of(studio.ssd, "IMG_1.xmp").read_bytes()


def test_an_export_beside_the_pictures_is_in_no_history_of_the_photographs(shot):
    again = folder(shot, shot.ssd) / "exports/IMG_0001.JPG"
    write(shot, "exports/IMG_0001.JPG", (folder(shot, shot.ssd) / "IMG_0001.JPG").read_bytes())
    assert sync(shot).last["new"] == 1
    shot.put("DCIM/100CANON/IMG_0009.JPG", b"late" * 100)
    assert shot.ingest().level == "safe"
    for manifest in shot.nas.rglob("*.mhl"):
        assert b"exports" not in manifest.read_bytes()
    again.write_bytes(b"edited again")
    os.utime(again, ns=(LATER, LATER))
    assert at_nas(sync(shot)) == {"copied": 1, "aside": 1}
    assert shot.check().level == "safe"


def test_a_file_that_was_just_written_waits_for_the_next_sync(shot):
    path = write(shot, "IMG_0001.xmp", b"half", at=time.time_ns())
    run = sync(shot)
    assert (counts(run, "new", "waiting"), run.code) == ((0, 1), Exit.OK)
    assert [w["code"] for w in run.events("warned")] == ["edit waits"]
    assert beside(shot, shot.nas) == {}
    os.utime(path, ns=(LATER, LATER))
    assert counts(sync(shot), "new", "waiting") == (1, 0)


def test_a_dry_run_tells_what_is_new_and_writes_nothing_at_all(shot):
    write(shot, "IMG_0001.xmp", b"one")
    ledger = (shot.home / "ledger.sqlite").read_bytes()
    everything = {path: path.lstat().st_mtime_ns for path in [*shot.ssd.rglob("*"), *shot.nas.rglob("*")]}
    run = sync(shot, "--dry-run")
    assert (run.code, counts(run, "new", "dry_run")) == (Exit.OK, (1, True))
    assert {path: path.lstat().st_mtime_ns for path in [*shot.ssd.rglob("*"), *shot.nas.rglob("*")]} == everything
    assert shot.ask("SELECT count(*) FROM version") == [(0,)]
    assert (shot.home / "ledger.sqlite").read_bytes() == ledger


def test_a_nas_that_was_away_is_told_and_caught_up_with(shot):
    away = shot.base / "away"
    write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    shot.nas.rename(away)
    write(shot, "IMG_0001.xmp", b"two", at=LATER + 1)
    write(shot, "IMG_0002.xmp", b"new")
    run = sync(shot)
    assert (run.code, counts(run, "new", "changed")) == (Exit.DESTINATION, (1, 1))
    assert run.last["places"]["nas"]["problem"]
    away.rename(shot.nas)
    run = sync(shot)
    assert (run.code, counts(run, "new", "changed", "same")) == (Exit.OK, (0, 0, 2))
    assert at_nas(run) == {"copied": 2, "aside": 1}
    assert beside(shot, shot.nas) == {"IMG_0001.xmp": b"two", "IMG_0002.xmp": b"new"}


def test_without_the_ssd_there_is_no_sync(shot):
    shot.ssd.rename(shot.base / "away")
    assert sync(shot).code == Exit.DESTINATION
    (shot.ssd / ".safelight").mkdir(parents=True)
    run = sync(shot)
    assert (run.code, "was used before" in run.last["message"]) == (Exit.DESTINATION, True)


def test_only_the_shoot_that_was_named_is_looked_at(shot):
    write(shot, "IMG_0001.xmp", b"one")
    assert sync(shot, "Meyer").last["new"] == 1
    run = shot.run("sync", "Nobody", "--json")
    assert (run.code, run.last["type"]) == (Exit.USAGE, "error")


def test_the_screen_says_it_in_numbers(shot):
    write(shot, "IMG_0001.xmp", b"one")
    os.symlink("/etc/passwd", folder(shot, shot.ssd) / "link")
    out = shot.run("sync").out
    assert "Edits  1 new, 0 changed, 0 as before, 1 left alone" in out
    assert "nas          1 copied" in out


def test_a_ledger_that_was_made_anew_takes_nothing_for_its_own_that_it_does_not_know(shot):
    """What stood there is found by its bytes where the SSD has them; a version that nobody knows is left alone."""
    for number, data in enumerate((b"one", b"two")):
        write(shot, "IMG_0001.xmp", data, at=LATER + number)
        write(shot, "IMG_0002.xmp", data, at=LATER + number)
        sync(shot)
    write(shot, "IMG_0002.xmp", b"three", at=LATER + 9)
    for path in (shot.nas / ".safelight/ledger").glob("*"):
        path.unlink()
    for path in (shot.ssd / ".safelight/ledger").glob("*"):
        path.unlink()
    for path in shot.home.glob("ledger.sqlite*"):
        path.unlink()
    assert shot.run("ledger", "rebuild", "--json").code == Exit.OK
    run = sync(shot)
    assert at_nas(run) == {"found": 1, "copied": 1, "theirs": 1}
    assert beside(shot, shot.nas) == {"IMG_0001.xmp": b"two", "IMG_0002.xmp": b"two"}
    assert set_aside(shot, shot.nas) == [b"one", b"one", b"three"]
    assert shot.run("ledger", "check", "--json").last["problems"] == []


def test_photographs_that_were_restored_onto_a_new_disk_are_no_edits(shot):
    """As after the SSD was lost: verify saw that its copies are gone, then a restore brought the files back."""
    for path in folder(shot, shot.ssd).glob("*.JPG"):
        path.unlink()
    assert shot.run("verify", "--at", "ssd").code == 18
    assert shot.run("restore", "Meyer", "--to", shot.ssd).code == 0
    before = tree_of(shot.nas)
    done = shot.run("sync", "--json")
    assert (done.code, done.last["new"], done.last["left"]) == (
        0,
        0,
        {"a photograph that is not as it was copied": 3},
    )
    assert tree_of(shot.nas) == before
