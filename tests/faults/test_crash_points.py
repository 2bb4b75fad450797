"""A session is killed, or refused, at one system call of every third kind: no lie, and the same command goes on.

`every_crash_point.py` takes them all.
"""

import errno

import pytest
from crash_desk import break_at_one_of_every_third_kind, changes, changes_or_flushes, goes_on, is_honest
from syscalls import BARRIERS, CHANGES, OPENS, Warden, can_hold_calls

pytestmark = [
    pytest.mark.skipif(not can_hold_calls(), reason="needs Linux on x86_64 with seccomp's user notification"),
    pytest.mark.slow,
    pytest.mark.usefixtures("no_parsers"),
]


def test_killed_before_a_call_that_changes_a_disk_it_goes_on_as_if_nothing_had_happened(tmp_path):
    """F001. F003. F004. F005."""
    break_at_one_of_every_third_kind(tmp_path, CHANGES | OPENS, changes, Warden.END, goes_on)


def test_whichever_call_that_changes_or_flushes_fails_nothing_false_is_said_and_the_next_run_mends_it(tmp_path):
    """F016. F017. F019. F048. F049."""
    break_at_one_of_every_third_kind(tmp_path, CHANGES | OPENS | BARRIERS, changes_or_flushes, errno.EIO, is_honest)
