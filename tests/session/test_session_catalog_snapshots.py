"""A catalog is as precious as the photographs: snapshots are proven, kept by generations, and spoil nothing older."""

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from capture_one_builder import studio as capture_one_studio
from catalog_company import COMPANIES, PREVIEW, lightroom
from catalog_files import NOW, closed, reference, state
from loops import loop_disk, needs_loops
from studio import Studio, is_record, tree_of

from ingest.care import keeping
from ingest.cloud.loopback import LoopbackB2
from ingest.ledger.catalogs import last_snapshots
from ingest.snapshots import build, make

WRITER = """
import itertools, sqlite3, sys, time
catalog = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
catalog.execute("PRAGMA journal_mode=WAL")
catalog.execute("PRAGMA synchronous=OFF")
catalog.execute("CREATE TABLE mark (n INTEGER, m INTEGER)")
catalog.execute("INSERT INTO mark VALUES (0, 0)")
for n in itertools.count(1):
    catalog.execute("BEGIN IMMEDIATE")
    catalog.execute("UPDATE mark SET n = ?", (n,))
    catalog.execute("UPDATE AgLibraryKeyword SET name = ? WHERE name IS NOT NULL", (str(n),))
    catalog.execute("UPDATE mark SET m = ?", (n,))
    catalog.execute("COMMIT")
    if n == 1:
        print("ready", flush=True)
    if n % 50 == 0:
        time.sleep(0.02)
"""


def entry(company):
    return f'[[catalogs]]\nkind = "{company.editor.kind}"\npath = "{company.document}"\n'


