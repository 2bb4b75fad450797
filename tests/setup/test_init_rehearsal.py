"""`safelight init` as somebody meets it: at a terminal, and with flags alone; the disks and the answer are real."""

import os
import re
import sys
import time
import tomllib
from pathlib import Path

import pytest
from loops import needs_loops
from studio import BUCKET, Studio
from terminals import CTRL_C, ROOT, Terminal

from ingest.cloud.loopback import LoopbackB2
from ingest.errors import Exit


def nothing_left(*folders: Path) -> bool:
    """No file, also no hidden one, but what a file system has by itself."""
    return not [path for folder in folders for path in folder.rglob("*") if path.name != "lost+found"]


def photo_folders(disks):
    """A folder of this test's own on each disk."""
    name = f"Photos-{time.monotonic_ns()}"
    return tuple(disk / name for disk in disks)


@needs_loops
def test_a_first_run_at_a_terminal_ends_with_the_first_safe_to_format_and_leaves_nothing_but_settings(disks, tmp_path):
    ssd, nas = photo_folders(disks)
    home = tmp_path / "home"
    at = Terminal(home, "init", "--no-speed")
    assert "Nothing is written before the end" in at.until("1/10")
    at.until("]: ")
    at.answers("?")
    at.until("mostly an SSD")
    at.answers(str(tmp_path))
    at.until("belongs to the system")
    at.answers(str(ssd))
    assert "ext4" in at.until("2/10")
    at.answers("b")
    at.until("1/10")
    at.until(f"[{ssd}]: ")
    at.answers("")
    at.until("2/10")
    at.answers(str(ssd.parent / "Other"))
    at.until("two folders of one disk are one copy")
    at.answers("")
    at.answers(str(nas))
    at.until("3/10")
    at.answers("")
    assert re.search(r"-> (\d{4})/\1-\d\d-\d\d Meyer wedding/", at.until("{shoot}]: "))  # of a card that is here too
    at.answers("{capture:%Y}/{nonsense}")
    at.until("is not known here")
    at.until("{shoot}]: ")
    at.answers("{capture:%Y}/{capture:%m-%d} {shoot}")
    assert re.search(r"-> \d{4}/\d\d-\d\d Meyer wedding/", at.until("%m-%d} {shoot}]: "))
    at.answers("")
    at.until("none was found")
    at.answers("")
    at.until("6/10")
    at.answers("")
    for number in (7, 8, 9):
        at.until(f"{number}/10")
        at.answers("n")
    at.until("10/10")
    at.answers("")
    summary = at.until("Write it?")
    assert f"{nas}   (is made)" in summary
    at.answers("b")
    at.until("10/10")
    at.answers("y")
    at.until("Write it?")
    assert not home.exists()
    assert not ssd.exists()
    at.answers("")
    assert at.ends() == Exit.OK, at.screen
    assert re.search(r"SAFE TO FORMAT .*\n.*12 of 12 files proven on 2 separate devices", at.screen.replace("\r", ""))
    assert "Ready." in at.screen
    written = tomllib.loads((home / "config.toml").read_text())
    assert [(each["name"], each["root"]) for each in written["destinations"]] == [
        ("ssd", str(ssd)), ("ssd-2", str(nas)),
    ]  # fmt: skip
    assert written["naming"]["folder"] == "{capture:%Y}/{capture:%m-%d} {shoot}"
    assert nothing_left(ssd, nas)
    assert sorted(path.name for path in home.iterdir()) == ["config.toml"]


@needs_loops
def test_ctrl_c_in_the_middle_leaves_nothing_and_says_so(disks, tmp_path):
    ssd, _ = photo_folders(disks)
    at = Terminal(tmp_path / "home", "init", "--no-speed")
    at.until("]: ")
    at.answers(str(ssd))
    at.until("2/10")
    at.until("]: ")
    at.answers(CTRL_C)
    assert at.ends() == Exit.INTERRUPTED
    assert "Nothing was changed" in at.screen
    assert not (tmp_path / "home").exists()
    assert not ssd.exists()


def run(home: Path, *words: str):
    studio = Studio.__new__(Studio)
    studio.home = home
    return studio.run("init", "--no-speed", *words)


@pytest.fixture
def noon(monkeypatch):
    """A time zone where it is about noon: pictures of the last hour are of today, whenever the test runs."""
    monkeypatch.setenv("TZ", f"NOON{time.gmtime().tm_hour - 12:+}")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


