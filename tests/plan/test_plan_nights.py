"""When a night was missed, and what its report says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model.nights import Night, Outcome, Step
from ingest.plan.nights import GRACE, missed, report, sentence

DAY = 86400.0
NOW = 1_790_000_000.0
DONE = Step("cloud", Outcome.DONE, "3 sent")
NOTHING = Step("drill", Outcome.NOTHING, "not due")
LATER = Step("verify", Outcome.LATER)
FAILED = Step("ledger", Outcome.FAILED, "no room", 13)


def night(*steps):
    return Night(NOW, NOW + 60, steps)


def test_a_night_in_its_time_is_none_missed():
    assert missed(NOW - GRACE, NOW - 30 * DAY, NOW) == 0


def test_a_night_a_second_too_long_ago_is_missed():
    assert missed(NOW - GRACE - 1, NOW - 30 * DAY, NOW) == 1


def test_nights_are_counted():
    assert missed(NOW - 4.5 * DAY, NOW - 30 * DAY, NOW) == 4


def test_nobody_waits_for_nights_that_were_never_installed():
    assert missed(None, None, NOW) == 0
    assert missed(NOW - 90 * DAY, None, NOW) == 0


def test_the_first_night_has_its_time_from_the_installation_on():
    assert missed(None, NOW - DAY, NOW) == 0
    assert missed(None, NOW - 3 * DAY, NOW) == 3
    assert missed(NOW - 90 * DAY, NOW - DAY, NOW) == 0


def test_a_night_of_the_future_hides_no_missed_one():
    assert missed(NOW + DAY, NOW - 3 * DAY, NOW) == 3
    assert missed(NOW, NOW - 3 * DAY, NOW) == 0


def test_an_installation_of_the_future_expects_nothing():
    assert missed(None, NOW + 1, NOW) == 0
    assert missed(NOW - 5 * DAY, NOW, NOW) == 0


@given(st.floats(0, 400 * DAY), st.floats(0, 400 * DAY))
def test_a_later_night_never_makes_more_missed_ones(first, second):
    early, late = sorted((NOW - first, NOW - second))
    assert missed(late, NOW - 500 * DAY, NOW) <= missed(early, NOW - 500 * DAY, NOW)


@pytest.fixture(autouse=True)
def _this_zone_again():
    yield
    time.tzset()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((DONE, NOTHING), "all is well"),
        ((DONE, LATER), "all is well; more is left of verify"),
        ((DONE, LATER, FAILED), "1 of 3 steps FAILED: ledger"),
        ((LATER, LATER), "all is well; more is left of verify, verify"),
        ((FAILED, FAILED), "2 of 2 steps FAILED: ledger, ledger"),
    ],
)
def test_the_sentence_of_a_night_says_what_matters(steps, words):
    assert sentence(night(*steps)) == words


def test_the_report_has_a_line_for_each_step_and_the_time_of_greenwich(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert report(night(DONE, LATER, FAILED), "studio-1") == (
        "Safelight, the night of 2026-09-21T14:13:20Z, station studio-1: 1 of 3 steps FAILED: ledger\n\n"
        "done           cloud: 3 sent\n"
        "later          verify\n"
        "FAILED         ledger: no room\n"
    )
