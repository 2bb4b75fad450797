"""Settings that are right: what they become, where they are looked for, and files that are no settings at all."""

import os
from datetime import time
from pathlib import Path

import pytest

from ingest.config import CONFIG_FILE, Settings, home_folder, load
from ingest.errors import ConfigError, Exit
from ingest.model.copies import Method
from ingest.model.places import Destination, DestinationKind

FULL = """
station = "studio-2"
[[destinations]]
name = "Fast SSD"
kind = "ssd"
root = "~/Photos"
[[destinations]]
name = "Vault"
kind = "nas"
root = "/mnt/nas//Photos/"
site = "cellar"
limit = "50 MB/s"
[copying]
patience = 120
[gate]
devices = 1
reads = 1
weakest_method = "direct"
[naming]
folder = "{capture:%Y%m%d}-{shoot}"
file = "{shoot}-{original}"
day_starts = 05:30:00
[cards]
ignore = []
[[catalogs]]
kind = "capture_one"
path = "~/Session/Session.cosessiondb"
[cloud]
kind = "b2"
bucket = "my-archive"
prefix = ""
realm = "http://127.0.0.1:8080"
"""


def _write(home: Path, text: str | bytes) -> Path:
    (home / CONFIG_FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    return home


def _mistakes(home: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(home)
    assert caught.value.exit_code is Exit.CONFIG
    return caught.value


def test_every_setting_reaches_the_program_as_written(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/anna")
    settings = load(_write(tmp_path, FULL))
    assert settings.station == "studio-2"
    assert settings.places() == (
        Destination("Fast SSD", DestinationKind.SSD, b"/home/anna/Photos", "here"),
        Destination("Vault", DestinationKind.NAS, b"/mnt/nas/Photos", "cellar", 50_000_000),
    )
    assert (settings.gate.devices, settings.gate.reads, settings.gate.weakest_method) == (1, 1, Method.DIRECT)
    assert settings.copying.patience == 120
    assert settings.naming.day_starts == time(5, 30)
    assert settings.cards.ignore == ()
    assert settings.catalogs[0].path == Path("/home/anna/Session/Session.cosessiondb")
    assert settings.cloud is not None
    assert (settings.cloud.bucket, settings.cloud.prefix) == ("my-archive", "")


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("50 MB/s", 50_000_000),
        ("50MB/s", 50_000_000),
        ("1000 kB/s", 1_000_000),
        ("1.25 GB/s", 1_250_000_000),
        ("977 KiB/s", 1_000_448),
        ("12.5 MiB/s", 13_107_200),
        ("1 GiB/s", 1 << 30),
        (" 8 MB / s ", 8_000_000),
        ("", 0),
    ],
)
def test_a_limit_is_a_speed_in_bytes(tmp_path, text, speed):
    settings = load(_write(tmp_path, FULL.replace('"50 MB/s"', f'"{text}"')))
    assert settings.places()[1].limit == speed


def test_what_is_left_out_of_the_file_asks_for_two_devices_and_two_reads(tmp_path):
    start = FULL[: FULL.index("limit")]
    settings = load(_write(tmp_path, start))
    assert (settings.gate.devices, settings.gate.reads, settings.gate.weakest_method) == (2, 2, Method.SERVED)
    assert settings.copying.patience == 60
    assert {place.limit for place in settings.places()} == {0}
    assert settings.naming.day_starts == time(4)
    assert settings.cloud is None
    assert settings.catalogs == ()


def test_settings_cannot_be_changed_while_a_card_is_read(tmp_path):
    settings = load(_write(tmp_path, FULL))
    with pytest.raises(ValueError, match="frozen"):
        settings.gate.devices = 9  # type: ignore[misc]  # what this test is about


def test_a_file_saved_by_notepad_with_a_byte_order_mark_is_read(tmp_path):
    assert isinstance(load(_write(tmp_path, b"\xef\xbb\xbf" + FULL.encode())), Settings)


def test_a_missing_file_says_where_it_was_looked_for_and_what_makes_one(tmp_path):
    error = _mistakes(tmp_path)
    assert str(tmp_path / CONFIG_FILE) in error.message
    assert "safelight config sample" in error.hint
    assert "safelight init" in error.hint


def test_broken_toml_names_its_line(tmp_path):
    error = _mistakes(_write(tmp_path, 'station = "a"\n[[destinations]\n'))
    assert "line 2" in error.mistakes[0]


def test_a_windows_path_in_double_quotes_is_told_how_to_write_it(tmp_path):
    error = _mistakes(_write(tmp_path, '[[destinations]]\nroot = "D:\\Photos"\n'))
    assert "line 2" in error.mistakes[0]
    assert "single quotes" in error.hint


def test_a_file_that_is_not_utf8_names_its_line(tmp_path):
    error = _mistakes(_write(tmp_path, 'station = "a"\n# Müller\n'.encode("latin-1")))
    assert error.mistakes[0].startswith("line 2:")


def test_a_folder_in_place_of_the_file_is_a_settings_error(tmp_path):
    (tmp_path / CONFIG_FILE).mkdir()
    assert "cannot be read" in _mistakes(tmp_path).message


def test_a_home_with_hostile_characters_is_shown_escaped(tmp_path):
    home = tmp_path / "a\x1b[2Jb"
    home.mkdir()
    assert "\x1b" not in _mistakes(home).message


def test_the_home_is_the_named_folder_as_an_absolute_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAFELIGHT_HOME", "demo/home")
    assert home_folder() == tmp_path / "demo" / "home"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SAFELIGHT_HOME", "~/lamp")
    assert home_folder() == tmp_path / "lamp"


def test_without_a_named_home_the_system_s_own_place_is_used(monkeypatch, tmp_path):
    monkeypatch.delenv("SAFELIGHT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home_folder().name == "safelight"
    assert os.path.isabs(home_folder())