QUIET = ("--no-notice", "--no-watcher", "--no-night", "--no-rehearsal", "--bucket", "none", "--catalog", "none")


@needs_loops
def test_flags_alone_set_everything_up_and_rehearse(disks, tmp_path, noon):
    ssd, nas = photo_folders(disks)
    words = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}", "--no-notice", "--no-watcher", "--no-night")
    done = run(tmp_path / "home", *words, "--yes", "--json")
    assert done.code == Exit.OK, done.out + done.err
    assert [line["level"] for line in done.events("verdict")] == ["safe"]
    assert done.events("warned") == []  # its pictures open
    (shoot,) = done.events("plan_made")[0]["shoots"]
    assert shoot["days"] == time.strftime("%Y-%m-%d")  # as their EXIF says
    assert done.last["destinations"] == ["ssd", "vault"]
    assert nothing_left(ssd, nas)


@needs_loops
def test_a_second_run_changes_what_was_asked_for_and_keeps_every_comment(disks, tmp_path):
    ssd, nas = photo_folders(disks)
    home = tmp_path / "home"
    both = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}")
    assert run(home, *both, *QUIET, "--yes").code == Exit.OK
    file = home / "config.toml"
    before = file.read_text() + "\n# mine: do not touch\n"
    file.write_text(before)
    assert run(home, *QUIET, "--yes").code == Exit.OK
    assert file.read_text() == before
    done = run(home, *QUIET, "--yes", "--folder", "{capture:%Y-%m-%d} {shoot}")
    assert done.code == Exit.OK, done.err
    after = file.read_text()
    assert [old for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new] == [
        line for line in before.splitlines() if line.startswith("folder = ")
    ]
    assert tomllib.loads(after)["naming"]["folder"] == "{capture:%Y-%m-%d} {shoot}"
    assert [path.read_text() for path in home.glob("config-*.toml")] == [before]


@needs_loops
def test_two_folders_of_one_disk_are_refused_unless_the_word_is_given(disks, tmp_path):
    ssd, _ = photo_folders(disks)
    both = ("--ssd", str(ssd), "--destination", f"{ssd}-2", *QUIET, "--yes")
    refused = run(tmp_path / "home", *both)
    assert refused.code == Exit.USAGE
    assert "two folders of one disk are one copy" in refused.err
    assert not (tmp_path / "home").exists()
    done = run(tmp_path / "home", *both, "--one-disk")
    assert done.code == Exit.OK, done.err
    assert tomllib.loads((tmp_path / "home" / "config.toml").read_text())["gate"]["devices"] == 1


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_without_a_terminal_the_missing_flags_are_named(tmp_path, words, monkeypatch):
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115
    done = run(tmp_path / "home", *words)
    assert done.code == Exit.USAGE
    assert "--ssd PATH" in done.err
    assert "--nas PATH" in done.err


@needs_loops
def test_a_second_run_changes_nothing_of_places_that_were_used_and_of_a_drive_that_is_away(disks, tmp_path):
    ssd, nas = photo_folders(disks)
    studio = Studio(tmp_path / "studio", devices=2)
    for folder in (ssd, nas):
        folder.mkdir()
    third = disks[0] / f"{nas.name}-third"
    third.mkdir()
    more = f'[[destinations]]\nname = "third"\nkind = "nas"\nroot = "{third}"\n'
    drive = '[[destinations]]\nname = "away"\nkind = "drive"\nroot = "/media/nobody/away"\n'
    studio.configure(ssd=ssd, nas=nas, extra=more + drive)
    studio.shoot(1)
    assert studio.run("ingest", studio.card, "--shoot", "One").code == Exit.OK
    before = (studio.home / "config.toml").read_bytes()
    done = studio.run("init", "--no-speed", "--yes", *QUIET)
    assert done.code == Exit.OK, done.err
    assert (studio.home / "config.toml").read_bytes() == before
    assert not list(studio.home.glob("config-*"))


