"""The laptop is stolen: everything comes back from the bucket, or from a folder, alone."""

import hashlib
import io
import os
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest
from acceptance_editors import lightroom
from acceptance_editors import shoot as shoot_with_times
from sealed_worlds import PRIVATE, PUBLIC
from studio import BUCKET, Studio, cloud_at

from ingest.care import restore
from ingest.ledger.soundness import look

PREFIX = "originals/"
WORDS = {"IMG_0001.JPG": (5, 1), "IMG_0003.JPG": (4, 0), "IMG_0004.JPG": (0, -1)}  # stars, flag


def sums(*folders):
    """SHA-256 of every photograph below."""
    return sorted(
        hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not {".safelight", "ascmhl"} & set(path.relative_to(folder).parts)
    )


def names(server):
    with server.lock:
        files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        return [file.name for file in files if file.action == "upload"]


def put(server, key, data):
    """Somebody with the key puts something there."""
    with server.lock:
        url = server.simulator.get_upload_url(*server._who, server.bucket_id)
        server.simulator.upload_file(
            url["uploadUrl"], url["authorizationToken"], key, len(data), "text/plain",
            hashlib.sha1(data).hexdigest(), {}, io.BytesIO(data),
        )  # fmt: skip


def remove(server, part):
    """The service loses every object whose name holds this."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        for pair, file in list(bucket.file_name_and_id_to_file.items()):
            if part in file.name:
                del bucket.file_name_and_id_to_file[pair]
                del bucket.file_id_to_file[file.file_id]


def damage(server, part):
    """Flip the end of every object whose name holds this; its SHA-1 is told as the damaged one's."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        for file in bucket.file_id_to_file.values():
            if part in file.name:
                file.data_bytes = file.data_bytes[:-40]
                file.content_length = file.size = len(file.data_bytes)
                file.content_sha1 = hashlib.sha1(file.data_bytes).hexdigest()


@pytest.fixture
def away(tmp_path, server):
    """A studio whose shoot lies in the bucket."""
    studio = Studio(tmp_path / "old", extra=cloud_at(server.url))
    studio.shoot(4)
    assert studio.ingest("--shoot", "Meyer wedding").level == "safe"
    assert studio.run("cloud", "run", "--json").code == 0
    return studio


def steal(studio):
    """Home, ledger, SSD and NAS are gone; the card is kept to compare with."""
    for folder in (studio.home, studio.ssd, studio.nas):
        shutil.rmtree(folder)


@pytest.fixture
def new(tmp_path):
    """A new computer: an empty home, an empty disk."""
    studio = Studio(tmp_path / "new")
    (studio.home / "config.toml").unlink()
    return studio


def recover(new, server, *words):
    return new.run(
        "recover", "--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.ssd, "--json", *words
    )


def step(run, name):
    return next(line for line in run.events("recovery") if line["step"] == name)


def is_sound(studio):
    with closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        return look(ledger).problems == ()


def test_a_stolen_laptop_comes_back_from_the_bucket_alone_with_its_tags_and_a_drill_passes(
    tmp_path, server, new, parsers
):
    old = Studio(tmp_path / "old")
    taken = shoot_with_times(old, 8)
    assert old.ingest("--shoot", "Meyer wedding").level == "safe"
    editor = lightroom(tmp_path / "old", old, taken)
    editor.say(WORDS)
    old.configure(extra=editor.settings + cloud_at(server.url))
    assert old.run("tag").code == 0
    [status] = old.run("status", "Meyer", "--json").events("shoot")
    assert old.run("cloud", "add", "Meyer").code == 0
    assert old.run("cloud", "run", "--json").code == 0
    on_card = sums(old.card)
    places = sorted(path.relative_to(old.ssd) for path in old.ssd.rglob("*.JPG"))
    steal(old)

    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert (run.last["restored"], run.last["proven"], run.last["missing"]) == (8, 8, {})
    assert sums(new.ssd) == on_card
    assert sorted(path.relative_to(new.ssd) for path in new.ssd.rglob("*.JPG")) == places
    assert is_sound(new)
    [told] = new.run("status", "Meyer", "--json").events("shoot")
    assert told["tags"] == status["tags"] != {}
    assert step(run, "records")["tagged"] == 1
    for place in ("ssd", "b2"):
        assert new.run("drill", "--from", place, "--json").code == 0
    assert new.run("config", "check").code == 0
    assert not (new.home / "recovery.json").exists()