@pytest.fixture
def elsewhere(monkeypatch):
    """The catalogs lie on a disk of their own, which in a test they cannot."""
    real = make._volume
    monkeypatch.setattr(
        make,
        "_volume",
        lambda subject: replace(real(subject), st_dev=-1, devices=frozenset({"disk:of the catalog"})),
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(build, "_WAITS", (0.0, 0.1, 0.2, 0.4))


@pytest.fixture
def studio(studio):
    """Two destinations that were used, and no catalog yet."""
    studio.shoot()
    assert studio.ingest().level == "safe"
    (studio.base / "catalogs").mkdir()
    return studio


@pytest.fixture
def main(studio):
    """A Lightroom catalog among its files, in the settings."""
    company = lightroom(studio.base / "catalogs")
    studio.configure(extra=entry(company))
    studio.document = company.document
    return studio


def snapshot(studio, *words):
    before = state(studio.base / "catalogs")
    run = studio.run("catalog", "snapshot", "--json", *words)
    assert state(studio.base / "catalogs") == before, "something changed beside the catalog"
    assert not list(studio.home.glob("catalog-snapshot-*"))
    return run


def places(run):
    [told] = run.events("catalog_snapshot")
    return {place["destination"]: place for place in told["places"]}


def states(run):
    return {name: place["state"] for name, place in places(run).items()}


def lying(place):
    return sorted(path for path in (place / ".safelight" / "catalogs").rglob("*") if path.is_file())


def untarred(archive, target):
    target.mkdir(parents=True)
    subprocess.run(["tar", "xzf", archive, "-C", target], check=True)
    [folder] = target.iterdir()
    return folder


def changed(studio, number=1):
    with closing(sqlite3.connect(studio.document, isolation_level=None)) as catalog:
        catalog.execute("UPDATE AgLibraryKeyword SET name = ? WHERE name LIKE 'never used%'", (f"never used {number}",))


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("make", COMPANIES, ids=lambda make: make.__name__)
def test_each_editors_catalog_is_stored_proven_and_any_tar_gives_it_back_to_its_editor(studio, make, tmp_path):
    company = make(studio.base / "catalogs")
    studio.configure(extra=entry(company))
    run = snapshot(studio)
    assert (run.code, states(run)) == (0, {"ssd": "stored", "nas": "stored"})
    assert {place["method"] for place in places(run).values()} <= {"direct", "dropped"}
    [told] = run.events("catalog_snapshot")
    assert told["counts"]["images"] == company.editor.rows
    for place in (studio.ssd, studio.nas):
        [archive] = lying(place)
        assert archive.name == places(run)["ssd"]["name"]
        folder = untarred(archive, tmp_path / "out" / place.name)
        home = folder / company.under if company.under else folder
        for name, content in company.mine.items():
            assert (home / name).read_bytes() == content
        facts = company.editor.adapter.read(home / company.document.name, now=NOW, editor_alive=closed)
        assert len(facts.images) == company.editor.rows
        names = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
        assert not names & {*company.never}
        assert not any(path.read_bytes() == PREVIEW for path in folder.rglob("*") if path.is_file())
        itself = json.loads((folder / "SNAPSHOT.json").read_text())
        assert itself["document"] == f"{company.under}/{company.document.name}".lstrip("/")
        assert (itself["kind"], itself["station"], itself["torn"]) == (company.editor.kind, "test", [])
        assert itself["counts"] == told["counts"]
        assert all(left["why"] and left["entries"] for left in itself["left_out"])


@pytest.mark.usefixtures("elsewhere")
def test_a_real_catalog_comes_back_with_its_very_bytes(studio, tmp_path):
    """Those of real programs where they are at hand, else one that is made."""
    made = capture_one_studio(tmp_path / "made.cosessiondb")
    for source in reference("real/*.lrcat") + reference("real/*.cosessiondb") or [made]:
        catalog = studio.base / "catalogs" / source.stem / source.name
        catalog.parent.mkdir()
        shutil.copyfile(source, catalog)
        kind = "lightroom" if source.suffix == ".lrcat" else "capture_one"
        studio.configure(extra=f'[[catalogs]]\nkind = "{kind}"\npath = "{catalog}"\n')
        run = snapshot(studio)
        assert run.code == 0
        [archive] = [path for path in lying(studio.nas) if source.stem in path.parent.name]
        [found] = untarred(archive, tmp_path / f"out-{source.stem}").rglob(source.name)
        assert found.read_bytes() == source.read_bytes()


@pytest.mark.usefixtures("elsewhere")
def test_a_snapshot_is_a_version_with_proven_copies_and_no_photograph(main):
    before = main.ask("SELECT count(*) FROM shoot_asset")
    run = snapshot(main)
    [(path, kind, shoot)] = main.ask("SELECT path, kind, shoot_id FROM version")
    assert (kind, shoot) == ("catalog", None)
    [archive] = lying(main.nas)
    assert archive.parent == main.nas / os.fsdecode(path)
    rows = main.ask("SELECT d.name, c.path, c.state FROM copy c JOIN destination d ON d.id = c.destination_id"
                    " JOIN version v ON v.asset_id = c.asset_id ORDER BY d.name DESC")  # fmt: skip
    assert [(name, state) for name, _, state in rows] == [("ssd", "proven"), ("nas", "proven")]
    assert {main.nas / os.fsdecode(row[1]) for row in rows} == {archive}
    assert main.ask("SELECT count(*) FROM shoot_asset") == before
    assert main.ask("SELECT state FROM run WHERE command = 'catalog snapshot'") == [("ended",)]
    verified = main.run("verify", "--json")
    assert verified.code == 0
    assert main.run("ledger", "check").code == 0
    assert run.last["snapshots"] == 1


@pytest.mark.usefixtures("elsewhere")
def test_a_catalog_that_did_not_change_gets_no_new_generation_and_is_told_since_when(main):
    first = places(snapshot(main))["nas"]["name"]
    run = snapshot(main)
    assert (run.code, states(run)) == (0, {"ssd": "unchanged", "nas": "unchanged"})
    assert places(run)["nas"]["name"] == first
    assert "unchanged since today" in main.run("catalog", "snapshot").out
    assert len(lying(main.nas)) == 1
    changed(main)
    assert states(snapshot(main)) == {"ssd": "stored", "nas": "stored"}
    (main.document.parent / "Main.lrcat-data" / "000008.sst").write_bytes(b"another mask")
    assert states(snapshot(main)) == {"ssd": "stored", "nas": "stored"}
    assert len(lying(main.nas)) == len(lying(main.ssd)) == 3
    assert len(main.ask("SELECT 1 FROM version")) == 3


@pytest.mark.usefixtures("elsewhere")
def test_a_generation_that_vanished_or_rotted_away_is_made_again(main):
    snapshot(main)
    [archive] = lying(main.nas)
    archive.unlink()
    assert states(snapshot(main)) == {"ssd": "unchanged", "nas": "stored"}
    newest = lying(main.nas)[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    assert states(snapshot(main)) == {"ssd": "unchanged", "nas": "stored"}


def test_no_destination_on_the_disk_of_the_catalog_gets_one(main):
    before = tree_of(main.nas)
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "same disk", "nas": "same disk"})
    assert tree_of(main.nas) == before
    assert main.ask("SELECT count(*) FROM version") == [(0,)]