@needs_loops
def test_the_key_of_the_bucket_is_tried_and_one_that_is_refused_is_told_and_stops_nothing_else(
    disks, tmp_path, monkeypatch
):
    ssd, nas = photo_folders(disks)
    home = tmp_path / "home"
    both = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}")
    quiet = ("--no-notice", "--no-watcher", "--no-night", "--no-rehearsal", "--catalog", "none", "--yes")
    assert run(home, *both, *quiet).code == Exit.OK
    with LoopbackB2(bucket=BUCKET) as server:
        table = f'\n[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nrealm = "{server.url}"\n'
        with (home / "config.toml").open("a") as file:
            file.write(table)
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", server.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", server.key)
        good = run(home, *quiet)
        assert good.code == Exit.OK, good.out + good.err
        assert f"{BUCKET} can hold your third copies" in good.out
        monkeypatch.setenv("B2_APPLICATION_KEY", "K005" + "x" * 27)
        bad = run(home, *quiet, "--folder", "{shoot}", "--json")
    assert bad.code == Exit.CLOUD_REFUSED, bad.out
    assert [(line["step"], line["outcome"]) for line in bad.events("step")] == [("bucket", "failed")]
    assert tomllib.loads((home / "config.toml").read_text())["naming"]["folder"] == "{shoot}"


@needs_loops
def test_the_watcher_and_the_nights_are_handed_to_the_system_and_a_refusal_counts_where_it_was_asked_for(
    disks, tmp_path, monkeypatch
):
    ssd, nas = photo_folders(disks)
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    monkeypatch.setenv("PATH", f"{systemctl.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "me"))
    words = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}", "--no-notice", "--no-rehearsal", "--yes", "--json")

    def with_an_answer(code, *more):
        systemctl.write_text(f"#!/bin/sh\necho no bus here >&2\nexit {code}\n")
        systemctl.chmod(0o755)
        done = run(tmp_path / "home", *words, *more)
        return done.code, [(line["step"], line["outcome"]) for line in done.events("step")]

    both = [("watcher", "done"), ("night", "done")]
    assert with_an_answer(0) == (Exit.OK, both)
    units = {path.name for path in (tmp_path / "me" / "systemd" / "user").iterdir() if path.is_file()}
    assert {"safelight-watch.service", "safelight-nightly.timer"} <= units
    failed = [("watcher", "failed"), ("night", "failed")]
    assert with_an_answer(1) == (Exit.OK, failed)
    assert with_an_answer(1, "--watcher")[0] != Exit.OK


@needs_loops
def test_a_catalog_is_opened_before_it_is_written_down(disks, tmp_path):
    ssd, nas = photo_folders(disks)
    quiet = ("--no-notice", "--no-watcher", "--no-night", "--no-rehearsal", "--bucket", "none", "--yes")
    both = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}", *quiet)
    broken = tmp_path / "Broken.lrcat"
    broken.write_bytes(b"")
    refused = run(tmp_path / "home", *both, "--catalog", str(broken))
    assert refused.code == Exit.USAGE
    assert "--catalog: Broken.lrcat cannot be read" in refused.err
    assert not (tmp_path / "home").exists()
    sample = ROOT / "sample_cards" / "catalogs" / "Sample.lrcat"
    done = run(tmp_path / "home", *both, "--catalog", str(sample))
    assert done.code == Exit.OK, done.err
    assert re.search(r"Sample.lrcat: \d+ pictures, read", done.out)
    written = tomllib.loads((tmp_path / "home" / "config.toml").read_text())
    assert written["catalogs"] == [{"kind": "lightroom", "path": str(sample)}]
    broken.rename(tmp_path / "gone")
    file = tmp_path / "home" / "config.toml"
    file.write_text(file.read_text() + f'[[catalogs]]\nkind = "lightroom"\npath = "{broken}"\n')
    again = run(tmp_path / "home", *quiet)  # one that is away today stays
    assert again.code == Exit.OK, again.err
    assert len(tomllib.loads(file.read_text())["catalogs"]) == 2


@needs_loops
def test_ctrl_c_in_the_rehearsal_removes_it_and_says_that_the_settings_are_written(disks, tmp_path):
    ssd, nas = photo_folders(disks)
    home = tmp_path / "home"
    both = ("--ssd", str(ssd), "--destination", f"vault:nas:{nas}")
    at = Terminal(home, "init", "--no-speed", *both, *QUIET[:3], *QUIET[4:], "--rehearsal", "--yes")
    at.until("Found  12 entries")
    at.answers(CTRL_C)
    assert at.ends() == Exit.INTERRUPTED, at.screen
    assert "The settings are written" in at.screen
    assert "SAFE TO FORMAT" not in at.screen
    assert "Ready." not in at.screen
    assert nothing_left(ssd, nas)
    assert sorted(path.name for path in home.iterdir()) == ["config.toml"]
