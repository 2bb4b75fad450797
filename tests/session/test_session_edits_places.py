"""A sync and its places: full, away, hanging, several of them, hostile names, two syncs at once, the cloud."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock
from loops import SilentMount, loop_disk, needs_loops
from studio import is_record
from test_session_edits import LATER, at_nas, beside, counts, folder, set_aside, sync, write

from ingest.cloud.loopback import LoopbackB2
from ingest.config import load
from ingest.copying import elsewhere
from ingest.disk import publish as publishing
from ingest.edits import carrier, move, primary, record
from ingest.edits.sync import sync_edits
from ingest.errors import Exit
from ingest.ledger.db import open_ledger
from ingest.ledger.shoots import all_shoots

MB = 1 << 20
BUCKET = "my-archive"
READ = elsewhere._piece


@pytest.fixture
def shot(studio):
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    return studio


def test_hostile_names_travel_byte_for_byte(shot):
    top = os.fsencode(folder(shot, shot.ssd))
    names = [
        b"caf\xe9.xmp",
        b"line\nbreak.xmp",
        b"\x1b[31mred.cos",
        b"-rf",
        "e\u0301.xmp".encode(),
        b" ",
        b"x" * 251 + b".xmp",
    ]
    names += [b"sub/" * 20 + b"deep.xmp", "\u202egnp.xmp".encode()]
    for name in names:
        path = top + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(name)
        os.utime(path, ns=(LATER, LATER))
    run = sync(shot)
    assert (run.code, at_nas(run)) == (Exit.OK, {"copied": len(names)})
    assert {os.fsencode(name): data for name, data in beside(shot, shot.nas).items()} == {name: name for name in names}
    for name in names:
        Path(os.fsdecode(top + b"/" + name)).write_bytes(b"again")
        os.utime(top + b"/" + name, ns=(LATER + 1, LATER + 1))
    run = sync(shot)
    assert (run.code, at_nas(run)) == (Exit.OK, {"copied": len(names), "aside": len(names)})
    assert set_aside(shot, shot.nas) == sorted(names)
    assert shot.run("sync").code == Exit.OK, "and the screen holds no control character"


def test_links_and_special_files_are_told_and_never_followed(shot, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key.xmp").write_bytes(b"secret")
    top = folder(shot, shot.ssd)
    (top / "link.xmp").symlink_to(tmp_path / "secret/key.xmp")
    (top / "folder").symlink_to(tmp_path / "secret")
    os.mkfifo(top / "pipe")
    run = sync(shot)
    assert run.last["left"] == {"a link, which is not followed": 2, "no regular file": 1}
    assert [each["code"] for each in run.events("warned")] == ["edit left alone"] * 2
    assert beside(shot, shot.nas) == {}


def test_a_link_planted_at_the_nas_leads_nowhere(shot, tmp_path):
    write(shot, "exports/IMG_0001.png", b"ours")
    (tmp_path / "elsewhere").mkdir()
    (folder(shot, shot.nas) / "exports").symlink_to(tmp_path / "elsewhere")
    run = sync(shot)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert set_aside(shot, shot.nas) == [b"ours"]
    assert run.last["places"]["nas"]["theirs"] == 1


def test_a_file_that_changes_while_it_is_read_waits(shot, monkeypatch):
    path = write(shot, "IMG_0001.xmp", b"first")
    real = primary._is

    def changed_meanwhile(entry, info):
        path.write_bytes(b"longer by now")
        return real(entry, os.stat(path))

    monkeypatch.setattr(primary, "_is", changed_meanwhile)
    run = sync(shot)
    assert (counts(run, "new", "waiting"), run.code) == ((0, 1), Exit.OK)
    assert shot.ask("SELECT count(*) FROM version") == [(0,)]


def changed_then_read(path, offset, number):
    """Stands for the reading of a source; a function of a module, since it goes to a child by its name."""
    with open(path, "wb") as file:
        file.write(b"other")
    os.utime(path, ns=(LATER + 5, LATER + 5))
    return READ(path, offset, number)


def test_a_file_that_changes_before_it_is_copied_is_not_taken_for_what_was_read(shot, monkeypatch):
    write(shot, "IMG_0001.xmp", b"first")
    monkeypatch.setattr(elsewhere, "_piece", changed_then_read)
    run = sync(shot)
    assert (at_nas(run), run.code) == ({"nowhere": 1}, Exit.OK)
    assert beside(shot, shot.nas) == {}
    monkeypatch.undo()
    run = sync(shot)
    assert (counts(run, "changed"), beside(shot, shot.nas)) == ((1,), {"IMG_0001.xmp": b"other"})
    assert not shot.leftovers()


def test_what_another_program_writes_at_the_nas_in_the_middle_is_never_replaced(shot, monkeypatch):
    write(shot, "IMG_0001.xmp", b"one")
    sync(shot)
    write(shot, "IMG_0001.xmp", b"two", at=LATER + 1)
    plain, real = folder(shot, shot.nas) / "IMG_0001.xmp", publishing.publish

    def publish(from_fd, temporary, to_fd, name):
        if name == b"IMG_0001.xmp":
            plain.write_bytes(b"theirs")
        real(from_fd, temporary, to_fd, name)

    monkeypatch.setattr(move, "publish", publish)
    run = sync(shot)
    assert (run.code, run.last["places"]["nas"]["failed"]) == (Exit.DESTINATION, 1)
    monkeypatch.undo()
    assert sync(shot).last["places"]["nas"]["theirs"] == 1
    assert plain.read_bytes() == b"theirs"
    assert set_aside(shot, shot.nas) == [b"one", b"two"]


@pytest.mark.parametrize("where", ["before it is copied", "before the ledger is told"])
def test_a_sync_that_is_stopped_says_so_tidies_up_and_goes_on(shot, where):
    for number, data in enumerate((b"one", b"two")):
        write(shot, "IMG_0001.xmp", data, at=LATER + number)
        if not number:
            sync(shot)

    def stopped(real):
        def function(*words):
            os.kill(os.getpid(), signal.SIGINT)
            return real(*words)

        return function

    def sabotage():
        if where == "before it is copied":
            carrier.Carrier.carry = stopped(carrier.Carrier.carry)
        else:
            record.Report.record = stopped(record.Report.record)

    run = shot.run_apart(sabotage, "sync", "--json")
    assert (run.code, "No version is lost" in run.last["message"]) == (130, True)
    assert shot.ask("SELECT state FROM run ORDER BY id DESC LIMIT 1") == [("interrupted",)]
    assert sync(shot).code == Exit.OK
    assert (beside(shot, shot.nas), set_aside(shot, shot.nas)) == ({"IMG_0001.xmp": b"two"}, [b"one"])
    assert not shot.leftovers()
    assert shot.ask("SELECT count(*) FROM intent") == [(0,)]


def test_two_syncs_at_once_are_one(shot):
    write(shot, "IMG_0001.xmp", b"one")
    (shot.home / "locks").mkdir(exist_ok=True)
    with FileLock(shot.home / "locks/sync.lock"):
        run = shot.run("sync", "--json")
        assert (run.code, run.last["retriable"]) == (Exit.CARD_BUSY, True)
        assert shot.run("sync", "--dry-run").code == Exit.OK
    assert sync(shot).code == Exit.OK


def test_a_sync_beside_an_ingest_disturbs_nothing(shot):
    for number in range(20):
        write(shot, f"IMG_{number}.xmp", b"%d" % number)
    for number in range(4, 9):
        shot.put(f"DCIM/100CANON/IMG_000{number}.JPG", b"more %d" % number * 500)
    ingest = shot.start("ingest", shot.card, "--json", "--no-input")
    other = shot.start("sync", "--json")
    ingest.communicate(timeout=60), other.communicate(timeout=60)
    assert (ingest.returncode, other.returncode) == (0, 0)
    assert sync(shot).code == Exit.OK
    assert len(beside(shot, shot.nas)) == 20
    assert shot.check().level == "safe"
    assert not shot.leftovers()


@pytest.mark.root
@needs_loops
def test_a_full_nas_is_told_and_caught_up_with(studio, tmp_path):
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt)
        studio.shoot(2)
        assert studio.ingest("--shoot", "Meyer").level == "safe"
        write(studio, "IMG_0001.xmp", b"one")
        sync(studio)
        write(studio, "IMG_0001.xmp", b"two", at=LATER + 1)
        write(studio, "export.tif", os.urandom(20 * MB))
        free = os.statvfs(disk.mnt)
        ballast = disk.mnt / "somebody-else.mov"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - 2 * MB)
        run = sync(studio)
        assert (run.code, "full" in run.last["places"]["nas"]["problem"]) == (Exit.DESTINATION, True)
        assert not studio.leftovers()
        ballast.unlink()
        run = sync(studio)
        assert run.code == Exit.OK
        assert beside(studio, studio.nas) == beside(studio, studio.ssd)
        assert set_aside(studio, studio.nas) == [b"one"]
        assert not studio.leftovers()


@pytest.mark.root
@needs_loops
def test_a_nas_that_does_not_answer_costs_one_patience(studio, tmp_path):
    studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    write(studio, "IMG_0001.xmp", b"one")
    mount = SilentMount(tmp_path / "silent")
    try:
        studio.configure(nas=mount.mnt, extra="[copying]\npatience = 2\n")
        process = studio.start("sync", "--json")
        out, _ = process.communicate(timeout=60)
    finally:
        mount.close()
    assert process.returncode == Exit.DESTINATION
    assert "did not answer" in out
    assert studio.ask("SELECT count(*) FROM version") == [(1,)]


def three(studio, first="ssd"):
    """ssd, nas and a hard disk, in the order of the settings."""
    disk = studio.base / "disk"
    disk.mkdir(exist_ok=True)
    studio.configure(extra=f'[[destinations]]\nname = "disk"\nkind = "hdd"\nroot = "{disk}"\n')
    return disk


def test_what_one_destination_missed_comes_from_the_other_when_the_ssd_has_gone_on(studio):
    disk = three(studio)
    studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    away = studio.base / "away"
    disk.rename(away)
    write(studio, "IMG_0001.xmp", b"one")
    sync(studio)
    write(studio, "IMG_0001.xmp", b"two", at=LATER + 1)
    sync(studio)
    away.rename(disk)
    run = sync(studio)
    assert (run.code, run.last["places"]["disk"]["copied"]) == (Exit.OK, 2)
    assert beside(studio, disk) == beside(studio, studio.nas) == {"IMG_0001.xmp": b"two"}
    assert set_aside(studio, disk) == set_aside(studio, studio.nas) == [b"one"]


def test_the_primary_is_the_first_ssd_or_hard_disk_of_the_settings(studio):
    disk = three(studio)
    text = (studio.home / "config.toml").read_text(encoding="utf-8")
    head, *places = text.split("[[destinations]]")
    (studio.home / "config.toml").write_text("[[destinations]]".join([head, *reversed(places)]), encoding="utf-8")
    studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    write(studio, "IMG_0001.xmp", b"one", disk)
    run = sync(studio)
    assert (run.last["primary"], sorted(run.last["places"])) == ("disk", ["nas", "ssd"])
    assert beside(studio, studio.ssd) == beside(studio, studio.nas) == {"IMG_0001.xmp": b"one"}


def test_when_another_disk_becomes_the_primary_its_files_are_versions_and_no_copies(studio):
    disk = three(studio)
    studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    write(studio, "IMG_0001.xmp", b"one")
    sync(studio)
    text = (studio.home / "config.toml").read_text(encoding="utf-8")
    head, *places = text.split("[[destinations]]")
    (studio.home / "config.toml").write_text("[[destinations]]".join([head, *reversed(places)]), encoding="utf-8")
    write(studio, "IMG_0001.xmp", b"two", disk, at=LATER + 1)
    run = sync(studio)
    assert (run.code, run.last["primary"], run.last["changed"]) == (Exit.OK, "disk", 1)
    assert beside(studio, studio.ssd) == beside(studio, studio.nas) == {"IMG_0001.xmp": b"two"}
    assert studio.run("verify", "--json").code == Exit.OK


def test_versions_are_queued_by_keys_of_their_own_and_sent(shot, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LoopbackB2(BUCKET) as server:
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", server.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", server.key)
        write(shot, "IMG_0002.xmp", b"before there was a bucket")
        sync(shot)
        shot.configure(extra=f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nprefix = "arc/"\nrealm = "{server.url}"\n')
        for number, data in enumerate((b"one", b"two", b"one")):
            write(shot, "IMG_0001.xmp", data, at=LATER + number)
            run = sync(shot)
            assert run.last["queued"] == (2, 1, 0)[number]
        keys = [key for (key,) in shot.ask("SELECT key FROM upload_job ORDER BY key")]
        assert [key.rpartition("/")[0] for key in keys] == ["arc/2025/2025-06-14 Meyer"] * 3
        assert shot.run("cloud", "run", "--json").last["sent"] == 3
        with server.lock:
            bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
            files = [file for file in bucket.file_id_to_file.values() if file.is_visible() and not is_record(file.name)]
            held = {file.name: bytes(file.data_bytes) for file in files}
    assert sorted(held) == keys
    assert sorted(held.values()) == [b"before there was a bucket", b"one", b"two"]
    stamps = shot.ask("SELECT strftime('%Y%m%dT%H%M%SZ', seen, 'unixepoch') FROM version ORDER BY id LIMIT 3")
    assert {key.split(".")[-2].removesuffix("~2") for key in keys} == {stamp for (stamp,) in stamps}
    assert shot.run("status", "Meyer", "--json").code == Exit.OK


def test_the_clock_is_passed_in_and_names_the_versions(shot):
    settings = load(shot.home)
    for number, data in enumerate((b"one", b"two")):
        write(shot, "IMG_0001.xmp", data, at=1_700_000_000_000_000_000 + number)
        clock = iter([1_795_874_592.0 + number] * 99).__next__
        with closing(open_ledger(shot.home / "ledger.sqlite")) as ledger:
            done = sync_edits(shot.home, settings, ledger, all_shoots(ledger), lambda _: None, clock=clock)
        assert done.places["nas"].copied == 1
    [older] = (shot.nas / ".safelight/versions").rglob("*.xmp")
    assert older.name == "IMG_0001.20261128T140312Z.xmp"
