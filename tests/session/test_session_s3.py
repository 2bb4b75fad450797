"""The third copy at any S3 service, by the command itself: sent, killed, gone on with, told, and brought back."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from loopback_s3 import KEY_ID, SECRET, LoopbackS3
from studio import BUCKET, Studio

from ingest.cloud.s3 import S3Store

PART, PARTS = 300_000, 12
SIZES = {"large_from": 1_000_000, "part_size": PART, "least_part": 100_000}
PROGRAM = (
    "from ingest.cloud.s3 import S3Store\n"
    f"S3Store.__init__.__kwdefaults__.update({SIZES!r})\n"
    "from ingest.cli.main import run; run()"
)


@pytest.fixture
def s3(monkeypatch):
    with LoopbackS3(BUCKET) as running:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        for name, value in SIZES.items():
            monkeypatch.setitem(S3Store.__init__.__kwdefaults__, name, value)
        yield running


@pytest.fixture
def studio(tmp_path, s3):
    studio = Studio(tmp_path, extra=f'[cloud]\nkind = "s3"\nbucket = "{BUCKET}"\nendpoint = "{s3.url}"\nparallel = 1\n')
    studio.shoot()
    studio.put("DCIM/100CANON/MVI_0004.MP4", os.urandom(PARTS * PART))
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    return studio


def kill_after(studio, s3, repository, parts, at="UploadPart"):
    """`cloud run` as a process of its own, killed when so many parts have arrived."""
    reached, killed = threading.Event(), threading.Event()

    def hold(kind):
        if kind == at and len(s3.parts) == parts and not killed.is_set():
            reached.set()
            killed.wait(30)

    s3.after = hold
    environment = os.environ | {"PYTHONPATH": str(repository), "SAFELIGHT_HOME": str(studio.home)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "cloud", "run"], env=environment, stdout=subprocess.PIPE
    ) as worker:
        assert reached.wait(60)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=30)
    killed.set()
    with closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE upload_job SET lease_until = 0 WHERE state = 'sending'")  # its minute is over


@pytest.mark.parametrize("after", [1, 7, 12])
def test_after_a_kill_no_part_is_sent_twice(studio, s3, repository, after):
    kill_after(studio, s3, repository, after)
    run = studio.run("cloud", "run", "--json")
    assert (run.code, run.last["waiting"], run.last["needs_you"]) == (0, 0, 0)
    assert sorted(s3.parts) == list(range(1, PARTS + 1))
    assert s3.unfinished() == 0
    assert studio.ask("SELECT DISTINCT state FROM upload_job") == [("checked",)]


def test_killed_when_it_was_finished_and_not_yet_written_down_it_is_checked_all_the_same(studio, s3, repository):
    kill_after(studio, s3, repository, PARTS, at="CompleteMultipartUpload")
    run = studio.run("cloud", "run", "--json")
    assert (run.code, run.last["waiting"], run.last["needs_you"]) == (0, 0, 0)
    assert sorted(s3.parts) == list(range(1, PARTS + 1))
    assert studio.ask("SELECT DISTINCT state FROM upload_job") == [("checked",)]


@pytest.mark.parametrize("word", ["cloud", "s3"])
def test_what_is_there_alone_comes_back_from_there(studio, s3, tmp_path, word):
    assert studio.run("cloud", "run").code == 0
    assert "checked    4 files" in studio.run("cloud", "status").out
    for place in (studio.ssd, studio.nas):
        place.rename(studio.base / f"{place.name} is gone")
    target = tmp_path / "back"
    target.mkdir()
    run = studio.run("restore", "Meyer", "--to", target, "--from", word, "--json")
    assert (run.code, run.last["by_source"]) == (0, {"s3": 4})
    assert sorted(path.read_bytes() for path in target.rglob("*.*")) == studio.on_card()


def test_a_drill_asks_there_too(studio, s3):
    assert studio.run("cloud", "run").code == 0
    run = studio.run("drill", "--from", "cloud", "--json")
    assert (run.code, [line["place"] for line in run.events("place")]) == (0, ["s3"])


def test_doctor_says_what_such_a_service_does_not_tell(studio, s3):
    run = studio.run("doctor", "--json")
    found = {finding["what"]: finding for finding in run.events("finding")}
    assert found["cloud"]["level"] == "ok"
    assert "does not tell" in found["cloud key"]["text"]


def test_doctor_names_a_key_that_is_missing(studio, s3, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    run = studio.run("doctor", "--json")
    assert run.code != 0
    assert "AWS_SECRET_ACCESS_KEY" in run.out


def test_cost_knows_no_prices_of_such_a_service_until_they_are_written_down(studio, s3):
    run = studio.run("cloud", "cost", "--json")
    assert run.code != 0
    assert "No prices are known" in run.last["message"]
    assert "prices.toml" in run.last["hint"]
    (studio.home / "prices.toml").write_text(
        "read = 2026-11-01\n[storage]\nper_tb_month = 6.99\nfree_gb = 0\n"
        "[download]\nper_gb = 0\nfree_times = 1\n[transactions]\nper_10000 = 0\n"
    )
    assert studio.run("cloud", "cost", "--json").code == 0


def test_no_secret_is_in_anything_that_was_written(studio, s3):
    run = studio.run("cloud", "run", "--json")
    assert SECRET not in run.out + run.err
    assert not any(SECRET.encode() in path.read_bytes() for path in studio.home.rglob("*") if path.is_file())


def test_a_drive_as_the_third_copy_by_the_command(tmp_path):
    drive = tmp_path / "drive"
    drive.mkdir()
    studio = Studio(tmp_path, extra=f'[cloud]\nkind = "folder"\nbucket = "the-drive"\npath = "{drive}"\n')
    pictures = studio.shoot()
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run").code == 0
    assert sorted(path.read_bytes() for path in drive.rglob("IMG_*")) == sorted(pictures.values())
    drive.rename(tmp_path / "carried away")
    drive.mkdir()
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"a picture more" * 100)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    run = studio.run("cloud", "run", "--json")
    assert (run.code, run.last["waiting"]) == (17, 1)
    assert "waiting for the drive" in run.out
    assert list(drive.iterdir()) == []
    drive.rmdir()
    (tmp_path / "carried away").rename(drive)
    assert studio.run("cloud", "run").code == 0
    target = tmp_path / "back"
    target.mkdir()
    run = studio.run("restore", "Meyer", "--to", target, "--from", "cloud", "--json")
    assert run.last["by_source"] == {"folder": 4}