@pytest.mark.root
@needs_loops
def test_a_destination_on_a_disk_of_its_own_gets_one_and_the_disk_of_the_catalog_none(tmp_path):
    """With nothing patched: the catalog and the SSD on one disk, the NAS on another."""
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio = Studio(tmp_path / "base")
        studio.nas = disk.mnt
        studio.shoot()
        (studio.base / "catalogs").mkdir()
        studio.configure(extra=entry(lightroom(studio.base / "catalogs")))
        assert studio.ingest().level == "safe"
        run = snapshot(studio)
        assert (run.code, states(run)) == (0, {"ssd": "same disk", "nas": "stored"})
        assert places(run)["nas"]["method"] == "direct"
        assert lying(studio.ssd) == []
        with (disk.mnt / "full").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free_of(disk.mnt))
        with (studio.base / "catalogs" / "Main.lrcat-data" / "masks").open("wb") as file:
            file.write(os.urandom(1 << 20))
        older = lying(studio.nas)
        run = snapshot(studio)
        assert (run.code, states(run)) == (13, {"ssd": "same disk", "nas": "failed"})
        assert "No space left" in places(run)["nas"]["problem"]
        assert lying(studio.nas) == older


def free_of(folder):
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize - (256 << 10)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("how", ["damaged", "missing", "empty"])
def test_a_catalog_that_cannot_be_read_leaves_every_older_snapshot_as_it_is(main, how):
    snapshot(main)
    before = tree_of(main.nas)
    if how == "missing":
        main.document.unlink()
    elif how == "empty":
        main.document.write_bytes(b"")
    else:
        data = main.document.read_bytes()
        main.document.write_bytes(data[:4096] + os.urandom(len(data) - 4096))
    run = snapshot(main)
    assert run.code == run.last["exit"] == 15
    [told] = run.events("catalog_snapshot")
    assert told["problem"]
    assert told["hint"]
    assert tree_of(main.nas) == before


@pytest.mark.usefixtures("elsewhere")
def test_one_catalog_that_fails_takes_nothing_from_the_others_and_one_can_be_named(main):
    other = capture_one_studio(main.base / "catalogs" / "Jobs.cosessiondb")
    main.configure(extra=f'[[catalogs]]\nkind = "capture_one"\npath = "{other}"\n' + main.extra)
    other.write_bytes(b"no database at all" * 100)
    run = snapshot(main)
    assert (run.code, run.last["snapshots"]) == (15, 1)
    assert [bool(told["problem"]) for told in run.events("catalog_snapshot")] == [True, False]
    changed(main)
    assert snapshot(main, main.document).code == 0
    assert snapshot(main, main.base / "nothing").code == 2


