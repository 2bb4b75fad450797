"""What `doctor` names beside faults: what others may read, what a thief of the key could do, a clock that is wrong."""

import base64
import os
import stat
import time
from pathlib import Path

import pytest
from keychains import PlaintextKeyring, never_written
from studio import Run, Studio

from ingest.cli import weak_points
from ingest.cloud.keys import KEYCHAIN_USER, keychain_service
from ingest.cloud.loopback import CAPABILITIES, LoopbackB2
from ingest.cloud.loopback_faults import FaultKind


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LoopbackB2("my-archive") as running:
        yield running


@pytest.fixture
def private(studio):
    """A studio whose home nobody else may look into, so that a test sees its own weak point alone."""
    studio.home.chmod(0o700)
    return studio


def found(run: Run, what: str) -> list[dict[str, str]]:
    return [finding for finding in run.events("finding") if finding["what"] == what]


def doctor_with(studio: Studio, server: LoopbackB2, monkeypatch, key: tuple[str, str]) -> Run:
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", key[0])
    monkeypatch.setenv("B2_APPLICATION_KEY", key[1])
    studio.configure(extra=f'[cloud]\nkind = "b2"\nbucket = "{server.bucket}"\nrealm = "{server.url}"\n')
    return studio.run("doctor", "--json")


def modes_below(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("ledger*")}


def test_the_ledger_is_for_its_owner_alone_whatever_the_umask(private):
    private.shoot()
    before = os.umask(0)
    try:
        assert private.ingest().code == 0
        assert private.run("doctor").code == 0
    finally:
        os.umask(before)
    assert modes_below(private.home)["ledger.sqlite"] == 0o600
    assert {mode & 0o077 for name, mode in modes_below(private.home).items() if "sqlite" in name} == {0}
    backups = [path for place in (private.ssd, private.nas) for path in place.rglob("*.sqlite.gz")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in backups} == {0o600}


def test_a_home_that_is_made_is_for_its_owner_alone(tmp_path):
    from ingest.ledger.db import open_ledger

    before = os.umask(0)
    try:
        open_ledger(tmp_path / "home" / "ledger.sqlite").close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_private_home_and_ledger_are_no_weak_points(private):
    run = private.run("doctor", "--json")
    assert (run.code, found(run, "home")) == (0, [])
    assert [finding["level"] for finding in found(run, "ledger")] == ["ok"]


def test_a_home_that_everybody_can_read_is_named_with_the_command_that_shuts_it(private):
    private.home.chmod(0o755)
    run = private.run("doctor", "--json")
    [finding] = found(run, "home")
    assert (run.code, finding["level"], finding["todo"]) == (0, "note", f"chmod 700 {private.home}")


def test_a_ledger_that_everybody_can_read_is_named_where_the_home_lets_them_in(private):
    private.run("status")
    ledger = private.home / "ledger.sqlite"
    ledger.chmod(0o644)
    assert len(found(private.run("doctor", "--json"), "ledger")) == 1  # nobody comes through the home
    private.home.chmod(0o711)
    [sound, weak] = found(private.run("doctor", "--json"), "ledger")
    assert (sound["level"], weak["level"], weak["todo"]) == ("ok", "note", f"chmod 600 {ledger}")


@pytest.mark.parametrize("part", ["home", "ledger.sqlite"])
def test_evidence_that_everybody_can_change_is_a_problem_of_the_ledger(private, part):
    private.run("status")
    path = private.home if part == "home" else private.home / part
    path.chmod(path.stat().st_mode | 0o002)
    run = private.run("doctor", "--json")
    assert run.code == 19
    assert any("can be changed by everybody" in finding["text"] for finding in run.events("finding"))


def test_a_ledger_on_a_share_is_told_as_a_problem(private, monkeypatch):
    monkeypatch.setattr("ingest.ledger.db.may_hang", lambda fs_type: True)
    run = private.run("doctor", "--json")
    [finding] = found(run, "ledger")
    assert (run.code, finding["level"]) == (19, "problem")
    assert "network" in finding["text"]
    assert "SAFELIGHT_HOME" in finding["todo"]