def encrypted():
    return "encrypt = true", f'recipients = ["{PUBLIC}"]'


@pytest.fixture
def sealed(tmp_path, server):
    """A studio whose shoot lies in the bucket, encrypted."""
    studio = Studio(tmp_path / "old", extra=cloud_at(server.url) + "\n".join(encrypted()) + "\n")
    studio.shoot(4)
    assert studio.ingest("--shoot", "Meyer wedding").level == "safe"
    assert studio.run("cloud", "run", "--json").code == 0
    return studio


def test_from_an_encrypted_bucket_everything_comes_back_with_the_private_key(sealed, new, server, monkeypatch):
    assert [name for name in names(server) if not name.endswith(".age")] == ["originals/README.txt"]
    on_card = sums(sealed.card)
    steal(sealed)
    monkeypatch.setenv("SAFELIGHT_AGE_IDENTITY", PRIVATE)
    words = [word for line in encrypted() for word in ("--cloud", line)]
    run = recover(new, server, *words)
    assert run.code == 0, run.out + run.err
    assert (run.last["restored"], run.last["proven"], run.last["missing"]) == (4, 4, {})
    assert sums(new.ssd) == on_card
    assert dict(new.ask("SELECT state, count(*) FROM upload_job GROUP BY state")) == {"checked": 4}
    assert new.run("drill", "--from", "b2", "--json").code == 0
    again = new.run("cloud", "run", "--json")
    assert (again.code, again.last["sent"]) == (0, 0)


def test_without_the_private_key_an_encrypted_bucket_gives_no_ledger_and_says_so(sealed, new, server):
    steal(sealed)
    words = [word for line in encrypted() for word in ("--cloud", line)]
    run = recover(new, server, *words)
    assert run.code == 16
    assert "private key" in run.out + run.err
    assert not (new.home / "config.toml").exists()


def test_nothing_is_believed_unread_and_the_card_is_safe_again_only_after_a_new_ingest(away, new, server):
    steal(away)
    assert recover(new, server).code == 0
    states = dict(new.ask("SELECT state, count(*) FROM copy GROUP BY state"))
    assert states == {"proven": 4, "written": 4}  # what came, and what the NAS may still hold
    assert dict(new.ask("SELECT state, count(*) FROM upload_job GROUP BY state")) == {"checked": 4}
    assert new.run("check", away.card, "--json").level == "not_yet"
    history = next(new.ssd.rglob("ascmhl"))
    assert sorted(path.suffix for path in history.iterdir()) == [".mhl", ".xml"]


def test_a_damaged_newest_backup_is_told_and_the_older_one_serves(away, new, server, monkeypatch):
    monkeypatch.setattr("ingest.plan.records._HOUR", 0.0)
    [older] = [name for name in names(server) if "/ledger/" in name]
    away.put("DCIM/100CANON/IMG_0009.JPG", b"another" * 99)
    assert away.ingest("--shoot", "Meyer wedding").level == "safe"
    assert away.run("cloud", "run", "--json").code == 0
    [newer] = [name for name in names(server) if "/ledger/" in name and name != older]
    damage(server, newer)
    on_card = sums(away.card)
    steal(away)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert step(run, "records")["ledger"] == older.rpartition("/")[2]
    assert sums(new.ssd) == on_card  # what that ledger does not know is in the manifests
    assert new.ask("SELECT count(*) FROM shoot_asset") == [(5,)]
    assert run.last["proven"] == 5
    assert dict(new.ask("SELECT state, count(*) FROM upload_job GROUP BY state")) == {"checked": 5}


