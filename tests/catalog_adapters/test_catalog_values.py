"""Single values: clocks, numbers, names, trees; whatever a cell holds, nothing is raised."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_adapters.capture_one_values import Settings, color_name, keyword_names, settings_from, wall_clock
from catalog_adapters.lightroom_values import capture_time, instant, label_color, major_version, version_name
from catalog_adapters.trees import Node, lineages, name_path
from catalog_adapters.values import Notes, is_false, number, text, whole

CELLS = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.sampled_from(["2025-01-31T07:06:40", "4", "1e999"]),
)


@pytest.mark.parametrize(
    ("stored", "expected", "utc"),
    [
        ("2025-01-31T07:06:40", datetime.fromisoformat("2025-01-31T07:06:40"), False),
        ("2025-01-31T07:06:40.4", datetime.fromisoformat("2025-01-31T07:06:40.400000"), False),
        ("2025-01-31T07:06:40.42", datetime.fromisoformat("2025-01-31T07:06:40.420000"), False),
        ("2025-01-31T07:06:40.123456", datetime.fromisoformat("2025-01-31T07:06:40.123456"), False),
        ("2025-01-31T07:06:40+00:00", datetime.fromisoformat("2025-01-31T07:06:40"), True),
        ("2025-01-31T07:06:40.5Z", datetime.fromisoformat("2025-01-31T07:06:40.500000"), True),
        ("2025-01-31T07:06:40+02:00", datetime.fromisoformat("2025-01-31T07:06:40"), False),
        ("2025-01-31T07:06", datetime.fromisoformat("2025-01-31T07:06:00"), False),
        ("2025", None, False),
        ("2025-01", None, False),
        ("2025-02-30T07:06:40", None, False),
        ("0000-00-00T00:00:00", None, False),
        ("", None, False),
        (None, None, False),
        (760000000.0, None, False),
    ],
)
def test_capture_times_in_every_form(stored: object, expected: datetime | None, utc: bool) -> None:
    assert capture_time(stored) == (expected, utc)


@pytest.mark.parametrize(
    ("stored", "expected"), [(0.5, 978_307_200.5), (-63_113_817_600.0, None), (0, None), (None, None), ("x", None)]
)
def test_lightrooms_instants_count_from_2001(stored: object, expected: float | None) -> None:
    assert instant(stored) == expected


def test_versions_are_named_for_people() -> None:
    assert version_name("0600008", "") == "Lightroom 6 (0600008)"
    assert version_name("1200001", "15.4.0") == "Lightroom Classic 12 (1200001, Camera Raw 15.4.0)"
    assert version_name("", "") == "Lightroom of unknown version (none given)"
    assert [major_version(text) for text in ("0200022", "1504001", "15", "150400١")] == [2, 15, None, None]


@pytest.mark.parametrize(
    ("stored", "names"),
    [
        ("marta||0,oslo||1", ("marta", "oslo")),
        ("oslo||1,marta||0", ("marta", "oslo")),
        ("a||b||0", ("a||b",)),
        ("plain", ("plain",)),
        ("one||x,two||1", ("one||x", "two")),
        (",,||0, ||1", ()),
        ("twice||0,twice||1", ("twice",)),
        ("old;style||0", ("old;style",)),
        ("", ()),
    ],
)
def test_keyword_texts_of_capture_one(stored: str, names: tuple[str, ...]) -> None:
    assert keyword_names(stored) == names


def test_capture_ones_capture_time_is_the_cameras_wall_clock() -> None:
    assert wall_clock(1738307200.0) == datetime.fromisoformat("2025-01-31T07:06:40")
    assert [wall_clock(value) for value in (None, 0, 1e18, "x")] == [None] * 4


def test_colour_tags_have_the_names_capture_one_writes() -> None:
    names = [color_name(tag) for tag in (None, *range(8))]
    assert names == [None, None, "Red", "Orange", "Yellow", "Green", "Blue", "Pink", "Purple"]


def test_adjustments_stand_over_defaults_field_by_field() -> None:
    assert Settings(rating=0, color=None).over(Settings(3, 2, "a||0")) == Settings(0, 2, "a||0")


@given(CELLS)
def test_whatever_a_cell_holds_nothing_is_raised(cell: object) -> None:
    notes = Notes()
    moment, _ = capture_time(cell)
    assert moment is None or moment.tzinfo is None
    assert label_color(text(cell)) in (None, "red", "yellow", "green", "blue", "purple")
    settings = settings_from(cell, cell, cell, notes)
    assert settings.rating in (None, 0, 1, 2, 3, 4, 5)
    assert isinstance(keyword_names(settings.keywords or ""), tuple)
    assert number(cell) is None or abs(number(cell) or 0) < float("inf")
    assert whole(cell) is None or isinstance(whole(cell), int)
    assert is_false(cell) in (True, False)
    assert len(text(cell)) <= 1000
    for value in (instant(cell), wall_clock(cell)):
        assert value is None or value == value


@given(st.dictionaries(st.integers(0, 30), st.tuples(st.sampled_from(["", "a", "b"]), st.none() | st.integers(-1, 31))))
def test_every_tree_ends_and_every_line_ends_in_its_own_node(rows: dict[int, tuple[str, int | None]]) -> None:
    nodes = {key: Node(name, parent) for key, (name, parent) in rows.items()}
    lines, _ = lineages(nodes)
    assert lines.keys() == nodes.keys()
    for key, line in lines.items():
        assert line[-1] == key
        assert len(set(line)) == len(line)
        for above, below in pairwise(line):
            assert nodes[below].parent == above
        assert all(name_path(line, nodes))


def test_a_tree_of_a_hundred_thousand_steps_is_cut() -> None:
    nodes = {key: Node("n", key - 1) for key in range(100_000)}
    lines, cut = lineages(dict(reversed(nodes.items())))
    assert cut > 0
    assert max(len(line) for line in lines.values()) == 64