def test_a_clock_that_stands_before_the_newest_entry_of_the_ledger_is_a_problem(private, monkeypatch):
    private.shoot()
    assert private.ingest().code == 0
    assert found(private.run("doctor", "--json"), "clock") == []
    real = time.time
    monkeypatch.setattr("ingest.cli.do_doctor.time.time", lambda: real() - 7 * 86400)
    run = private.run("doctor", "--json")
    [finding] = found(run, "clock")
    assert (run.code, finding["level"]) == (11, "problem")
    assert finding["todo"].startswith("Set the clock")


def test_the_documented_key_has_no_weak_points(private, server, monkeypatch):
    run = doctor_with(private, server, monkeypatch, (server.key_id, server.key))
    assert (run.code, found(run, "cloud key"), found(run, "keychain")) == (0, [], [])
    assert [finding["level"] for finding in found(run, "cloud")] == ["ok"]


@pytest.mark.parametrize(
    ("more", "words"), [("deleteFiles", "delete files"), ("writeKeys", "keys"), ("deleteBuckets", "delete buckets")]
)
def test_a_key_that_can_more_than_upload_is_named_with_the_key_to_make(private, server, monkeypatch, more, words):
    run = doctor_with(private, server, monkeypatch, server.new_key((*CAPABILITIES, more)))
    [finding] = found(run, "cloud key")
    assert run.code == 0
    assert words in finding["text"]
    assert more in finding["text"]
    assert "without deleteFiles" in finding["todo"]


def test_a_key_for_every_bucket_of_the_account_is_named(private, server, monkeypatch):
    key = server.new_key(CAPABILITIES)
    server.simulator.key_id_to_key[key[0]].buckets_or_none = None
    run = doctor_with(private, server, monkeypatch, key)
    assert [finding["text"] for finding in found(run, "cloud key")] == ["the key opens every bucket of the account"]


def test_a_key_that_cannot_upload_and_one_that_is_refused_are_problems(private, server, monkeypatch):
    lacking = server.new_key([name for name in CAPABILITIES if name != "writeFiles"])
    run = doctor_with(private, server, monkeypatch, lacking)
    assert (run.code, [finding["level"] for finding in found(run, "cloud")]) == (16, ["problem"])
    assert "writeFiles" in found(run, "cloud")[0]["text"]
    run = doctor_with(private, server, monkeypatch, (server.key_id, "not this one"))
    assert (run.code, [finding["level"] for finding in found(run, "cloud")]) == (16, ["problem"])


def test_a_bucket_that_does_not_answer_is_no_problem_of_the_computers_and_not_waited_for(private, server, monkeypatch):
    monkeypatch.setattr(weak_points, "_CLOUD_SECONDS", 0.2)
    server.faults.add(FaultKind.SILENCE, "b2_authorize_account", times=9)
    run = doctor_with(private, server, monkeypatch, (server.key_id, server.key))
    [finding] = found(run, "cloud")
    assert (run.code, finding["level"]) == (0, "note")
    assert "not tried" in finding["text"]


@pytest.mark.parametrize("holds", [True, False])
def test_a_keychain_that_keeps_its_entries_in_plain_text_is_named(private, server, keychain, monkeypatch, holds):
    """F102. Whether the key lies there already, or would be put there next."""
    entries = {(keychain_service("my-archive"), KEYCHAIN_USER): f"{server.key_id}:{server.key}"} if holds else {}
    keychain(PlaintextKeyring(entries, unwritten=never_written()))
    run = doctor_with(private, server, monkeypatch, ("", ""))
    [finding] = found(run, "keychain")
    assert "plain text" in finding["text"]
    assert run.code == (0 if holds else 16)
    assert server.key not in run.out
    assert base64.b64encode(server.key.encode()).decode() not in run.out


def test_a_computer_without_a_keychain_is_named_where_no_key_was_found(private, server, monkeypatch):
    run = doctor_with(private, server, monkeypatch, ("", ""))
    assert run.code == 16
    assert [finding["text"] for finding in found(run, "keychain")] == ["this computer has no keychain"]