@pytest.mark.usefixtures("elsewhere")
def test_a_file_that_never_stands_still_is_told_and_the_next_run_tries_again(main, monkeypatch):
    from catalog_adapters import whole_copy

    real = whole_copy.copy_file

    def busy(source, target):
        real(source, target)
        if source.endswith("CURRENT"):
            with open(source, "ab") as file:
                file.write(b"x")

    monkeypatch.setattr(whole_copy, "copy_file", busy)
    monkeypatch.setattr(whole_copy, "_PAUSES", (0.0, 0.0))
    run = main.run("catalog", "snapshot", "--json")
    [told] = run.events("catalog_snapshot")
    assert (run.code, told["torn"]) == (0, ["Main.lrcat-data/CURRENT"])
    with tarfile.open(lying(main.nas)[0]) as archive:
        itself = json.load(archive.extractfile(archive.getnames()[0]))
    assert itself["torn"] == ["Main.lrcat-data/CURRENT"]
    assert "kept changing" in main.run("catalog", "snapshot").out
    monkeypatch.undo()


@pytest.mark.usefixtures("elsewhere")
def test_what_may_belong_to_a_catalog_and_could_not_be_taken_is_told(main):
    """Masks that were moved to another disk, with a link in their place."""
    data = main.document.parent / "Main.lrcat-data"
    data.rename(main.base / "elsewhere")
    data.symlink_to(main.base / "elsewhere")
    run = snapshot(main)
    assert run.code == 0
    [told] = run.events("catalog_snapshot")
    assert told["notes"] == ["Main.lrcat-data is not in it: a link: what it leads to lies elsewhere"]
    changed(main)
    assert "! Main.lrcat-data is not in it" in main.run("catalog", "snapshot").out
    with tarfile.open(lying(main.nas)[0]) as archive:
        assert not [name for name in archive.getnames() if "lrcat-data" in name]
        assert told["notes"][0] in json.load(archive.extractfile(archive.getnames()[0]))["notes"]


@pytest.mark.usefixtures("elsewhere")
def test_a_catalog_that_was_torn_is_copied_anew_although_it_looks_as_it_did(main, sabotage):
    from catalog_adapters import whole_copy

    sabotage.setattr(whole_copy, "_same", lambda member, _target: member.name != "Main.lrcat-data/CURRENT")
    sabotage.setattr(whole_copy, "_PAUSES", (0.0, 0.0))
    assert snapshot(main).events("catalog_snapshot")[0]["torn"] == ["Main.lrcat-data/CURRENT"]
    sabotage.undo()
    run = snapshot(main)
    assert (states(run), run.events("catalog_snapshot")[0]["torn"]) == ({"ssd": "stored", "nas": "stored"}, [])
    assert states(snapshot(main)) == {"ssd": "unchanged", "nas": "unchanged"}


@pytest.mark.usefixtures("elsewhere")
def test_a_destination_that_is_away_gets_its_snapshot_when_it_is_back(main):
    away = main.nas.rename(main.base / "away")
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "stored", "nas": "failed"})
    away.rename(main.nas)
    run = snapshot(main)
    assert (run.code, states(run)) == (0, {"ssd": "unchanged", "nas": "stored"})


@pytest.fixture
def broken(main, monkeypatch):
    """Makes one step of storing fail at the NAS alone."""

    def make(name, failing):
        real = getattr(keeping, name)

        def step(*args):
            links = [os.readlink(f"/proc/self/fd/{each}") for each in args if type(each) is int]
            here = str(main.nas) in str(links)
            return failing(real, *args) if here else real(*args)

        monkeypatch.setattr(keeping, name, step)

    return make


@pytest.mark.usefixtures("elsewhere")
def test_a_destination_that_is_full_is_told_to_be_full_and_keeps_what_it_has(main, broken):
    snapshot(main)
    older = lying(main.nas)
    changed(main)

    def full(_real, *_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    broken("_write", full)
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "stored", "nas": "failed"})
    assert "No space left" in places(run)["nas"]["problem"]
    assert lying(main.nas) == older


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("becomes", ["rot", "another archive"])
def test_a_snapshot_that_comes_back_from_the_medium_as_something_else_gets_no_name(main, broken, becomes):
    snapshot(main)
    older = lying(main.nas)
    other = older[0].read_bytes()
    changed(main)

    def flipping(real, folder_fd, name, parcel, pace):
        real(folder_fd, name, parcel, pace)
        fd = os.open(name, os.O_RDWR, dir_fd=folder_fd)
        if becomes == "rot":
            os.pwrite(fd, b"\x00\xff", parcel.size // 2)
        else:
            os.ftruncate(fd, os.pwrite(fd, other, 0))
        os.close(fd)

    broken("_write", flipping)
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "stored", "nas": "failed"})
    assert "other bytes" in places(run)["nas"]["problem"]
    assert lying(main.nas) == older
    assert main.ask("SELECT count(*) FROM copy c JOIN version v ON v.asset_id = c.asset_id") == [(3,)]


