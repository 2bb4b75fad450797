"""Which frames of a camera were never seen here: a question worth asking, and never one too many."""

from datetime import datetime, timedelta

import pytest

from ingest.plan.gaps import LOOK_AROUND, Camera, Frame, Gap, find_gaps, frame_number, name_of, sentences, windows

R5 = Camera("Canon", "Canon EOS R5", "012345")
TWIN = Camera("Canon", "Canon EOS R5", "099999")
NOON = datetime.fromisoformat("2025-06-14T12:00:00")


def frames(*numbers, camera=R5, begin=NOON, step=60):
    """One frame a minute, in this order."""
    return [Frame(camera, begin + timedelta(seconds=step * n), number) for n, number in enumerate(numbers)]


def ranges(own, seen=(), numbers=frozenset()):
    return [(gap.first, gap.last) for gap in find_gaps(own, seen, numbers)]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (b"DCIM/100CANON/IMG_4127.CR3", 4127),
        (b"DCIM/100CANON/_MG_0001.JPG", 1),
        (b"DCIM/102NCZ_6/DSC_9999.NEF", 9999),
        (b"DCIM/100MSDCF/DSC00042.ARW", 42),
        (b"DCIM/100OLYMP/P1010007.ORF", 7),
        (b"DCIM/100CANON/img_0003.jpg", 3),
        (b"DCIM/100CANON/IMG_0000.JPG", 0),
        (b"DCIM/100CANON/IMG_E4127.JPG", 0),
        (b"PRIVATE/M4ROOT/CLIP/C0001.MP4", 0),
        (b"notes 2025.txt", 0),
    ],
)
def test_the_number_is_read_from_names_that_dcf_makes_and_from_no_others(name, number):
    assert frame_number(name) == number


def test_frames_missing_between_two_cards_of_one_job_are_asked_for():
    seen = frames(*range(4100, 4127), begin=NOON - timedelta(hours=3))
    assert find_gaps(frames(*range(4181, 4200)), seen) == (Gap(R5, 4127, 4180, 54),)
    assert sentences(find_gaps(frames(*range(4181, 4200)), seen)) == [
        "frames 4127-4180 of this camera (Canon EOS R5 012345) were never seen here: is there another card?"
    ]


def test_the_card_that_closes_a_gap_ends_the_question_for_both_its_neighbours():
    first = frames(*range(4100, 4127), begin=NOON - timedelta(hours=6))
    between = frames(*range(4127, 4181), begin=NOON - timedelta(hours=3))
    last = frames(*range(4181, 4200))
    assert ranges(first, last) == ranges(last, first) == [(4127, 4180)]
    assert ranges(last, [*first, *between]) == ranges(first, [*last, *between]) == ranges(between, first + last) == []


def test_a_few_frames_deleted_in_the_camera_are_nothing_to_ask_about_and_five_in_a_row_are():
    assert ranges(frames(10, 12, 15, 19, 24)) == []
    assert ranges(frames(10, 16)) == [(11, 15)]


def test_after_9999_comes_0001_and_a_gap_may_lie_across_it():
    assert ranges(frames(9997, 9998, 9999, 1, 2)) == []
    [gap] = find_gaps(frames(9994, 9995, 4, 5), ())
    assert (gap.first, gap.last, gap.count) == (9996, 3, 7)
    assert "frames 9996-0003 of" in sentences([gap])[0]


@pytest.mark.parametrize("numbers", [(4300, 1, 2), (8000, 1), (100, 5200, 5201), (4300, 4300), (500, 20, 21)])
def test_a_counter_that_was_reset_or_took_over_another_cards_number_left_no_gap(numbers):
    assert ranges(frames(*numbers)) == []


@pytest.mark.parametrize(
    ("numbers", "gap"),
    [((100, 5100), (101, 5099)), ((100, 5101), None), ((9000, 1), (9001, 9999)), ((9000, 2), None)],
)
def test_a_counter_runs_on_over_4999_frames_and_over_999_where_it_begins_anew(numbers, gap):
    assert ranges(frames(*numbers)) == ([gap] if gap else [])


def test_a_raw_with_its_jpeg_is_one_frame_and_a_clip_between_pictures_is_seen():
    pairs = [frame for frame in frames(10, 11, 20) for _ in range(2)]
    assert ranges(pairs) == [(12, 19)]
    assert ranges(pairs, numbers=set(range(12, 18))) == []


def test_two_bodies_of_one_model_are_told_apart_by_their_serial_numbers_alone():
    mixed = [*frames(100, 101, 102), *frames(900, 901, 902, camera=TWIN, begin=NOON + timedelta(seconds=30))]
    assert ranges(mixed) == []
    assert ranges(frames(100, 900), frames(*range(101, 900), camera=TWIN, step=0.1)) == [(101, 899)]
    assert ranges(frames(100, 900, camera=Camera("Canon", "Canon EOS R5", ""))) == []