@pytest.mark.parametrize("manifests", [True, False])
def test_without_any_backup_the_ledger_is_made_from_manifests_and_files_and_lost_tags_are_told(
    away, new, server, manifests
):
    remove(server, "/ledger/")
    if not manifests:
        remove(server, "/ascmhl/")
    on_card = sums(away.card)
    steal(away)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert step(run, "records")["ledger"] == ""
    assert sums(new.ssd) == on_card
    assert is_sound(new)
    assert new.ask("SELECT name FROM shoot") == [("Meyer wedding",)]
    assert new.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(4,)]
    assert dict(new.ask("SELECT state, count(*) FROM upload_job GROUP BY state")) == {"checked": 4}


def test_without_a_backup_it_says_that_tags_are_lost(away, new, server):
    remove(server, "/ledger/")
    steal(away)
    run = new.run("recover", "--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.ssd)
    assert "Tags are lost until `safelight tag` reads a catalog again." in run.out


def test_without_settings_they_are_written_from_what_the_ledger_knows(away, new, server):
    remove(server, "/settings/")
    steal(away)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert (step(run, "records")["settings"], step(run, "records")["place"]) == ("", "ssd")
    assert step(run, "records")["elsewhere"] == {"nas": str(away.nas)}
    assert new.run("config", "check").code == 0
    assert new.run("cloud", "run", "--json").last["waiting"] == 0


def test_from_the_nas_alone(away, new):
    on_card, nas = sums(away.card), away.nas
    for folder in (away.home, away.ssd):
        shutil.rmtree(folder)
    run = new.run("recover", "--from", nas, "--to", new.ssd, "--json")
    assert run.code == 0, run.out + run.err
    assert (run.last["restored"], run.last["proven"]) == (4, 4)
    assert sums(new.ssd) == on_card
    assert step(run, "records")["elsewhere"] == {}  # it is here
    assert new.run("ledger", "rebuild", "--json").code == 0
    assert new.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(8,)]


