"""What goes to the bucket beside the photographs, so that the bucket alone is enough: when, where, and when not."""

import gzip
import hashlib
import io
import sqlite3
from contextlib import closing

import pytest
from studio import Studio, cloud_at

from ingest.ledger.soundness import look
from ingest.manifest.parse import parse_chain, parse_manifest
from ingest.session import records

HOUR = 3600.0
PREFIX = "originals/"


@pytest.fixture
def studio(tmp_path, server):
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    return studio


def send(studio):
    run = studio.run("cloud", "run", "--json")
    assert run.code == 0, run.out + run.err
    return run


def objects(server):
    """Key -> contents, in the order in which they came; every version."""
    found = {}
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        for file in sorted(bucket.file_id_to_file.values(), key=lambda file: -int(file.file_id)):
            if file.action == "upload":
                found.setdefault(file.name.removeprefix(PREFIX), []).append(file.data_bytes)
    return found


def below(server, folder):
    return {key: contents for key, contents in objects(server).items() if key.startswith(folder)}


def later(monkeypatch, seconds):
    """Runs from now on happen so much later, as far as records are concerned."""
    before = records.send_records

    def shifted(*args):
        return before(*args[:-1], args[-1] + seconds)

    monkeypatch.setattr("ingest.cli.do_cloud.send_records", shifted)


def test_behind_the_photographs_go_the_ledger_the_settings_the_manifests_and_a_word_for_people(studio, server):
    send(studio)
    found = objects(server)
    assert all(len(contents) == 1 for contents in found.values())
    assert sorted({key.split("/")[0] for key in found}) == [".safelight", "2025", "README.txt"]
    [(name, [packed])] = below(server, ".safelight/ledger/").items()
    copy = studio.base / "copy.sqlite"
    copy.write_bytes(gzip.decompress(packed))
    with closing(sqlite3.connect(copy)) as ledger:
        assert look(ledger).problems == ()
        assert ledger.execute("SELECT count(*) FROM upload_job WHERE state = 'checked'").fetchone() == (3,)
    assert name.startswith(".safelight/ledger/test-")
    [settings] = below(server, ".safelight/settings/").values()
    assert settings == [(studio.home / "config.toml").read_bytes()]
    manifests = {key: contents[0] for key, contents in found.items() if "/ascmhl/" in key}
    where = next(studio.ssd.rglob("ascmhl"))
    assert {key.rpartition("/")[2]: data for key, data in manifests.items()} == {
        path.name: path.read_bytes() for path in where.iterdir()
    }
    assert b"You need neither Safelight" in found["README.txt"][0]


def test_what_did_not_change_is_not_sent_again(studio, server, monkeypatch):
    send(studio)
    before = objects(server)
    later(monkeypatch, 30 * HOUR)
    run = send(studio)
    assert (run.events("records_sent"), objects(server)) == ([], before)


def test_the_ledger_goes_once_an_hour_at_most_and_its_older_backups_stay(studio, server, monkeypatch):
    send(studio)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"another" * 99)
    assert studio.ingest().level == "safe"
    send(studio)
    assert len(below(server, ".safelight/ledger/")) == 1
    later(monkeypatch, 2 * HOUR)
    send(studio)
    assert len(below(server, ".safelight/ledger/")) == 2


def test_a_longer_list_of_manifests_gets_a_name_of_its_own_and_no_key_a_second_content(studio, server):
    send(studio)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"another" * 99)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    send(studio)
    found = {key.rpartition("/")[2]: contents for key, contents in objects(server).items() if "/ascmhl/" in key}
    assert all(len(contents) == 1 for contents in found.values())
    assert [name for name in found if "chain" in name] == ["ascmhl_chain.xml", "ascmhl_chain.0002.xml"]
    links = parse_chain(found["ascmhl_chain.0002.xml"][0], "")
    assert [link.name.decode() for link in links] == sorted(name for name in found if name.endswith(".mhl"))
    told = {file.path for link in links for file in parse_manifest(found[link.name.decode()][0], "").files}
    assert told == {b"IMG_0001.JPG", b"IMG_0002.JPG", b"IMG_0003.JPG", b"IMG_0009.JPG"}


def test_settings_in_which_a_key_was_noted_stay_here_and_that_is_told(studio, server):
    studio.configure(extra=cloud_at(server.url) + f"# K004{'x' * 30}\n")
    run = send(studio)
    assert below(server, ".safelight/settings/") == {}
    assert run.events("records_sent")[0]["problems"] == [
        "the settings were not sent: they look as if a key was noted in them"
    ]
    assert len(below(server, ".safelight/ledger/")) == 1  # the rest goes all the same


def test_a_bucket_that_was_emptied_gets_its_records_again(studio, server):
    send(studio)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        bucket.file_name_and_id_to_file.clear()
        bucket.file_id_to_file.clear()
    send(studio)
    assert {".safelight/ledger", ".safelight/settings"} <= {key.rpartition("/")[0] for key in objects(server)}
    assert "README.txt" in objects(server)


def test_records_that_cannot_be_sent_are_a_warning_and_the_queue_is_done_all_the_same(studio, server, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records, "take_snapshot", full)
    run = send(studio)
    assert (run.code, run.last["sent"], run.last["waiting"]) == (0, 3, 0)
    assert "No space left" in run.events("records_sent")[0]["problems"][0]
    assert "No space left" in studio.run("cloud", "run").err


def test_a_queue_that_is_held_sends_no_records_either(studio, server):
    assert studio.run("cloud", "pause").code == 0
    studio.run("cloud", "run", "--json")
    assert objects(server) == {}


def test_while_nothing_lies_in_the_bucket_nothing_is_sent_beside_it(tmp_path, server):
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.run("cloud", "run", "--json")
    assert objects(server) == {}


def test_a_night_sends_the_records_too(studio, server):
    run = studio.run("nightly", "--json")
    assert run.code == 0
    assert len(below(server, ".safelight/ledger/")) == 1


def test_a_readme_of_somebody_elses_stays_and_is_the_end_of_it(studio, server):
    data = b"mine"
    with server.lock:
        who = (server.simulator.API_URL, server._who[1])
        url = server.simulator.get_upload_url(*who, server.bucket_id)
        server.simulator.upload_file(
            url["uploadUrl"], url["authorizationToken"], f"{PREFIX}README.txt", len(data), "text/plain",
            hashlib.sha1(data).hexdigest(), {}, io.BytesIO(data),
        )  # fmt: skip
    assert send(studio).events("records_sent")[0]["problems"] == []
    assert objects(server)["README.txt"] == [data]