@pytest.mark.usefixtures("elsewhere")
def test_a_nas_that_hangs_holds_nobody_up_for_longer_than_its_patience(main, monkeypatch):
    main.configure(extra=main.extra + "[copying]\npatience = 1\n")
    real = keeping.keep

    def hanging(place, *rest):
        if place.name == "nas":
            time.sleep(3600)
        return real(place, *rest)

    monkeypatch.setattr(keeping, "keep", hanging)
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "stored", "nas": "failed"})
    assert "did not answer" in places(run)["nas"]["problem"]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("way", ["rots", "lacks pictures", "is damaged where no adapter looks"])
def test_a_snapshot_that_does_not_open_as_the_catalog_is_refused_and_removes_nothing(main, monkeypatch, way):
    snapshot(main)
    before = tree_of(main.nas)
    with closing(sqlite3.connect(main.document, isolation_level=None)) as catalog:
        catalog.execute("CREATE TABLE other AS SELECT randomblob(60000) AS content")
    if way == "rots":
        real = build.pack

        def rotten(*args):
            archive = real(*args)
            data = bytearray(archive.path.read_bytes())
            data[len(data) // 2] ^= 1
            archive.path.write_bytes(data)
            return archive

        monkeypatch.setattr(build, "pack", rotten)
    else:
        real = build.copy_catalog

        def forgetful(parts, target, **options):
            whole = real(parts, target, **options)
            if way == "lacks pictures":
                with closing(sqlite3.connect(target / "Main.lrcat", isolation_level=None)) as copy:
                    copy.execute("DELETE FROM Adobe_images")
            else:
                with (target / "Main.lrcat").open("r+b") as copy:
                    copy.seek(-8192, os.SEEK_END)
                    copy.write(b"\xff" * 4096)
            return whole

        monkeypatch.setattr(build, "copy_catalog", forgetful)
    run = snapshot(main)
    assert run.code == 15
    assert "does not open" in run.events("catalog_snapshot")[0]["problem"]
    assert tree_of(main.nas) == before


@pytest.mark.usefixtures("elsewhere")
def test_without_room_at_home_nothing_is_begun(main, monkeypatch):
    usage = shutil.disk_usage(main.home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    run = snapshot(main)
    assert run.code == 15
    assert "no room to make a snapshot" in run.events("catalog_snapshot")[0]["problem"]
    assert lying(main.nas) == []


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("step", ["build", "prove", "remember"])
def test_killed_half_way_the_same_command_goes_on_and_sweeps_what_was_left(main, step):
    snapshot(main)
    changed(main)

    def kill(*_args, **_options):
        os.kill(os.getpid(), signal.SIGKILL)

    def sabotage():
        if step == "build":
            build.unpack_to_look = kill
        elif step == "prove":
            real = keeping._prove

            def parent_dies(*args):
                os.kill(os.getppid(), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
                return real(*args)

            keeping._prove = parent_dies
        else:
            make.save_snapshot = kill

    def unfinished():
        every = [*lying(main.ssd), *lying(main.nas)]  # either of the two is the first to be proven
        return [path for path in every if path.name.startswith(".unfinished")]

    assert main.run_apart(sabotage, "catalog", "snapshot", "--json").code == -signal.SIGKILL
    assert list(main.home.glob("catalog-snapshot-*"))
    assert bool(unfinished()) == (step == "prove")
    run = snapshot(main)
    assert (run.code, states(run)) == (0, {"ssd": "stored", "nas": "stored"})
    assert not unfinished()
    assert main.run("verify", "--json").code == 0
    assert main.run("ledger", "check").code == 0


def aged(studio, place, count):
    """Make generations of this catalog look old: one a day of last March, by name and in the ledger alike."""
    [folder] = {path.parent for path in lying(place)}
    names = [f"test-20250301T{hour:02}0000.000Z.tar.gz" for hour in range(count)]
    for name in names:
        (folder / name).write_bytes(b"old")
    return folder, names


@pytest.mark.usefixtures("elsewhere")
def test_older_generations_go_by_the_policy_and_nothing_that_is_not_ours(main):
    snapshot(main)
    folder, names = aged(main, main.nas, 15)
    for name in ("notes.txt", "Main.lrcat", "test-3f09c2aa-20250301T000000.000Z.sqlite.gz"):
        (folder / name).write_bytes(b"of somebody")
    other = folder.with_name("Other-01234567")
    shutil.copytree(folder, other)
    changed(main)
    told = places(snapshot(main))["nas"]
    assert len(told["removed"]) == 7  # 2 new and the 8 newest of 15 of one day stay
    left = {path.name for path in folder.iterdir()}
    assert {*told["removed"]} == {*names} - left
    assert {"notes.txt", "Main.lrcat", "test-3f09c2aa-20250301T000000.000Z.sqlite.gz", told["name"]} <= left
    assert {path.name for path in other.iterdir()} >= {*names}


@pytest.mark.usefixtures("elsewhere")
def test_a_generation_that_was_let_go_is_no_loss_to_verify_and_no_upload_that_waits(main, monkeypatch):
    main.configure(extra=main.extra + '[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "http://127.0.0.1:9"\n')
    monkeypatch.setattr("ingest.plan.generations.NEWEST", 2)
    for number in range(1, 5):
        changed(main, number)
        assert snapshot(main).code == 0
    gone = main.ask(
        "SELECT d.name, c.state, r.why FROM released r JOIN copy c ON c.id = r.copy_id"
        " JOIN destination d ON d.id = c.destination_id ORDER BY d.name, c.id"
    )
    assert gone == [(name, "lost", gone[0][2]) for name in ("nas", "nas", "ssd", "ssd")]
    assert "generations" in gone[0][2]
    assert len(lying(main.nas)) == 2
    verified = main.run("verify", "--json")
    assert verified.code == 0
    jobs = main.ask("SELECT j.key FROM upload_job j JOIN version v ON v.asset_id = j.asset_id ORDER BY j.id")
    names = [path.relative_to(main.nas / ".safelight") for path in lying(main.nas)]
    assert [key for (key,) in jobs] == [f"originals/{name}" for name in names]
    assert main.run("ledger", "check").code == 0
    (lying(main.nas)[0]).unlink()
    assert main.run("verify", "--json").code == 18  # one that a rule keeps and that is gone is a loss


@pytest.mark.usefixtures("elsewhere")
def test_a_snapshot_is_queued_for_the_bucket_by_a_key_that_is_never_used_again(main):
    main.configure(extra=main.extra + '[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "http://127.0.0.1:9"\n')
    [told] = snapshot(main).events("catalog_snapshot")
    assert told["queued"]
    [archive] = lying(main.nas)
    jobs = main.ask("SELECT j.key, j.state, a.size FROM upload_job j JOIN asset a ON a.id = j.asset_id"
                    " JOIN version v ON v.asset_id = a.id")  # fmt: skip
    key = f"originals/catalogs/{archive.parent.name}/{archive.name}"
    assert jobs == [(key, "waiting", archive.stat().st_size)]


@pytest.mark.usefixtures("elsewhere")
def test_a_snapshot_that_was_made_before_there_was_a_bucket_is_queued_when_there_is_one(main):
    snapshot(main)
    main.configure(extra=main.extra + '[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "http://127.0.0.1:9"\n')
    run = snapshot(main)
    assert (states(run)["nas"], run.events("catalog_snapshot")[0]["queued"]) == ("unchanged", True)
    [archive] = lying(main.nas)
    assert main.ask("SELECT key FROM upload_job") == [(f"originals/catalogs/{archive.parent.name}/{archive.name}",)]
    assert not snapshot(main).events("catalog_snapshot")[0]["queued"]


@pytest.mark.usefixtures("elsewhere")
def test_what_the_bucket_holds_is_the_archive_that_was_opened(main, monkeypatch):
    with LoopbackB2("archive") as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", server.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", server.key)
        main.configure(extra=main.extra + f'[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "{server.url}"\n')
        snapshot(main)
        run = main.run("cloud", "run", "--json")
        assert (run.code, run.last["sent"]) == (0, 1)
        with server.lock:
            files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
            [sent] = [file for file in files if not is_record(file.name)]
    [archive] = lying(main.nas)
    assert sent.name == f"originals/catalogs/{archive.parent.name}/{archive.name}"
    assert sent.data_bytes == archive.read_bytes()
    [last] = last_snapshots_of(main)
    assert last.sent


def last_snapshots_of(studio):
    with closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        return last_snapshots(ledger)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("make", [COMPANIES[1], COMPANIES[3]], ids=["package", "folder"])
def test_a_catalog_may_be_named_by_the_folder_that_holds_it(studio, make):
    company = make(studio.base / "catalogs")
    folder = company.document.parent
    studio.configure(extra=f'[[catalogs]]\nkind = "{company.editor.kind}"\npath = "{folder}"\n')
    assert snapshot(studio).code == 0
    [archive] = lying(studio.nas)
    assert archive.parent.name.startswith(f"{folder.stem}-")
    assert states(snapshot(studio, folder)) == {"ssd": "unchanged", "nas": "unchanged"}


@pytest.mark.usefixtures("elsewhere")
def test_a_ledger_that_was_lost_and_put_back_knows_the_snapshots_when_it_has_read_them_again(main):
    snapshot(main)
    assert main.run("ledger", "backup", "--json").code == 0
    for left in main.home.glob("ledger.sqlite*"):
        left.unlink()
    assert main.run("ledger", "rebuild", "--json").code == 0
    assert states(snapshot(main)) == {"ssd": "unchanged", "nas": "unchanged"}
    assert main.run("verify", "--json").code == 0


@pytest.mark.usefixtures("elsewhere")
def test_beside_a_writer_at_full_speed_the_snapshot_is_one_whole_moment(main, tmp_path):
    words = [sys.executable, "-c", WRITER, str(main.document)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "ready\n"
        try:
            for number in range(3):
                before = {path.name for path in main.document.parent.iterdir()}
                run = main.run("catalog", "snapshot", "--json")
                assert run.code == 0
                assert {path.name for path in main.document.parent.iterdir()} == before
                newest = max(lying(main.nas), key=lambda path: path.name)
                folder = untarred(newest, tmp_path / "out" / str(number))
                with closing(sqlite3.connect(folder / "Main.lrcat")) as copy:
                    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                    [(n, m)] = copy.execute("SELECT n, m FROM mark").fetchall()
                    assert n == m
                    names = copy.execute("SELECT DISTINCT name FROM AgLibraryKeyword WHERE name IS NOT NULL")
                    assert names.fetchall() == [(str(n),)]
                assert json.loads((folder / "SNAPSHOT.json").read_text())["state"] == "live"
        finally:
            writer.kill()


@pytest.mark.usefixtures("elsewhere")
def test_an_adapter_that_knows_no_snapshots_is_told(main, monkeypatch):
    monkeypatch.delattr("catalog_adapters.lightroom.LightroomAdapter.belongings")
    run = snapshot(main)
    assert run.code == 15
    assert "cannot say what belongs" in run.events("catalog_snapshot")[0]["problem"]


@pytest.mark.usefixtures("elsewhere")
def test_a_place_that_is_not_the_destination_gets_no_snapshot_and_no_mark(main):
    shutil.rmtree(main.nas / ".safelight")
    before = tree_of(main.nas)
    run = snapshot(main)
    assert (run.code, states(run)) == (13, {"ssd": "stored", "nas": "failed"})
    assert tree_of(main.nas) == before


@pytest.mark.usefixtures("elsewhere")
def test_the_doctor_tells_the_newest_snapshot_of_each_catalog(main):
    told = [line for line in main.run("doctor", "--json").events("finding") if line["what"] == "snapshot"]
    assert [(line["level"], line["todo"]) for line in told] == [("note", "Run: safelight catalog snapshot")]
    snapshot(main)
    told = [line for line in main.run("doctor", "--json").events("finding") if line["what"] == "snapshot"]
    assert [line["level"] for line in told] == ["ok"]
    assert "today" in told[0]["text"]
    assert told[0]["text"].endswith("nas, ssd")


def test_without_a_catalog_in_the_settings_the_command_says_how_to_add_one(studio):
    run = studio.run("catalog", "snapshot")
    assert run.code == 4
    assert "[[catalogs]]" in run.err


@pytest.mark.usefixtures("elsewhere")
def test_two_computers_of_one_name_never_share_a_folder(main, tmp_path):
    snapshot(main)
    [first] = {path.parent.name for path in lying(main.nas)}
    shutil.rmtree(main.home)
    main.home.mkdir()
    main.configure()
    shutil.rmtree(main.nas / ".safelight" / "ledger")
    assert main.ingest().code in (0, 11)
    assert snapshot(main).code == 0
    folders = {path.parent.name for path in lying(main.nas)}
    assert len(folders) == 2
    assert {name.rpartition("-")[0] for name in folders} == {"Main"}
    assert first in folders


def test_what_is_stored_can_be_told_from_a_photograph_only_by_us(main, tmp_path):
    """The ledger lets go of a photograph only while two other copies stand; here there is one."""
    with closing(sqlite3.connect(main.home / "ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("UPDATE copy SET state = 'lost' WHERE id = 1")
        with pytest.raises(sqlite3.IntegrityError, match="only while two others stand"):
            ledger.execute("INSERT INTO released VALUES (1, 0, 'x')")
    assert isinstance(main.document, Path)


def drilled(run, place):
    [found] = [line for line in run.events("place") if line["place"] == place]
    return [file for file in found["files"] if file["drawn"] == "the newest of a catalog"]


@pytest.mark.usefixtures("elsewhere")
def test_a_drill_brings_the_newest_snapshot_back_from_each_place_and_opens_it(main):
    snapshot(main)
    changed(main)
    snapshot(main)
    newest = {archive.name for archive in lying(main.nas)[-1:]}
    run = main.run("drill", "--json", "--files", "2")
    assert (run.code, run.last["passed"]) == (0, True)
    for place in ("ssd", "nas"):
        [file] = drilled(run, place)
        assert (file["equal"], file["opened"], {file["path"].rpartition("/")[2]}) == (True, "opens", newest)
    assert "1 of 1 catalogs opened" in main.run("drill").out
    assert not list(main.home.glob("safelight-drill-*"))


@pytest.mark.usefixtures("elsewhere")
def test_a_drill_whose_catalog_comes_back_and_does_not_open_has_failed(main, monkeypatch):
    snapshot(main)
    monkeypatch.setattr("ingest.snapshots.look.are_sound", lambda _databases, _seconds: False)
    run = main.run("drill", "--json")
    assert (run.code, run.last["passed"], run.last["wrong"]) == (18, False, 0)
    [file] = drilled(run, "nas")
    assert file["opened"] == "the check of its pages failed"
    assert "a catalog came back and does not open" in main.run("drill").out
    assert "none has passed yet" in main.run("status").out


@pytest.mark.usefixtures("elsewhere")
def test_every_editors_snapshot_opens_when_it_is_brought_back(studio):
    for make_one in COMPANIES:
        folder = studio.base / "catalogs" / make_one.__name__
        folder.mkdir(parents=True)
        company = make_one(folder)
        studio.configure(extra=entry(company))
        studio.run("catalog", "snapshot")
        [file] = drilled(studio.run("drill", "--json", "--from", "nas"), "nas")[-1:]
        assert file["opened"] == "opens", company.editor.kind
