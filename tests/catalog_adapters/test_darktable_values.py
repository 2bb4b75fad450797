"""Single values of a darktable library; whatever a cell holds, nothing is raised."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_adapters.darktable_values import Judged, capture_time, color_name, instant, judged
from catalog_adapters.values import Notes, whole

CELLS = st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.binary(), st.just("2014:05:06 07:08:09"))


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (63_885_542_310_400_000, "2025-06-14T23:58:30.400000"),
        (1, "0001-01-01T00:00:00.000001"),
        ("2014:05:06 07:08:09", "2014-05-06T07:08:09"),
        ("2014:05:06 07:08:09.5", "2014-05-06T07:08:09.500000"),
        ("2014:15:06 07:08:09", None),
        ("0000:00:00 00:00:00", None),
        (0, None),
        (-1, None),
        (2**63 - 1, None),
        (1.5, None),
        (None, None),
    ],
)
def test_capture_times_in_every_form(stored: object, expected: str | None) -> None:
    assert capture_time(stored) == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (63_931_468_795_634_114, 1_795_871_995.634114),
        (1_795_872_001, 1_795_872_001.0),
        (-1, None),
        (0, None),
        ("x", None),
    ],
)
def test_darktables_own_times_have_two_units(stored: object, expected: float | None) -> None:
    assert instant(stored) == expected


@pytest.mark.parametrize(
    ("flags", "rating", "pick"), [(0, None, 0), (5, 5, 0), (14, None, -1), (11, 3, -1), (6, None, -1), (7, None, 0)]
)
def test_stars_and_reject_are_bits_of_one_number(flags: int, rating: int | None, pick: int) -> None:
    assert judged(flags | 1024, Notes()) == Judged(rating, pick)


def test_colours_have_darktables_order() -> None:
    names = [color_name(color) for color in range(6)]
    assert names == ["red", "yellow", "green", "blue", "purple", None]


@given(CELLS)
def test_whatever_a_cell_holds_nothing_is_raised(cell: object) -> None:
    moment = capture_time(cell)
    assert moment is None or moment.tzinfo is None
    assert instant(cell) is None or (instant(cell) or 0) > -1e11
    assert color_name(cell) in ("red", "yellow", "green", "blue", "purple", None)
    assert judged(whole(cell), Notes()).rating in (None, 1, 2, 3, 4, 5)
