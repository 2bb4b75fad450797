"""A sync is broken at a call of every kind. Takes minutes: `make test-faults`; `make test` takes every third."""

import errno

import pytest
from syscalls import Warden
from test_faults_of_edits import broken_at_each_kind, edited

__all__ = ["edited"]


@pytest.fixture(autouse=True)
def _each(monkeypatch):
    monkeypatch.setenv("SAFELIGHT_EACH", "1")


def test_a_sync_that_is_killed_before_every_kind_of_call_loses_no_version_and_goes_on(edited):
    """F114."""
    assert broken_at_each_kind(edited, Warden.END) > 25


def test_whichever_kind_of_call_of_a_sync_fails_no_version_is_lost_and_the_next_one_mends_it(edited):
    """F115."""
    assert broken_at_each_kind(edited, errno.EIO) > 25
