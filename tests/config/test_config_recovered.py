"""Settings for a computer that takes the place of a lost one."""

import tomllib

import pytest

from ingest.config.recovered import moved, old_tables, recovered, tables_without_settings
from ingest.errors import ConfigError

OLD = """
station = "studio-1"
[[destinations]]
name = "nas"
kind = "nas"
root = "/mnt/nas/Photos"
[[destinations]]
name = "fast"
kind = "ssd"
root = "/mnt/fast/Photos"
limit = "50 MB/s"
[naming]
folder = "{capture:%Y}/{shoot}"
[presets.wedding]
creator = "Ann"
[cloud]
kind = "b2"
bucket = "my-archive"
prefix = "old/"
hours = "20:00-07:00"
"""
CLOUD = {"kind": "b2", "bucket": "my-archive", "prefix": "originals/", "realm": "production"}


def of(text=OLD, root="/mnt/new", cloud=CLOUD, here=None):
    return recovered(old_tables(text), root, cloud, here or {})


def test_the_working_disk_becomes_the_new_folder_and_all_else_stays():
    new = of()
    assert (new.place, new.elsewhere) == ("fast", (("nas", "/mnt/nas/Photos"),))
    assert tomllib.loads(new.text)["destinations"][1]["root"] == "/mnt/new"
    assert tomllib.loads(new.text)["destinations"][1]["limit"] == "50 MB/s"
    assert new.settings.naming.folder == "{capture:%Y}/{shoot}"
    assert new.settings.presets["wedding"].creator == "Ann"


def test_the_bucket_is_the_one_that_was_named_with_the_hours_that_it_had():
    cloud = of().settings.cloud
    assert (cloud.bucket, cloud.prefix, cloud.hours) == ("my-archive", "originals/", "20:00-07:00")


def test_another_bucket_brings_nothing_of_the_old_one():
    cloud = of(cloud={**CLOUD, "bucket": "its-successor"}).settings.cloud
    assert (cloud.bucket, cloud.hours) == ("its-successor", "")


def test_from_a_folder_the_bucket_stays_as_it_was():
    cloud = of(cloud=None).settings.cloud
    assert (cloud.bucket, cloud.prefix) == ("my-archive", "old/")


def test_a_place_that_is_here_keeps_its_name_and_the_new_folder_takes_another_ones():
    new = of(here={"fast": "/media/fast"})
    assert (new.place, new.elsewhere) == ("nas", ())
    assert [each.root for each in new.settings.destinations] == ["/mnt/new", "/media/fast"]


@pytest.mark.parametrize(
    ("here", "root"),
    [
        ({"vault": "/x"}, "/mnt/new"), ({"nas": "/x", "fast": "/y"}, "/mnt/new"), ({}, "/mnt/nas/Photos/below"),
        ({"nas": "/mnt/new"}, "/mnt/new"),
    ],
)  # fmt: skip
def test_places_that_do_not_fit_are_refused(here, root):
    with pytest.raises(ConfigError):
        of(root=root, here=here)


@pytest.mark.parametrize("text", ["no toml", "station = 3", OLD + "\nstranger = 1"])
def test_settings_that_cannot_be_used_are_refused(text):
    with pytest.raises(ConfigError):
        old_tables(text)


def test_without_settings_there_are_two_destinations_all_the_same():
    for known in ([], [{"name": "ssd", "kind": "ssd", "root": "/mnt/ssd"}]):
        new = recovered(tables_without_settings("studio-1", known), "/mnt/new", None, {})
        assert (new.place, len(new.settings.destinations)) == ("ssd", 2)


def test_a_place_that_moved_is_written_and_nothing_else():
    before, after = tomllib.loads(of().text), tomllib.loads(moved(of().text, {"nas": "/media/nas"}))
    assert after["destinations"][0].pop("root") == "/media/nas"
    del before["destinations"][0]["root"]
    assert after == before
