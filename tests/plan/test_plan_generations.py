"""Which backups of a ledger stay: decided from their names alone, with a reason for each."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.plan.generations import (
    DAYS,
    LARGE,
    NEWEST,
    Backup,
    CatalogSeries,
    LedgerSeries,
    Snapshot,
    backup_name,
    catalog_folder,
    is_due,
    kept,
    parse_backup,
    parse_snapshot,
    snapshot_name,
    station_word,
)

DAY = 86400.0
NOW = datetime(2025, 11, 14, 22, 10, tzinfo=UTC).timestamp()
TIMES = st.lists(st.floats(0, 3000 * DAY), max_size=60, unique=True)


def backups(ages):
    return [parse_backup(backup_name("studio-1", "0123abcd", NOW - age)) for age in ages]


@given(st.text(max_size=80), st.integers(0, 4_000_000_000_000))
def test_a_name_tells_its_station_its_ledger_and_its_time_and_no_file_system_refuses_it(station, milliseconds):
    name = backup_name(station, "0123abcd", milliseconds / 1000)
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| ')
    assert len(name) < 140
    found = parse_backup(name)
    assert (found.station, found.identity) == (station_word(station), "0123abcd")
    assert round(found.at * 1000) == milliseconds


@pytest.mark.parametrize(
    ("station", "word"),
    [
        ("Müller studio", "M-ller-studio"),
        ("..Büro 2/3-", "B-ro-2-3"),
        ("XXL", "XXL"),
        ("x" * 70, "x" * 64),
        ("写真館", "station"),
        ("", "station"),
    ],
)
def test_a_station_keeps_what_every_file_system_can_hold_of_its_name(station, word):
    assert station_word(station) == word


@pytest.fixture
def far_from_utc(monkeypatch):
    """A computer whose day begins thirteen hours before the day of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "NZDT-13")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_names_and_days_are_those_of_utc_in_whatever_zone_the_computer_is():
    name = backup_name("studio-1", "3f09c2aa", NOW + 3.25)
    assert name == "studio-1-3f09c2aa-20251114T221003.250Z.sqlite.gz"
    assert parse_backup(name) == Backup(name, "studio-1", "3f09c2aa", NOW + 3.25)
    *_, evening, morning = every = backups([*range(NEWEST), 5 * DAY, 5.5 * DAY])
    assert kept(every, NOW).keys() == {each.name for each in every} - {morning.name}
    assert kept(every, NOW)[evening.name] == "the newest of its day"


def test_a_series_has_a_word_of_its_own_among_those_of_its_folder():
    assert LedgerSeries("Büro", "0123abcd").word == "B-ro-0123abcd"
    assert CatalogSeries("Büro").word == "B-ro"


def test_names_of_other_files_are_no_backups():
    for name in ("destination.json", ".unfinished-studio-1-0123abcd-ff", "a-0123abcd-20251399T000000.000Z.sqlite.gz"):
        assert parse_backup(name) is None


