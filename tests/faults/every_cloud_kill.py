"""Two hundred photographs and a long clip go to the bucket, four gigabytes, while the uploader is killed ten times.

Takes minutes: `make test-faults`. `test_faults_of_killed_uploads.py` has the same in small.
"""

import dataclasses
import resource

import pytest
from cloud_kills import FULL, killed_on_a_bad_line, killed_on_a_good_line, seed_of_the_day

pytestmark = pytest.mark.slow


def test_killed_ten_times_on_the_way_of_four_gigabytes_no_byte_beyond_what_was_on_the_line_goes_out_twice(tmp_path):
    """F116."""
    done = killed_on_a_good_line(tmp_path, dataclasses.replace(FULL, troubles=0), seed_of_the_day())
    print(f"\n{done.taken.bytes / 1e9:.2f} GB went out for {done.total / 1e9:.2f} GB; {_memory()}")


def test_killed_ten_times_on_a_line_that_cuts_delays_and_truncates_to_a_service_that_refuses_it_ends_the_same(tmp_path):
    """F116, F088, F091."""
    done = killed_on_a_bad_line(tmp_path, FULL, seed_of_the_day())
    print(f"\n{done.taken.bytes / 1e9:.2f} GB went out for {done.total / 1e9:.2f} GB; {_memory()}")
    print(f"{done.ended} runs ended early")


def _memory() -> str:
    who = {"the service": resource.RUSAGE_SELF, "the uploader": resource.RUSAGE_CHILDREN}
    return ", ".join(f"{name} held {resource.getrusage(one).ru_maxrss >> 10} MB at most" for name, one in who.items())
