"""A session is killed, or refused, at each of its system calls in turn. Takes minutes: `make test-faults`.

Before every call that changes a disk it is killed, always. What else is broken begins at a random point, so that
several runs see all of it: every fourth call that changes or flushes fails, every sixth finds the disk full, of all
calls together, the others among them between which no disk changes, every sixteenth fails and it is killed before
every twenty-fourth. SAFELIGHT_EACH=1: each.
"""

import errno

import pytest
from crash_desk import any_call, break_at_each, break_at_every, changes, changes_or_flushes, goes_on, is_honest
from syscalls import ALL, BARRIERS, CHANGES, OPENS, Warden

pytestmark = pytest.mark.usefixtures("no_parsers")


def test_killed_before_each_call_that_changes_a_disk_it_goes_on_as_if_nothing_had_happened(tmp_path):
    break_at_each(tmp_path, CHANGES | OPENS, changes, Warden.END, goes_on)


def test_killed_before_any_call_at_all_it_goes_on_as_if_nothing_had_happened(tmp_path):
    break_at_every(24, tmp_path, ALL, any_call, Warden.END, goes_on)


def test_whichever_call_that_changes_or_flushes_a_disk_fails_nothing_false_is_said_and_the_next_run_mends_it(tmp_path):
    break_at_every(4, tmp_path, CHANGES | OPENS | BARRIERS, changes_or_flushes, errno.EIO, is_honest)


def test_whichever_call_fails_nothing_false_is_said_and_the_next_run_mends_it(tmp_path):
    break_at_every(16, tmp_path, ALL, any_call, errno.EIO, is_honest)


def test_whichever_call_finds_the_disk_full_nothing_false_is_said_and_the_next_run_mends_it(tmp_path):
    break_at_every(6, tmp_path, CHANGES | OPENS | BARRIERS, changes_or_flushes, errno.ENOSPC, is_honest)
