"""What lies in a bucket beside the photographs: its names, when the ledger goes, what looks like a key."""

import pytest

from ingest.plan.generations import LARGE
from ingest.plan.records import (
    README_TEXT,
    backup_is_due,
    chain_name,
    chain_number,
    holds_a_secret,
    parse_settings,
    settings_name,
)

HOUR = 3600.0
SMALL = 1 << 20
AT = 1_763_158_203.25  # 2025-11-14 22:10:03.250 UTC


@pytest.mark.parametrize(
    ("last", "mark", "now", "due"),
    [
        (None, "a", 0.0, True), (("a", 0.0), "a", 9 * HOUR, False), (("a", 0.0), "b", HOUR - 1, False),
        (("a", 0.0), "b", HOUR, True), (("a", 9 * HOUR), "b", 0.0, True), (("a", 5.0), "b", 5.0, False),
        (("a", 9 * HOUR), "a", 0.0, False), (("a", 9 * HOUR), "b", 9.5 * HOUR, False),
    ],
)  # fmt: skip
def test_a_backup_is_due_once_something_changed_and_an_hour_went_by_or_the_clock_went_back(last, mark, now, due):
    assert backup_is_due(SMALL, last, mark, now) is due


@pytest.mark.parametrize(("size", "due"), [(LARGE - 1, True), (LARGE, False)])
def test_a_large_ledger_goes_once_a_day(size, due):
    assert backup_is_due(size, ("a", 0.0), "b", 23 * HOUR) is due
    assert backup_is_due(size, ("a", 0.0), "b", 24 * HOUR)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("# K0041234567890abcdefghijklmnopq", True), ('# secret = "abcdefgh12"', True), ("# Password: abcdefgh", True),
        ("# 0041234567890ab0000000001", True), ("# K004abcd/efgh+ijk=", True), ("# password: abc", False),
        ("# Its key: B2_APPLICATION_KEY_ID, or the keychain.", False), ("# " + "a" * 30, False),
        ("# " + "7" * 30, False),
        ('root = "/media/ann/9C33-6BBD/Photos 2025/Meyer-wedding-in-the-mountains"', False),
        ('realm = "https://s3.us-west-004.backblazeb2.com"', False),
    ],
)  # fmt: skip
def test_a_key_in_the_settings_is_seen_and_a_path_is_none(text, is_one):
    assert holds_a_secret(f'station = "studio-1"\n{text}\n') is is_one


def test_settings_are_called_as_the_ledgers_backups_are_and_told_apart_from_them():
    name = settings_name("Müller studio", "3f09c2aa", AT)
    assert name == "M-ller-studio-3f09c2aa-20251114T221003.250Z.toml"
    found = parse_settings(name)
    assert found is not None
    assert (found.name, found.station, found.identity, found.at) == (name, "M-ller-studio", "3f09c2aa", AT)
    for other in ("config.toml", name + ".gz", name.replace(".toml", ".sqlite.gz"), name.replace("3f09c2aa", "x")):
        assert parse_settings(other) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (b"ascmhl_chain.xml", 0), (b"ascmhl_chain.0002.xml", 2), (b"ascmhl_chain.12345.xml", 12345),
        (b"ascmhl_chain.2.xml", None), (b"ascmhl_chain.xml~", None), (b"0001_a.mhl", None),
        (b"ascmhl_chain..xml", None),
    ],
)  # fmt: skip
def test_a_list_of_manifests_tells_by_its_name_how_long_it_is(name, number):
    assert chain_number(name) == number


def test_a_longer_lists_name_is_read_as_what_it_was_made_of():
    assert chain_name(7) == b"ascmhl_chain.0007.xml"
    assert [chain_number(chain_name(count)) for count in (1, 9999, 10000)] == [1, 9999, 10000]


def test_the_word_for_people_is_plain_text_that_names_each_place():
    assert README_TEXT.isascii()
    assert max(map(len, README_TEXT.splitlines())) <= 120
    for word in ("ascmhl", "catalogs/", ".safelight/ledger/", ".safelight/settings/", "rclone", "safelight recover"):
        assert word in README_TEXT
