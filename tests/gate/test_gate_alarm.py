"""When so many files changed at once that a person must be asked."""

import pytest

from ingest.gate.alarm import is_alarming


@pytest.mark.parametrize(
    ("looked_at", "changed", "alarming"),
    [
        (10, 9, False),
        (10, 10, True),
        (100, 10, True),
        (101, 10, False),
        (1_000, 99, False),
        (1_000, 100, True),
        (0, 0, False),
    ],
)
def test_ten_files_that_are_a_tenth_of_all_raise_the_alarm_and_less_of_either_does_not(looked_at, changed, alarming):
    assert is_alarming(looked_at, changed) is alarming
