"""The uploader is killed at random moments; `every_cloud_kill.py` does it with four gigabytes."""

import dataclasses

from cloud_kills import SMALL, killed_on_a_bad_line, killed_on_a_good_line, seed_of_the_day


def test_killed_at_random_moments_no_byte_beyond_what_was_on_the_line_goes_out_twice(tmp_path):
    """F116."""
    killed_on_a_good_line(tmp_path, dataclasses.replace(SMALL, troubles=0), seed_of_the_day())


def test_killed_on_a_line_that_cuts_delays_and_truncates_to_a_service_that_refuses_it_ends_the_same(tmp_path):
    """F116, F088, F091."""
    killed_on_a_bad_line(tmp_path, SMALL, seed_of_the_day())