@pytest.mark.parametrize("below", ["", PREFIX])
def test_from_a_bucket_that_another_program_downloaded(away, new, server, tmp_path, below):
    download = tmp_path / "download"
    with server.lock:
        for file in server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values():
            path = download / below / file.name.removeprefix(PREFIX)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data_bytes)
    on_card = sums(away.card)
    steal(away)
    run = new.run("recover", "--from", download, "--to", new.ssd, "--json")
    assert run.code == 0, run.out + run.err
    assert sums(new.ssd) == on_card
    assert (run.last["restored"], run.last["proven"]) == (4, 4)
    assert step(run, "records")["ledger"].startswith("test-")


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_killed_half_way_the_same_command_goes_on(away, new, server, nth):
    on_card = sums(away.card)
    steal(away)

    def dies():
        before, count = restore.publish, 0

        def publish(*args):
            nonlocal count
            count += 1
            if count == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            before(*args)

        restore.publish = publish

    words = ("--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.ssd, "--json")
    assert new.run_apart(dies, "recover", *words).code == -signal.SIGKILL
    other = new.run("recover", "--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.nas, "--json")
    assert (other.code, other.last["message"]) == (2, "Another recovery is under way in this home")
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert sums(new.ssd) == on_card
    assert (run.last["proven"], run.last["complete"]) == (4, True)
    assert not list(new.ssd.rglob(".safelight-restore-*"))
    assert run.last["kept_aside"] == []


def test_names_in_the_bucket_that_lead_out_of_the_folder_lead_nowhere(away, new, server, tmp_path):
    outside = tmp_path / "new" / "outside.txt"
    hostile = [
        f"{PREFIX}../outside.txt", f"{PREFIX}2025/../../outside.txt", f"{PREFIX}/etc/outside.txt",
        f"{PREFIX}%2E%2E/outside.txt", f"{PREFIX}%2E%2E%2Foutside.txt", f"{PREFIX}.safelight/destination.json",
        f"{PREFIX}../ascmhl/ascmhl_chain.xml", f"{PREFIX}a/./b.txt", f"{PREFIX}nul%00/x.txt", str(outside)[1:],
    ]  # fmt: skip
    for key in hostile:
        put(server, key, b"hostile " + key.encode())
    put(server, f"{PREFIX}case/TWIN.txt", b"one of two")
    put(server, f"{PREFIX}case/twin.txt", b"two of two")
    with closing(sqlite3.connect(away.home / "ledger.sqlite")) as ledger, ledger:
        ledger.execute(  # nor do paths of a ledger that somebody made up
            "INSERT INTO version (path, kind, shoot_id, asset_id, seen, mtime_ns, run_id)"
            " SELECT CAST('../outside.txt' AS BLOB), 'edit', min(s.id), min(a.id), 1, 1, 1 FROM shoot s, asset a"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.plan.records._HOUR", 0.0)
        assert away.run("cloud", "run", "--json").code == 0
    on_card = sums(away.card)
    steal(away)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert not outside.exists()
    below = {path.relative_to(new.base).parts[0] for path in new.base.rglob("*") if path.is_file()}
    assert below == {"home", "ssd"}
    twins = {path.name: path.read_bytes() for path in (new.ssd / "case").iterdir()}
    assert sorted(twins.values()) == [b"one of two", b"two of two"]
    assert set(on_card) <= set(sums(new.ssd))
    assert b"hostile" not in (new.ssd / ".safelight/destination.json").read_bytes()


def test_what_a_thief_of_the_key_hid_or_covered_comes_back_all_the_same(away, new, server):
    pictures = sorted(name for name in names(server) if name.endswith(".JPG"))
    with server.lock:
        server.simulator.hide_file(*server._who, server.bucket_id, pictures[0])
        for name in names_unlocked(server):
            if "/ledger/" in name or "/settings/" in name:
                server.simulator.hide_file(*server._who, server.bucket_id, name)
    put(server, pictures[1], b"not a picture any more")
    on_card = sums(away.card)
    steal(away)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert sums(new.ssd) == on_card
    states = dict(new.ask("SELECT key, state FROM upload_job"))
    assert [states[name] for name in pictures] == ["waiting", "waiting", "checked", "checked"]


def names_unlocked(server):
    files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
    return [file.name for file in files if file.action == "upload"]


def test_what_lies_nowhere_any_more_is_missing_by_its_name_with_where_it_lay(away, new, server):
    remove(server, "IMG_0002.JPG")
    steal(away)
    run = recover(new, server)
    assert (run.code, run.last["restored"]) == (18, 3)
    [(path, why)] = run.last["missing"].items()
    assert path.endswith("IMG_0002.JPG")
    assert why == "it lay at nas, too"
    assert new.ask("SELECT state FROM copy WHERE display LIKE '%IMG_0002.JPG' ORDER BY destination_id") == [
        ("lost",), ("written",),
    ]  # fmt: skip
    assert dict(new.ask("SELECT state, count(*) FROM upload_job GROUP BY state")) == {"checked": 3, "waiting": 1}


def test_the_records_alone_then_one_shoot_then_the_rest(away, new, server):
    shutil.rmtree(away.card)
    away.card.mkdir()
    away.put("DCIM/100CANON/IMG_0021.JPG", b"a second shoot" * 9, mtime_ns=1_760_000_000_000_000_000)
    assert away.ingest("--shoot", "Zoo").level == "safe"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.plan.records._HOUR", 0.0)
        assert away.run("cloud", "run", "--json").code == 0
    steal(away)
    run = recover(new, server, "--records-only")
    assert (run.code, run.last["restored"], run.last["shoots"], run.last["complete"]) == (0, 0, 2, False)
    assert sums(new.ssd) == []
    run = recover(new, server, "--only", "Zoo")
    assert (run.code, run.last["restored"], run.last["complete"]) == (0, 1, False)
    assert [path.name for path in new.ssd.rglob("*.JPG")] == ["IMG_0021.JPG"]
    assert dict(new.ask("SELECT state, count(*) FROM copy GROUP BY state")) == {"proven": 1, "written": 9}
    run = recover(new, server)
    assert (run.code, run.last["restored"], run.last["proven"], run.last["complete"]) == (0, 4, 5, True)


def test_a_home_that_is_in_use_is_refused_and_left_as_it_was(away, new, server):
    before = (away.home / "config.toml").read_bytes()
    run = recover_into(away, new, server)
    assert (run.code, run.last["type"]) == (2, "error")
    assert "safelight restore" in run.last["hint"]
    assert (away.home / "config.toml").read_bytes() == before
    assert not (away.home / "recovery.json").exists()


def recover_into(studio, new, server):
    return studio.run("recover", "--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.ssd, "--json")


def test_an_empty_successor_of_the_nas_is_filled_by_repair_and_the_card_is_safe_again(away, new, server):
    steal(away)
    assert step(recover(new, server, "--records-only"), "records")["elsewhere"] == {"nas": str(away.nas)}
    run = recover(new, server, "--place", f"nas={new.nas}")
    assert run.code == 0, run.out + run.err
    assert step(run, "records")["elsewhere"] == {}
    assert new.run("verify", "--at", "nas", "--json").code == 18  # nothing lies there
    assert new.run("repair", "--json").code == 0
    assert sums(new.nas) == sums(away.card)
    assert new.run("ingest", away.card, "--json").level == "safe"
    assert new.run("drill", "--json").code == 0  # of every place, as before the loss


@pytest.mark.parametrize("word", ["nas", "nas=", "nas=/nowhere/at/all"])
def test_a_place_that_is_no_name_and_folder_is_refused(new, server, word):
    run = recover(new, server, "--place", word)
    assert (run.code, run.last["hint"]) == (2, "Say it like --place nas=/mnt/nas/Photos")


def test_a_place_that_the_settings_do_not_name_is_told_with_those_that_they_do(away, new, server):
    steal(away)
    run = recover(new, server, "--place", f"vault={new.nas}")
    assert (run.code, run.last["hint"]) == (4, "The settings name: ssd, nas")
    assert recover(new, server).code == 0


def test_a_disk_without_room_or_one_that_is_another_destination_is_refused(away, new, server, monkeypatch):
    steal(away)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.session.recover_files.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9, 0, 9))
        run = recover(new, server)
    assert (run.code, run.last["type"]) == (13, "error")
    assert "8,000 are to come" in run.last["message"]
    marker = new.ssd / ".safelight/destination.json"
    kept, _ = marker.read_bytes(), marker.unlink()
    marker.write_text('{"marker": "another"}')
    run = recover(new, server)
    assert (run.code, run.last["hint"]) == (13, "Name an empty folder")
    marker.write_bytes(kept)
    assert recover(new, server).code == 0


def test_a_shoot_that_was_released_stays_in_the_bucket_and_is_told(away, new, server):
    with closing(sqlite3.connect(away.home / "ledger.sqlite")) as ledger, ledger:
        here = "destination_id = (SELECT id FROM destination WHERE name = 'ssd')"
        ids = [key for (key,) in ledger.execute(f"SELECT id FROM copy WHERE {here}")]
        for key in ids:
            ledger.execute("UPDATE copy SET state = 'lost' WHERE id = ?", (key,))
            ledger.execute("INSERT INTO released (copy_id, at, why) VALUES (?, 1, 'released')", (key,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.plan.records._HOUR", 0.0)
        assert away.run("cloud", "run", "--json").code == 0
    steal(away)
    words = ("--from", "b2", "--bucket", BUCKET, "--realm", server.url, "--to", new.ssd)
    run = new.run("recover", *words)
    assert run.code == 0, run.out + run.err
    assert "Meyer wedding had been let go here before and stays where it is" in run.out
    assert sums(new.ssd) == []
    back = new.base / "back"
    back.mkdir()
    assert new.run("restore", "Meyer wedding", "--to", back).code == 0
    assert sums(back) == sums(away.card)


def test_an_empty_bucket_or_a_wrong_prefix_changes_nothing(away, new, server):
    steal(away)
    run = recover(new, server, "--prefix", "elsewhere/")
    assert (run.code, run.last["message"]) == (18, f"Nothing to recover from lies in b2:{BUCKET}")
    assert not list(new.home.glob("*.*"))
    assert recover(new, server).code == 0


def test_a_network_that_goes_away_ends_it_and_the_same_command_goes_on(away, new, server, monkeypatch):
    from ingest.cloud.b2 import B2Store
    from ingest.cloud.errors import CloudUnreachable

    on_card = sums(away.card)
    steal(away)
    before, pictures = B2Store.get, []

    def get(self, key, sink, offset=0, *, file_id=""):
        if key.endswith(".JPG"):
            pictures.append(key)
            if len(pictures) > 2:
                raise CloudUnreachable("The bucket cannot be reached")
        return before(self, key, sink, offset, file_id=file_id)

    with monkeypatch.context() as patch:
        patch.setattr(B2Store, "get", get)
        run = recover(new, server, "--cloud", "parallel = 1")
    assert (run.code, run.last["restored"], run.last["complete"]) == (17, 2, False)
    assert len(run.last["missing"]) == 2
    assert len(pictures) == 3  # once it is known, nobody asks for each other one
    run = recover(new, server)
    assert (run.code, run.last["restored"], run.last["complete"]) == (0, 2, True)
    assert sums(new.ssd) == on_card


def test_edits_and_catalogs_come_back_in_their_newest_form(tmp_path, server, new):
    old = Studio(tmp_path / "old", extra=cloud_at(server.url))
    old.shoot(2)
    assert old.ingest("--shoot", "Meyer").level == "safe"
    sidecar = old.copy_of(old.ssd, "IMG_0001.JPG").with_suffix(".xmp")
    for text in (b"<x:xmpmeta>first</x:xmpmeta>", b"<x:xmpmeta>second, and longer</x:xmpmeta>"):
        sidecar.write_bytes(text)
        os.utime(sidecar, (1_760_000_000 + len(text),) * 2)
        assert old.run("sync").code == 0
    assert old.run("cloud", "run", "--json").code == 0
    steal(old)
    run = recover(new, server)
    assert run.code == 0, run.out + run.err
    assert new.copy_of(new.ssd, "IMG_0001.xmp").read_bytes() == b"<x:xmpmeta>second, and longer</x:xmpmeta>"
    assert len(list(new.ssd.rglob("*.xmp"))) == 1


def test_of_two_stations_one_must_be_named(away, new, server, tmp_path):
    other = Studio(tmp_path / "other", extra=cloud_at(server.url))
    text = (other.home / "config.toml").read_text().replace('station = "test"', 'station = "second"')
    other.put("DCIM/100CANON/IMG_0077.JPG", b"of the other one" * 50)
    (other.home / "config.toml").write_text(text)
    assert other.ingest("--shoot", "Zoo").level == "safe"
    assert other.run("cloud", "run", "--json").code == 0
    on_card = sums(away.card)
    steal(away)
    run = recover(new, server)
    assert (run.code, run.last["hint"]) == (2, "Name one with --station: second, test")
    run = recover(new, server, "--station", "test")
    assert run.code == 0, run.out + run.err
    assert step(run, "records")["ledger"].startswith("test-")
    assert sums(new.ssd) == on_card  # and nothing of the other station's
    assert new.ask("SELECT name FROM shoot") == [("Meyer wedding",)]
    assert not list(new.ssd.rglob("*Zoo*"))