def test_of_a_camera_that_was_never_seen_before_only_gaps_within_a_day_are_told():
    days = [*frames(10, 11), *frames(400, 401, begin=NOON + timedelta(days=1))]
    assert ranges(days) == []
    assert ranges(days, days) == []  # its own frames, as the ledger has them by now, are no others
    assert ranges(days, frames(9, begin=NOON - timedelta(hours=1))) == [(12, 399)]


def test_what_a_camera_took_a_month_ago_belongs_to_another_job():
    assert ranges(frames(400, 401), frames(10, 11, begin=NOON - timedelta(days=30))) == []
    assert ranges(frames(400, 401), frames(10, begin=NOON - LOOK_AROUND)) == [(11, 399)]
    assert ranges(frames(400, 401), frames(10, begin=NOON - LOOK_AROUND - timedelta(seconds=1))) == []


def test_gaps_before_and_behind_the_neighbours_of_this_card_are_not_its_business():
    earlier = frames(10, 50, 99, begin=NOON - timedelta(hours=5))
    later = frames(103, 200, begin=NOON + timedelta(hours=5))
    assert ranges(frames(100, 101, 102), earlier + later) == []


def test_a_clock_that_was_set_back_in_the_middle_of_a_job_makes_no_gap():
    before = frames(*range(4000, 4127))
    behind = frames(*range(4127, 4200), begin=NOON - timedelta(minutes=30), step=77)
    assert ranges(before + behind) == []


def test_a_burst_within_one_second_across_the_rollover_makes_no_gap():
    assert ranges(frames(9996, 9997, 9998, 9999, 1, 2, 3, step=0)) == []


def test_only_the_first_ranges_are_named_and_the_rest_is_counted():
    gaps = find_gaps(frames(*range(0, 90, 10)[1:]), ())
    assert "0011-0019, 0021-0029, 0031-0039, 0041-0049, 0051-0059 and 18 more of this camera" in sentences(gaps)[0]


def test_names_that_jump_without_end_are_no_counter_and_cost_no_time():
    assert ranges(frames(*[n for _ in range(3000) for n in (1, 400)], step=1)) == []


def test_a_counter_may_jump_a_thousand_times_and_no_more():
    assert len(ranges(frames(*range(1, 6002, 6), step=10))) == 1000
    assert ranges(frames(*range(1, 6008, 6), step=10)) == []


@pytest.mark.parametrize("numbers", [range(1, 5012, 5), (9997, 2) * 1001])
def test_a_few_frames_deleted_very_often_are_no_jumps(numbers):
    last = numbers[-1]
    assert ranges(frames(*numbers, last + 6, step=10)) == [(last + 1, last + 5)]


def test_a_camera_is_named_once_and_shown_harmless():
    assert name_of(Camera("NIKON CORPORATION", "NIKON Z 6", "6001")) == "NIKON Z 6 6001"
    assert name_of(Camera("SONY", "ILCE-7M4", "1")) == "SONY ILCE-7M4 1"
    assert "\x1b" not in name_of(Camera("", "R5\x1b[2J", "1"))


def test_what_has_to_be_known_of_a_camera_is_a_week_around_its_frames():
    moments = (NOON, NOON + 2 * LOOK_AROUND)
    behind = (moments[1] + 2 * LOOK_AROUND + timedelta(seconds=1), moments[1] + 3 * LOOK_AROUND)
    own = [*(Frame(R5, at, 1) for at in (*moments, *behind)), Frame(TWIN, NOON, 1)]
    assert windows(reversed(own)) == (
        ("099999", NOON - LOOK_AROUND, NOON + LOOK_AROUND),
        ("012345", moments[0] - LOOK_AROUND, moments[1] + LOOK_AROUND),
        ("012345", behind[0] - LOOK_AROUND, behind[1] + LOOK_AROUND),
    )


def test_a_clock_without_a_battery_asks_for_its_own_year_and_not_for_all_that_lies_between():
    own = [
        *frames(1, begin=datetime.fromisoformat("1980-01-01")),
        *frames(2, 3),
        *frames(4, begin=datetime.fromisoformat("0001-01-01")),
    ]
    spans = windows(own)
    assert [(begin.year, end.year) for _, begin, end in spans] == [(1, 1), (1979, 1980), (2025, 2025)]
    assert {serial for serial, _, _ in spans} == {"012345"}
    many = windows(frames(*range(1, 200), step=30 * 86400))
    assert (len(many), many[-1][2]) == (64, NOON + timedelta(days=198 * 30) + LOOK_AROUND)
