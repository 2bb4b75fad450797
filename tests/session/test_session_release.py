"""Room on the SSD: a finished shoot's working copies go to the trash only while enough others stand, and come back."""

import errno
import os
import shutil
import signal
import sqlite3

import pytest
from studio import Studio, cloud_at, tree_of

from ingest.archive import release as release_module
from ingest.archive import trash_place


@pytest.fixture(autouse=True)
def trash(tmp_path, monkeypatch):
    """The trash of a user whose home lies on the disk of the studio; send2trash finds it when it is imported."""
    folder = tmp_path / "user" / "Trash"
    folder.parent.mkdir()
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH", str(folder))
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(folder))
    return folder


@pytest.fixture
def shot(tmp_path, server):
    """A shoot at both destinations, queued for the bucket."""
    studio = Studio(tmp_path / "studio", extra=cloud_at(server.url))
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    return studio


@pytest.fixture
def done(shot):
    """And in the bucket, checked there."""
    assert shot.run("cloud", "run").code == 0
    return shot


def release(studio, *words):
    return studio.run("release", "Meyer", "--json", *words)


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.suffix == ".JPG")


def test_a_finished_shoot_goes_to_the_trash_and_comes_back_where_it_was(done, trash):
    before, nas = done.copies(done.ssd), tree_of(done.nas)
    run = release(done, "--confirm", "Meyer")
    assert (run.code, run.last["released"], run.last["stayed"], run.last["reasons"]) == (0, 3, 0, {})
    assert names(done.ssd) == []
    assert names(trash / "files") == ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"]
    assert tree_of(done.nas) == nas
    back = done.run("restore", "Meyer", "--json")
    assert (back.code, back.last["restored"], back.last["failed"]) == (0, 3, {})
    assert done.copies(done.ssd) == before
    assert done.run("verify").code == 0


def test_status_calls_it_archived_and_not_missing_and_repair_leaves_it_alone(done):
    assert release(done, "--confirm", "Meyer").code == 0
    [line] = done.run("status", "--json").events("shoot")
    ssd = next(place for place in line["places"] if place["name"] == "ssd")
    assert (ssd["proven"], ssd["released"], ssd["missing"]) == (0, 3, 0)
    assert "3 archived today: `restore` brings them back" in done.run("status").out
    assert done.run("repair", "--json").last["copies"] == 0
    assert done.run("verify").code == 0
    assert names(done.ssd) == []
    assert done.run("restore", "Meyer").code == 0
    [line] = done.run("status", "--json").events("shoot")
    ssd = next(place for place in line["places"] if place["name"] == "ssd")
    assert (ssd["proven"], ssd["released"], ssd["missing"]) == (3, 0, 0)


def kept(studio, run, reason):
    assert (run.code, run.last["released"], list(run.last["reasons"])) == (18, 0, [reason]), run
    assert len(names(studio.ssd)) == 3


def test_what_is_not_checked_off_site_stays(shot):
    kept(shot, release(shot, "--confirm", "Meyer"), "no_third")


def test_a_copy_that_rotted_on_the_nas_keeps_everything_here(done):
    copy = done.copy_of(done.nas, "IMG_0002.JPG")
    copy.write_bytes(b"?" * copy.stat().st_size)
    run = release(done, "--confirm", "Meyer")
    kept(done, run, "no_other")
    assert run.last["reasons"]["no_other"] == ["2025/2025-06-14 Meyer/IMG_0002.JPG"]
    assert "IMG_0002.JPG" in done.run("release", "Meyer", "--confirm", "Meyer").out


def test_a_nas_that_is_away_keeps_everything_here(done):
    with sqlite3.connect(done.home / "ledger.sqlite") as ledger:  # as if all that was proven was proven long ago
        ledger.execute("DROP TRIGGER proof_no_update")
        ledger.execute("UPDATE proof SET at = at - 864000")
    shutil.move(done.nas, done.base / "away")
    kept(done, release(done, "--confirm", "Meyer"), "old")


def test_without_a_bucket_one_nas_is_not_enough(tmp_path):
    studio = Studio(tmp_path / "studio")
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    kept(studio, release(studio, "--confirm", "Meyer"), "one_device")


def test_nothing_goes_unless_the_name_of_the_shoot_was_typed(done):
    assert release(done).code == 2
    assert release(done, "--confirm", "meyer").code == 2
    assert len(names(done.ssd)) == 3


def test_a_dry_run_says_what_would_be_free_and_touches_nothing(done):
    before = tree_of(done.ssd)
    run = release(done, "--dry-run")
    assert (run.code, run.last["files"], run.last["bytes"], run.last["released"]) == (0, 3, 6000, 0)
    assert tree_of(done.ssd) == before


def test_a_photograph_that_was_edited_since_stays_and_is_told(done):
    copy = done.copy_of(done.ssd, "IMG_0002.JPG")
    copy.write_bytes(copy.read_bytes() + b"edited")
    run = release(done, "--confirm", "Meyer")
    assert (run.code, run.last["released"], run.last["stayed"]) == (3, 2, 1)
    assert names(done.ssd) == ["IMG_0002.JPG"]
    assert copy.read_bytes().endswith(b"edited")


