"""What `doctor` says of names and catalogs."""

import os
from pathlib import Path

from studio import Studio

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "sample_cards" / "catalogs" / "Sample.lrcat"


def findings(studio, what):
    found = studio.run("doctor", "--json").events("finding")
    return [(each["level"], each["text"], each["todo"]) for each in found if each["what"] == what]


def test_a_catalog_is_opened_and_one_that_is_broken_or_away_is_told(tmp_path):
    broken = tmp_path / "Broken.lrcat"
    broken.write_bytes(b"")
    paths = (CATALOG, broken, tmp_path / "Away.lrcat")
    tables = "".join(f'[[catalogs]]\nkind = "lightroom"\npath = "{path}"\n' for path in paths)
    good, bad, away = findings(Studio(tmp_path / "studio", extra=tables), "catalog")
    assert good[0] == "ok"
    assert good[1].endswith(" pictures")
    assert (bad[0], bad[2]) == ("note", "Shoots are not tagged from it")
    assert str(broken) in bad[1]
    assert away == ("note", f"{paths[2]} is not there", "Shoots are not tagged from it")


def test_what_a_picture_will_be_called_is_shown(tmp_path):
    studio = Studio(tmp_path / "studio", extra='[naming]\nfolder = "{capture:%Y} {shoot}"\n')
    assert findings(studio, "naming") == [("ok", "2026 Meyer wedding/IMG_0001.CR3", "")]


def test_nights_are_told_once_they_were_installed_and_how_the_system_forgot_them(tmp_path, monkeypatch):
    studio = Studio(tmp_path / "studio")
    assert findings(studio, "night") == []
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text("#!/bin/sh\nexit 0\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "me"))
    assert studio.run("schedule", "install", "--at", "03:15").code == 0
    assert findings(studio, "night") == [("ok", "each night at 03:15", "")]
    for unit in (tmp_path / "me" / "systemd" / "user").glob("safelight-*"):
        unit.unlink()
    assert findings(studio, "night") == [("note", "not installed", "Run: safelight schedule install")]
