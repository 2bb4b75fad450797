"""Settings that are wrong: every mistake at once, each with its place in the file and what to write instead."""

import tomllib
from typing import Any

import pytest

from ingest.config import parse
from ingest.errors import ConfigError

PLACES = """
[[destinations]]
name = "ssd"
kind = "ssd"
root = "/mnt/ssd/Photos"
[[destinations]]
name = "nas"
kind = "nas"
root = "/mnt/nas/Photos"
"""


def _mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(tomllib.loads(text))
    assert caught.value.hint
    return caught.value.mistakes


def _only(text: str) -> str:
    (mistake,) = _mistakes(text)
    return mistake


def test_three_mistakes_in_three_tables_are_told_together():
    text = PLACES.replace('"nas"\nroot', '"nsa"\nroot') + "[gate]\ndevices = 0\n[naming]\nfile = '{shoot}'\n"
    found = _mistakes(text)
    assert [mistake.split(":")[0] for mistake in found] == ["destinations[1].kind", "gate.devices", "naming.file"]
    assert 'did you mean "nas"?' in found[0]


def test_a_misspelt_kind_does_not_hide_that_two_names_are_one():
    found = _mistakes(PLACES.replace('kind = "ssd"', 'kind = "sdd"').replace('"nas"\nkind', '"SSD"\nkind'))
    assert [mistake.split(":")[0] for mistake in found] == ["destinations[0].kind", "destinations[1].name"]


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("[gate]\nreads = 0", "gate.reads", "1 or more"),
        ("[gate]\nreads = 3", "gate.reads", "2 or less"),
        ('[gate]\nreads = "2"', "gate.reads", "whole number"),
        ("[gate]\ndevices = true", "gate.devices", "whole number"),
        ("[gate]\ndevices = 3", "gate.devices", "2 destinations are set up"),
        ('[gate]\nweakest_method = "cached"', "gate.weakest_method", "proves nothing"),
        ('[gate]\nweakest_method = "Direkt"', "gate.weakest_method", 'did you mean "direct"?'),
        ("[copying]\npatience = 0", "copying.patience", "1 or more"),
        ("[copying]\npatience = 3601", "copying.patience", "3600 or less"),
        ('[copying]\npatience = "60 s"', "copying.patience", "whole number"),
        ('[copying]\nlimit = "50 MB/s"', "copying.limit", "belongs to [[destinations]]"),
        ("[gate]\nreds = 2", "gate.reds", 'did you mean "reads"?'),
        ("[naming]\nreads = 2", "naming.reads", "belongs to [gate]"),
        ('[naming]\nstation = "x"', "naming.station", "top of the file"),
        ('[naming]\nfolder = "/{shoot}"', "naming.folder", "relative"),
        ('[naming]\nfolder = "{shoot}/../x"', "naming.folder", "relative"),
        ('[naming]\nfolder = "{original}"', "naming.folder", "{original} is not known here"),
        ('[naming]\nfile = "{original"', "naming.file", "brace"),
        ('[naming]\nfile = "{original!r}"', "naming.file", "takes no format"),
        ('[naming]\nfile = "{capture:%s}{original}"', "naming.file", "%s is no date format"),
        ('[naming]\nfile = "{capture:yyyy}{original}"', "naming.file", "holds no date"),
        ('[naming]\nfile = "{original.__class__}"', "naming.file", "is not known here"),
        ("[naming]\nday_starts = 4", "naming.day_starts", '"04:00"'),
        ('[naming]\nday_starts = "24:00"', "naming.day_starts", '"04:00"'),
        ('[cards]\nignore = ["*"]', "cards.ignore[0]", "every photograph"),
        ('[cards]\nignore = [".DS_Store", "*.*"]', "cards.ignore[1]", "every photograph"),
        ('[cards]\nignore = ".DS_Store"', "cards.ignore", "must be a list"),
        ('[[catalogs]]\nkind = "lightroom"\npath = "Main.lrcat"', "catalogs[0].path", "whole path"),
        ('[[catalogs]]\nkind = "bridge"\npath = "/a"', "catalogs[0].kind", "lightroom, capture_one, darktable"),
        ('[[catalogs]]\nkind = "darktabel"\npath = "/a"', "catalogs[0].kind", 'did you mean "darktable"?'),
        ('[[catalogs]]\nkind = ["darktable"]\npath = "/a"', "catalogs[0].kind", "is none of"),
        ('[[gate]]\nreads = 2', "gate", "write [gate]"),
        ('[cloud]\nkind = "b2"\nbucket = "ab"', "cloud.bucket", "6 to 63"),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\nprefix = "/x/"', "cloud.prefix", "end in /"),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\nprefix = "a/../b/"', "cloud.prefix", "end in /"),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\nrealm = "http://b2.example"', "cloud.realm", "in the clear"),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\nrealm = "produktion"', "cloud.realm", '"production" or a URL'),
        ('[cloud]\nkind = "s4"\nbucket = "my-archive"', "cloud.kind", "b2, s3, folder"),
        ('[cloud]\nkind = "s3"\nbucket = "My-Archive"', "cloud.bucket", "3 to 63 small letters"),
        ('[cloud]\nkind = "s3"\nbucket = "a..b"', "cloud.bucket", "3 to 63 small letters"),
        ('[cloud]\nkind = "s3"\nbucket = "ab1"\nrealm = "https://b2.example"', "cloud.realm", 'kind = "b2"'),
        ('[cloud]\nkind = "s3"\nbucket = "ab1"\nendpoint = "http://s3.example"', "cloud.endpoint", "in the clear"),
        ('[cloud]\nkind = "s3"\nbucket = "ab1"\nendpoint = "s3.example"', "cloud.endpoint", "https://host"),
        ('[cloud]\nkind = "s3"\nbucket = "ab1"\nregion = "Frankfurt am Main"', "cloud.region", "eu-central-1"),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\nendpoint = "https://a.b"', "cloud.endpoint", 'kind = "s3"'),
        ('[cloud]\nkind = "b2"\nbucket = "my-archive"\npath = "/mnt/x"', "cloud.path", 'kind = "folder"'),
        ('[cloud]\nkind = "folder"\nbucket = "drive"', "cloud.path", "is missing"),
        ('[cloud]\nkind = "folder"\nbucket = "drive"\npath = "offsite"', "cloud.path", "whole path"),
        ('[cloud]\nkind = "folder"\nbucket = "drive"\npath = "/mnt/ssd/Photos/third"', "cloud.path", "no third copy"),
    ],
)  # fmt: skip
def test_each_mistake_names_its_place_and_the_way_out(line, place, words):
    mistake = _only(f"{PLACES}\n{line}\n")
    assert mistake.startswith(f"{place}: ")
    assert words in mistake


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("50", 'a speed in quotes, e.g. "50 MB/s"'),
        ("true", "a speed in quotes"),
        ('"50"', "a speed in quotes"),
        ('"50 MB"', "a speed in quotes"),
        ('"50 MB/min"', "a speed in quotes"),
        ('"-50 MB/s"', "a speed in quotes"),
        ('"1e3 MB/s"', "a speed in quotes"),
        ('"inf MB/s"', "a speed in quotes"),
        ('"٥٠ MB/s"', "a speed in quotes"),
        ('"fast"', "a speed in quotes"),
        ('"  "', "a speed in quotes"),
        ('"50 mb/s"', 'did you mean "50 MB/s"?'),
        ('"50 KB/s"', 'did you mean "50 kB/s"?'),
        ('"400 Mb/s"', 'for 400 megabits write "50 MB/s"'),
        ('"50 TB/s"', "one of kB, MB, GB, KiB, MiB, GiB"),
        ('"0 MB/s"', '"" for no limit'),
        ('"0.9 MB/s"', "at least 1 MB/s"),
        ('"999 kB/s"', "at least 1 MB/s"),
    ],
)
def test_a_limit_that_is_no_speed_is_told_with_how_to_write_one(limit, words):
    mistake = _only(PLACES + f"limit = {limit}\n")
    assert mistake.startswith("destinations[1].limit: ")
    assert words in mistake


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("/mnt/ssd/Photos", "one copy"),
        ("/mnt/ssd/./Photos/", "one copy"),
        ("/mnt/ssd/Photos/nas", "within one another"),
        ("/mnt/ssd", "within one another"),
        ("Photos", "whole path"),
        ("/mnt/nas/../ssd", "must not go up"),
        ("/", "root of the whole computer"),
        ("/mnt/a\\u001b[2J", "cannot be seen"),
        ("", "must not be empty"),
    ],
)
def test_roots_that_cannot_hold_a_second_copy_are_refused(root, words):
    mistake = _only(PLACES.replace("/mnt/nas/Photos", root))
    assert mistake.startswith("destinations[1].root: ")
    assert words in mistake
    assert "\x1b" not in mistake