@given(TIMES)
def test_the_newest_ten_stay_each_day_of_a_month_and_each_month_keep_their_newest(ages):
    every = backups(ages)
    stay = kept(every, NOW)
    newest_first = sorted(every, key=lambda each: -each.at)
    assert {each.name for each in newest_first[:NEWEST]} <= stay.keys()
    lately = [each for each in every if NOW - each.at < DAYS * DAY]
    for some, period in ((lately, "%Y-%m-%d"), (every, "%Y-%m")):
        groups = {}
        for each in some:
            groups.setdefault(datetime.fromtimestamp(each.at, UTC).strftime(period), []).append(each)
        for group in groups.values():
            assert max(each.at for each in group) in {each.at for each in group if each.name in stay}
    months = {datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m") for each in every}
    assert len(stay) <= NEWEST + DAYS + 1 + len(months)


@given(TIMES)
def test_what_was_let_go_is_not_missed_when_it_is_decided_again(ages):
    every = backups(ages)
    first = kept(every, NOW)
    assert kept([each for each in every if each.name in first], NOW).keys() == first.keys()


@given(TIMES, st.lists(st.floats(2, 1e8), max_size=15))
def test_backups_of_a_wrong_clock_stay_and_push_no_true_one_out(ages, ahead):
    true, future = backups(ages), backups([-age for age in ahead])
    stay = kept([*true, *future], NOW)
    assert {each.name for each in future} <= stay.keys()
    assert kept(true, NOW).items() <= stay.items()


def test_each_stays_for_a_reason_that_can_be_said():
    ages = [n * 60 for n in range(12)] + [5 * DAY, 100 * DAY, 101 * DAY]
    stay = kept(backups(ages), NOW)
    by_age = [stay.get(each.name, "") for each in backups(ages)]
    assert by_age == ["one of the newest 10"] * 10 + ["", ""] + [
        "the newest of its day", "the newest of its month", "",
    ]  # fmt: skip
    assert kept([Backup("x", "s", "i", NOW + 1)], NOW) == {"x": "one of the newest 10"}  # a name rounds its time
    assert kept([Backup("x", "s", "i", NOW + 2)], NOW) == {"x": "its time lies in the future"}


def test_the_newest_of_a_day_stays_for_less_than_the_month():
    *_, last, over = every = backups([*range(NEWEST), 30 * DAY, DAYS * DAY - 1, DAYS * DAY])
    assert kept(every[:-1], NOW)[last.name] == "the newest of its day"
    assert over.name not in kept([each for each in every if each is not last], NOW)


def test_a_small_ledger_is_backed_up_after_each_session_and_a_large_one_once_a_day():
    assert is_due(LARGE - 1, NOW, NOW)
    assert is_due(LARGE, None, NOW)
    assert not is_due(LARGE, NOW, NOW)
    assert not is_due(LARGE, NOW - DAY / 2, NOW)
    assert is_due(LARGE, NOW - DAY, NOW)
    assert is_due(LARGE, NOW + DAY, NOW)  # the clock was wrong, then or now


@given(st.text(max_size=80), st.integers(0, 4_000_000_000_000))
def test_the_name_of_a_snapshot_tells_its_station_and_its_time_and_is_no_backup_of_a_ledger(station, milliseconds):
    name = snapshot_name(station, milliseconds / 1000)
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| ')
    found = parse_snapshot(name)
    assert found.station == station_word(station)
    assert round(found.at * 1000) == milliseconds
    assert parse_backup(name) is None
    assert parse_snapshot(backup_name(station, "0123abcd", milliseconds / 1000)) is None


def test_the_name_of_a_snapshot_is_that_of_utc():
    name = snapshot_name("studio-1", NOW + 3.25)
    assert name == "studio-1-20251114T221003.250Z.tar.gz"
    assert parse_snapshot(name) == Snapshot(name, "studio-1", NOW + 3.25)
    assert parse_snapshot("studio-1-20251399T221003.250Z.tar.gz") is None
    assert parse_snapshot(".unfinished-studio-1-00ff") is None


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Main.lrcat", "Main-5be1a07c"),
        ("Müller & Söhne v13.lrcat", "M-ller-S-hne-v13-5be1a07c"),
        ("darktable", "darktable-5be1a07c"),
        ("写真.lrcat", "catalog-5be1a07c"),
        ("...", "catalog-5be1a07c"),
        ("a.b.lrcat", "a.b-5be1a07c"),
        ("-XX.X-.cocatalog", "XX.X-5be1a07c"),
        ("x" * 70, "x" * 64 + "-5be1a07c"),
    ],
)
def test_the_folder_of_a_catalog_is_called_by_what_every_file_system_can_hold_of_its_name(name, folder):
    assert catalog_folder(name, "5be1a07c") == folder


@given(TIMES, st.sampled_from(["studio-1", "Büro", "x"]))
def test_a_series_takes_no_file_of_another_for_its_own(ages, station):
    """What is not parsed is never looked at again, so that nothing but this series' own is ever removed."""
    ledger, catalog = LedgerSeries(station, "0123abcd"), CatalogSeries(station)
    for age in ages:
        ours, theirs = ledger.name(NOW - age), LedgerSeries(station, "ffffffff").name(NOW - age)
        assert ledger.parse(ours).name == ours
        assert ledger.parse(theirs) is None
        assert catalog.parse(ours) is None
        assert catalog.parse(catalog.name(NOW - age)).name == catalog.name(NOW - age)
        assert ledger.parse(catalog.name(NOW - age)) is None
    for other in ("notes.txt", f".unfinished-{catalog.word}-00ff", "Main.lrcat", f"{station}.tar.gz"):
        assert catalog.parse(other) is ledger.parse(other) is None


@given(TIMES)
def test_a_world_in_which_all_of_a_series_may_stay_loses_only_what_the_policy_lets_go(ages):
    """Day after day a generation is added and the rest let go: the newest and each month's newest are always there."""
    series, lying = CatalogSeries("studio-1"), {}
    for at in sorted(NOW - age for age in ages):
        new = series.parse(series.name(at))
        lying[new.name] = new
        stay = kept(lying.values(), at)
        assert new.name in stay
        assert all(stay.values())
        lying = {name: each for name, each in lying.items() if name in stay}
    months = {datetime.fromtimestamp(NOW - age, UTC).strftime("%Y-%m") for age in ages}
    assert {datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m") for each in lying.values()} == months
