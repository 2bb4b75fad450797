"""Whose turn it is: from a rotation in which all is well, with one thing wrong at a time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model.drives import Advice, Drive
from ingest.plan.rotation import words

DAY = 86400.0
NOW = 1000 * DAY
LIMITS = {"home_days": 30, "stale_days": 60}


def drive(name="drive-a", *, here=False, since=1.0, current=1.0, lacks=0, known=True):
    """since, current: days ago, None for never."""
    at = [None if days is None else NOW - days * DAY for days in (since, current)]
    return Drive(name, known, here, at[0], at[1], NOW, lacks)


def said(*drives, **limits):
    return [(word.advice, word.drive, word.text) for word in words(drives, NOW, **{**LIMITS, **limits})]


@st.composite
def rotations(draw):
    """One to three drives of which at least one is away, none too long here or too old."""
    count = draw(st.integers(1, 3))
    here = draw(st.lists(st.booleans(), min_size=count, max_size=count).filter(lambda each: not all(each)))
    return [
        drive(f"drive-{n}", here=is_here, since=draw(st.floats(0, 29.9)), current=draw(st.floats(0, 59.9)))
        for n, is_here in enumerate(here)
    ]


@given(rotations())
def test_where_all_is_well_nothing_is_said(rotation):
    assert said(*rotation) == []


@given(rotations(), st.data())
def test_a_drive_that_is_at_home_for_too_long_is_to_be_taken_away(rotation, data):
    days = data.draw(st.integers(30, 400))
    late = drive("late", here=True, since=days + 0.5, current=0)
    assert said(*rotation, late) == [(Advice.TAKE_AWAY, "late", f"late has been at home for {days} days: take it away")]


@given(rotations(), st.data())
def test_an_old_drive_that_is_away_is_to_be_brought_home(rotation, data):
    days = data.draw(st.integers(60, 400))
    old = drive("old", current=days + 0.5)
    text = f"old was not brought up to date for {days} days: bring it home"
    assert said(*rotation, old) == [(Advice.BRING, "old", text)]


@given(rotations())
def test_an_old_drive_that_is_here_is_to_be_brought_up_to_date(rotation):
    old = drive("old", here=True, current=61.5)
    text = "old was not brought up to date for 61 days: safelight drive update old"
    assert said(*rotation, old) == [(Advice.UPDATE, "old", text)]
    behind = drive("behind", here=True, lacks=1312)
    text = "behind lacks 1,312 files: safelight drive update behind"
    assert said(*rotation, behind) == [(Advice.UPDATE, "behind", text)]
    one = said(*rotation, replace(behind, lacks=1))
    assert one == [(Advice.UPDATE, "behind", "behind lacks 1 file: safelight drive update behind")]


def test_what_an_away_drive_lacks_is_no_news_until_it_is_old():
    assert said(drive(lacks=99)) == []


def test_one_that_never_had_everything_is_to_come_home():
    text = "drive-a was never brought up to date: bring it home"
    assert said(drive(current=None)) == [(Advice.BRING, "drive-a", text)]
    assert said(drive(here=True, current=None), drive("b")) == []  # it lacks nothing


def test_a_drive_that_was_never_added_is_told_and_is_in_no_rotation():
    new = drive("new", here=False, since=None, current=None, known=False)
    text = "new was never added: plug it in, then: safelight drive add new"
    assert said(new) == [(Advice.ADD, "new", text)]
    assert said(replace(new, is_here=True, lacks=3, since=0.0)) == [(Advice.ADD, "new", text)]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["a"], "a is at home: no drive is off-site"),
        (["a", "b"], "a and b are at home: no drive is off-site"),
        (["a", "b", "c"], "a, b and c are at home: no drive is off-site"),
    ],
)
def test_where_every_drive_is_at_home_nothing_is_off_site(names, text):
    assert said(*(drive(name, here=True) for name in names)) == [(Advice.NOTHING_AWAY, "", text)]
    unknown = drive("new", known=False)
    assert said(*(drive(name, here=True) for name in names), unknown)[-1] == (Advice.NOTHING_AWAY, "", text)


def test_nothing_is_said_of_a_rotation_without_drives():
    assert said() == []


def test_the_limits_are_whole_days_of_the_settings():
    assert said(drive(here=True, since=29.99), drive("b")) == []
    assert said(drive(here=True, since=30), drive("b"))[0][0] is Advice.TAKE_AWAY
    assert said(drive(here=True, since=2), drive("b"), home_days=2)[0][0] is Advice.TAKE_AWAY
    assert said(drive(here=False, since=9, current=0), home_days=1) == []
    assert said(drive(here=True, since=None, current=0), drive("b"), home_days=1) == []
    assert said(drive(here=True, current=None), drive("b", current=0), stale_days=1) == []
    assert said(drive(here=True, current=60), drive("b"))[0][0] is Advice.UPDATE
    assert said(drive(here=True, current=59.99), drive("b")) == []
    assert said(drive(current=60))[0][0] is Advice.BRING
    assert said(drive(current=59.99)) == []
    assert said(drive(here=True, since=None), drive("b")) == []


def test_a_time_in_the_future_says_nothing():
    assert said(drive(here=True, since=-5, current=-5), drive("b", current=-99)) == []