def test_a_neighbour_whose_name_only_begins_alike_is_no_nested_root():
    assert parse(tomllib.loads(PLACES.replace("/mnt/nas/Photos", "/mnt/ssd/Photos-2"))).places()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_destinations_are_told_before_anything_is_copied(count):
    tables = "[[destinations]]" + PLACES.split("[[destinations]]")[1] if count else "destinations = []\n"
    assert "at least two are needed" in _only(tables)


def test_no_destinations_at_all_is_told_with_the_table_to_add():
    assert _only("") == "destinations: is missing: add [[destinations]]"


def test_one_table_where_a_list_of_tables_is_meant_is_told():
    assert "[[destinations]]" in _only('[destinations]\nname = "ssd"\n')


@pytest.mark.parametrize("name", ["", "   ", "-x", "b2", "cloud", "x" * 41, "a\\nb"])
def test_names_that_would_confuse_people_or_the_command_line_are_refused(name):
    assert _only(PLACES.replace('"nas"\nkind', f'"{name}"\nkind')).startswith("destinations[1].name: ")


@pytest.mark.parametrize("key", ["key", "application_key", "secret", "token", "password"])
def test_a_secret_in_the_file_is_refused_and_never_repeated(key):
    cloud = f'[cloud]\nkind = "b2"\nbucket = "my-archive"\n{key} = "K005hushhush"\n'
    mistake = _only(PLACES + cloud)
    assert "keychain" in mistake
    assert "hush" not in mistake


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bucket", "K005/hush+hush"), ("realm", "https://id:hush@b2.example"), ("prefix", "hush"),
        ("endpoint", "hush/hush"), ("region", "hush/hush"), ("path", "hush/hush"),
    ],
)  # fmt: skip
def test_a_secret_pasted_into_the_wrong_line_is_not_repeated(key, value):
    values: dict[str, Any] = {"kind": "b2", "bucket": "my-archive", key: value}
    with pytest.raises(ConfigError) as caught:
        parse(tomllib.loads(PLACES) | {"cloud": values})
    assert "hush" not in "".join((caught.value.message, caught.value.hint, *caught.value.mistakes))


@pytest.mark.parametrize("line", ['urls_from = "mailto://ann:hush@x"', 'urls = "hush"', 'desktop = "json://hush@x"'])
def test_an_address_for_notices_in_the_file_is_refused_and_never_repeated(line):
    mistake = _only(PLACES + f"[notices]\n{line}\n")
    assert mistake.startswith("notices.")
    assert "hush" not in mistake


def test_a_catalog_that_is_named_twice_is_told():
    catalog = '[[catalogs]]\nkind = "lightroom"\npath = "/a/Main.lrcat"\n'
    assert _only(PLACES + catalog * 2).startswith("catalogs[1].path: ")


def test_rules_without_end_are_refused():
    assert _only(PLACES + f"[cards]\nignore = {['*.tmp'] * 501}\n") == (
        "cards.ignore: holds 501, at most 500 are allowed"
    )


def test_a_key_that_is_a_word_of_the_program_is_a_mistake_like_any_other():
    assert _only(PLACES + "[gate]\nself = 2\n") == "gate.self: is not known"