def test_a_photograph_that_another_shoot_holds_too_stays(done):
    with sqlite3.connect(done.home / "ledger.sqlite") as ledger:
        ledger.execute(
            "INSERT INTO shoot (name, day, last_day, folder, named_by_user, created)"
            " VALUES ('Zeller', '2025-06-15', '2025-06-15', CAST('2025/Zeller' AS BLOB), 1, 1.0)"
        )
        ledger.execute(
            "INSERT INTO shoot_asset SELECT (SELECT max(id) FROM shoot), asset_id, CAST('2025/Zeller/A' AS BLOB), 'A'"
            " FROM shoot_asset WHERE CAST(path AS TEXT) LIKE '%IMG_0002.JPG'"
        )
        assert ledger.execute("SELECT count(*) FROM shoot_asset").fetchone() == (4,)
    run = release(done, "--confirm", "Meyer")
    assert (run.code, run.last["released"]) == (0, 2)
    assert names(done.ssd) == ["IMG_0002.JPG"]


def test_what_came_into_doubt_while_the_question_waited_stays(done, monkeypatch):
    def meanwhile(_shoot):
        with sqlite3.connect(done.home / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE copy SET state = 'suspect'")
        return "Meyer"

    monkeypatch.setattr("ingest.cli.do_release._ask", meanwhile)
    run = release(done)
    assert (run.code, run.last["type"]) == (18, "error")
    assert len(names(done.ssd)) == 3


def test_sidecars_and_exports_stay_where_they_are(done):
    folder = done.copy_of(done.ssd, "IMG_0001.JPG").parent
    (folder / "IMG_0001.xmp").write_bytes(b"<x/>")
    assert release(done, "--confirm", "Meyer").code == 0
    assert (folder / "IMG_0001.xmp").read_bytes() == b"<x/>"


def test_a_disk_without_a_trash_keeps_everything(done, monkeypatch):
    def none(_path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("ingest.archive.trash_place.send2trash", none)
    run = release(done, "--confirm", "Meyer")
    assert (run.code, run.last["released"], run.last["stayed"]) == (3, 0, 3)
    assert len(names(done.ssd)) == 3
    assert done.run("verify").code == 0


def test_after_the_trash_was_emptied_everything_comes_back_from_the_bucket_alone(done, trash):
    before = done.copies(done.ssd)
    assert release(done, "--confirm", "Meyer").code == 0
    shutil.rmtree(trash)
    for path in done.nas.rglob("*.JPG"):
        path.unlink()
    back = done.run("restore", "Meyer", "--json")
    assert (back.code, back.last["restored"]) == (0, 3)
    assert done.copies(done.ssd) == before


def test_what_was_never_released_has_no_place_to_come_back_to(done):
    run = done.run("restore", "Meyer", "--json")
    assert (run.code, "--to" in run.last["hint"]) == (2, True)


def test_the_ledger_itself_lets_no_copy_go_of_which_no_two_others_stand(shot):
    with sqlite3.connect(shot.home / "ledger.sqlite") as ledger:
        [(copy,)] = ledger.execute(
            "SELECT c.id FROM copy c JOIN destination d ON d.id = c.destination_id WHERE d.name = 'ssd' LIMIT 1"
        )
        ledger.execute("UPDATE copy SET state = 'lost' WHERE id = ?", (copy,))
        with pytest.raises(sqlite3.IntegrityError, match="only while two others stand"):
            ledger.execute("INSERT INTO released (copy_id, at, why) VALUES (?, 1.0, 'x')", (copy,))
        ledger.execute("UPDATE upload_job SET state = 'checked', file_id = 'f', sent_at = 1, checked_at = 1")
        ledger.execute("INSERT INTO released (copy_id, at, why) VALUES (?, 1.0, 'x')", (copy,))


def test_a_release_that_is_interrupted_knows_what_it_sent_and_goes_on(done, trash):
    def sabotage():
        real, session = trash_place._send, os.getpid()

        def send(full, file, fs_type):
            if full.endswith(b"IMG_0003.JPG"):
                os.kill(session, signal.SIGINT)
                signal.pause()
            return real(full, file, fs_type)

        trash_place._send = send

    run = done.run_apart(sabotage, "release", "Meyer", "--json", "--confirm", "Meyer")
    assert (run.code, run.last["type"]) == (130, "error")
    assert names(trash / "files") == ["IMG_0001.JPG", "IMG_0002.JPG"]
    assert done.ask("SELECT count(*) FROM released") == [(2,)]
    again = release(done, "--confirm", "Meyer")
    assert (again.code, again.last["released"], again.last["stayed"], again.last["missing"]) == (0, 1, 0, 0)
    back = done.run("restore", "Meyer", "--json")
    assert (back.code, back.last["restored"]) == (0, 3)


def test_what_a_killed_release_sent_is_released_by_the_next_one_and_not_said_to_have_stayed(done, trash):
    def sabotage():
        release_module.let_go = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

    assert done.run_apart(sabotage, "release", "Meyer", "--confirm", "Meyer").code == -signal.SIGKILL
    assert len(names(trash / "files")) == 3
    again = release(done, "--confirm", "Meyer")
    assert (again.code, again.last["released"], again.last["stayed"], again.last["missing"]) == (0, 0, 0, 3)
    assert done.run("verify").code == 0
    back = done.run("restore", "Meyer", "--json")
    assert (back.code, back.last["restored"]) == (0, 3)


def test_what_a_failing_disk_does_not_tell_of_is_not_said_to_be_gone(done, monkeypatch):
    real = os.lstat

    def failing(path, **named):
        if os.fsencode(path).endswith(b"IMG_0002.JPG"):
            raise OSError(errno.EIO, "Input/output error")
        return real(path, **named)

    monkeypatch.setattr(trash_place.os, "lstat", failing)
    run = release(done, "--confirm", "Meyer")
    assert (run.code, run.last["released"], run.last["stayed"], run.last["missing"]) == (3, 2, 1, 0)
    assert done.ask("SELECT count(*) FROM released") == [(2,)]
