"""The clock of a card: clips and stills of one evening on one clock."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import EVENING, captures, card_file, entries, nanoseconds, shot, untimed, wall

from ingest.model.cards import CameraObject, Capture, CardFile
from ingest.plan.clock import ObjectTime, card_clock, file_time

STILL, CLIP = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/MVI_0002.MP4"
BEGUN = wall("2026-03-14 22:30")
MIDNIGHT_CLIP = Capture(BEGUN, "quicktime mvhd", is_utc=True)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def clip_time(files: list[CardFile], told: dict[bytes, Capture], path: bytes = CLIP) -> ObjectTime:
    (file,) = [file for file in files if file.path == path]
    return card_clock(files, told).of(CameraObject("k", (file,)), told)


def test_a_utc_clip_takes_the_zone_that_the_stills_of_its_card_tell() -> None:
    files = [card_file(STILL), card_file(CLIP)]
    time = clip_time(files, {STILL: shot(offset_minutes=120), CLIP: MIDNIGHT_CLIP})
    assert time.local == wall("2026-03-15 00:30")
    assert time.source == "quicktime mvhd, zone +02:00 as this card's stills"


def test_the_zone_told_nearest_in_time_counts_when_the_camera_travelled() -> None:
    far = b"DCIM/100CANON/IMG_0009.CR3"
    told = {
        far: shot(wall("2026-03-01 12:00"), offset_minutes=-300),
        STILL: shot(wall("2026-03-14 23:00"), offset_minutes=60),
        CLIP: MIDNIGHT_CLIP,
    }
    files = [card_file(path) for path in told]
    assert clip_time(files, told).local == wall("2026-03-14 23:30")


@pytest.mark.parametrize("length", [timedelta(), timedelta(seconds=50), timedelta(minutes=14)])
@pytest.mark.parametrize("file_clock", [timedelta(), timedelta(hours=-2), timedelta(hours=1)])
def test_without_any_offset_the_file_times_of_the_card_tell_the_zone(file_clock: timedelta, length: timedelta) -> None:
    """Whatever zone the system reads FAT times in, stills and clips are off by the same."""
    closed = wall("2026-03-15 00:29:58") + length + file_clock  # two hours ahead of UTC, in the 2 s steps of FAT
    files = [card_file(STILL, at=EVENING + file_clock), card_file(CLIP, at=closed)]
    time = clip_time(files, {STILL: shot(), CLIP: MIDNIGHT_CLIP})
    assert time.local == wall("2026-03-15 00:30")
    assert time.source == "quicktime mvhd, zone +02:00 by this card's file times"


def test_file_times_of_a_copied_folder_are_not_believed() -> None:
    others = [b"DCIM/100CANON/IMG_%04d.CR3" % n for n in range(3)]
    told = {path: shot(EVENING + timedelta(hours=n)) for n, path in enumerate(others)} | {CLIP: MIDNIGHT_CLIP}
    files = [card_file(path, at=wall("2026-03-14 22:00")) for path in told]
    time = clip_time(files, told)
    assert time.local == MIDNIGHT_CLIP.local
    assert "zone unknown" in time.source


def test_a_clip_with_a_zone_of_its_own_needs_no_stills() -> None:
    told = {CLIP: Capture(MIDNIGHT_CLIP.local, "quicktime mvhd", offset_minutes=-330, is_utc=True)}
    assert clip_time([card_file(CLIP)], told).local == wall("2026-03-14 17:00")


def test_an_object_was_taken_at_its_earliest_capture_and_file_times_do_not_compete() -> None:
    files = tuple(card_file(STILL[:-3] + ext, at=wall("1980-01-01")) for ext in (b"CR3", b"JPG", b"WAV"))
    told = {
        files[0].path: shot(EVENING, model="Canon EOS R5", serial="7"),
        files[1].path: shot(EVENING - timedelta(seconds=1)),
        files[2].path: Capture(wall("1980-01-01"), "mtime"),
    }
    time = card_clock(files, told).of(CameraObject("k", files), told)
    assert time == ObjectTime(EVENING - timedelta(seconds=1), "exif", True, "7", "Canon EOS R5")


def test_a_still_tells_the_time_of_an_object_whose_clip_has_no_known_zone() -> None:
    files = tuple(card_file(b"DCIM/100APPLE/IMG_0001" + ext, at=wall("1980-01-01")) for ext in (b".HEIC", b".MOV"))
    told = {files[0].path: shot(), files[1].path: Capture(EVENING - timedelta(hours=2), "quicktime mvhd", is_utc=True)}
    assert card_clock(files, told).of(CameraObject("k", files), told).local == EVENING


def test_an_undated_file_has_its_file_time_on_the_clock_of_the_stills() -> None:
    files = [card_file(STILL, at=EVENING + timedelta(hours=-1)), card_file(CLIP, at=EVENING)]
    time = clip_time(files, {STILL: shot()})
    assert (time.local, time.source, time.dated) == (EVENING + timedelta(hours=1), "mtime", False)


def test_a_date_without_a_time_stays_on_its_day() -> None:
    told = {CLIP: Capture(wall("2026-03-14"), "riff day only")}
    assert clip_time([card_file(CLIP)], told).local == wall("2026-03-14 12:00")


@untimed
@given(st.dictionaries(entries, captures, min_size=1, max_size=6))
def test_no_time_however_odd_is_too_much(told: dict[CardFile, Capture]) -> None:
    by_path = {file.path: capture for file, capture in told.items()}
    time = card_clock(told, by_path).of(CameraObject("k", tuple(told)), by_path)
    assert time.local.tzinfo is None
    assert time.dated == any(capture.source != "mtime" for capture in by_path.values())


def stills(*ahead: timedelta) -> dict[CardFile, Capture]:
    """Pictures of one evening, whose file times run ahead of their own clock by that much."""
    taken = [(EVENING + n * HOUR, by) for n, by in enumerate(ahead)]
    return {card_file(b"DCIM/100CANON/IMG_1%03d.CR3" % n, at=at + by): shot(at) for n, (at, by) in enumerate(taken)}


def told_of_clip(
    among: dict[CardFile, Capture], closed: datetime = BEGUN, begun: Capture = MIDNIGHT_CLIP
) -> ObjectTime:
    told = {file.path: capture for file, capture in among.items()} | {CLIP: begun}
    return clip_time([*among, card_file(CLIP, at=closed)], told)


@pytest.mark.parametrize(
    ("ahead", "believed"),
    [
        ([HOUR, HOUR, HOUR], True),
        ([HOUR, HOUR, 3 * DAY], True),  # one of them was edited on a computer
        ([HOUR, HOUR, 3 * DAY, 4 * DAY], False),  # half of them is not most of them
        ([HOUR + 7 * MINUTE], True),  # it took that long to be written
        ([14 * HOUR], True),
        ([-14 * HOUR], True),
        ([14 * HOUR + 15 * MINUTE], False),
    ],
)
def test_the_file_times_of_most_stills_are_believed_where_they_can_be_a_zone(
    ahead: list[timedelta], believed: bool
) -> None:
    zone = "zone +02:00 by this card's file times" if believed else "UTC, zone unknown"
    assert told_of_clip(stills(*ahead), BEGUN + 2 * HOUR + ahead[0]).source == f"quicktime mvhd, {zone}"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (14 * HOUR, "zone +14:00 by this card's file times"),
        (-14 * HOUR, "zone -14:00 by this card's file times"),
        (0 * HOUR, "zone +00:00 by this card's file times"),
        (-5.5 * HOUR, "zone -05:30 by this card's file times"),
        (14 * HOUR + MINUTE, "UTC, zone unknown"),
    ],
)
def test_a_clip_is_believed_to_be_in_a_zone_that_there_is(zone: timedelta, told: str) -> None:
    assert told_of_clip(stills(timedelta()), BEGUN + zone).source == f"quicktime mvhd, {told}"


def test_the_shortest_clip_tells_the_zone_of_all_and_one_that_was_edited_later_does_not() -> None:
    clips = [(20 * MINUTE, None), (0 * MINUTE, None), (-30 * DAY, None), (-1 * HOUR, 120)]
    others = {
        card_file(b"DCIM/100CANON/MVI_1%03d.MP4" % n, at=BEGUN + 2 * HOUR + late): replace(
            MIDNIGHT_CLIP, offset_minutes=own
        )
        for n, (late, own) in enumerate(clips)
    }
    time = told_of_clip(stills(timedelta()) | others, BEGUN + 2 * HOUR + 50 * MINUTE)
    assert time.local == BEGUN + 2 * HOUR


@pytest.mark.parametrize("source", ["mtime", "riff day only"])
def test_files_that_do_not_know_their_hour_have_no_say_about_the_clock(source: str) -> None:
    midnight = Capture(wall("2026-03-14"), source)
    vague = {card_file(b"DCIM/100CANON/MVI_1%03d.AVI" % n, at=EVENING): midnight for n in range(3)}
    assert told_of_clip(stills(HOUR) | vague, BEGUN + 3 * HOUR).local == BEGUN + 2 * HOUR


@pytest.mark.parametrize(("minutes", "local"), [(840, 14 * HOUR), (-840, -14 * HOUR), (841, None), (-841, None)])
def test_an_offset_that_no_zone_has_is_not_believed(minutes: int, local: timedelta | None) -> None:
    own = told_of_clip({}, begun=replace(MIDNIGHT_CLIP, offset_minutes=minutes))
    theirs = told_of_clip({card_file(STILL, at=EVENING + 30 * DAY): shot(offset_minutes=minutes)})
    assert own.local == theirs.local == BEGUN + (local or timedelta())
    assert ("zone unknown" in own.source) == ("zone unknown" in theirs.source) == (local is None)


@pytest.mark.parametrize(
    ("hours", "zone"), [(-90, 1), (0, 1), (4, 1), (6, -2), (10, -2), (14, -2), (16, 3), (20, 3), (900, 3)]
)
def test_of_all_zones_that_are_told_the_one_of_the_nearest_instant_counts(hours: int, zone: int) -> None:
    told = [(0, 1), (10, -2), (20, 3)]
    travel = {
        card_file(b"DCIM/100CANON/IMG_1%03d.CR3" % n): shot(BEGUN + (at + east) * HOUR, offset_minutes=60 * east)
        for n, (at, east) in enumerate(told)
    }
    instant = BEGUN + hours * HOUR
    assert told_of_clip(travel, begun=replace(MIDNIGHT_CLIP, local=instant)).local == instant + zone * HOUR


def test_a_time_that_its_zone_would_shift_out_of_the_calendar_stays() -> None:
    last = wall("9999-12-31 23:00")
    assert told_of_clip({}, begun=replace(MIDNIGHT_CLIP, local=last, offset_minutes=120)).local == last


@pytest.mark.parametrize(
    ("among", "own"), [({}, 120), ({card_file(STILL): shot(offset_minutes=120)}, None), (stills(-2 * HOUR), None)]
)
def test_a_clip_whose_zone_is_known_tells_more_than_a_date_without_a_time(
    among: dict[CardFile, Capture], own: int | None
) -> None:
    files = card_file(CLIP, at=BEGUN), card_file(CLIP[:-3] + b"AVI")
    begun = replace(MIDNIGHT_CLIP, offset_minutes=own)
    told = {files[0].path: begun, files[1].path: Capture(wall("2026-03-14"), "riff day only")}
    told |= {file.path: capture for file, capture in among.items()}
    assert card_clock([*among, *files], told).of(CameraObject("k", files), told).local == BEGUN + 2 * HOUR


def test_of_two_sources_of_one_time_the_same_is_named_whatever_the_order() -> None:
    files = [card_file(STILL), card_file(STILL[:-3] + b"JPG")]
    told = {files[0].path: Capture(EVENING, "xmp"), files[1].path: Capture(EVENING, "exif")}
    for order in (files, files[::-1]):
        assert card_clock(order, told).of(CameraObject("k", tuple(order)), told).source == "exif"


def test_an_object_without_a_capture_has_its_earliest_file_time_and_any_of_its_files_tells_the_camera() -> None:
    files = tuple(card_file(STILL[:-3] + ext, at=EVENING + at) for ext, at in ((b"CR3", HOUR), (b"JPG", 0 * HOUR)))
    told = {
        files[0].path: Capture(BEGUN, "mtime"),
        files[1].path: Capture(BEGUN, "mtime", model="Canon EOS R5", serial="7"),
    }
    time = card_clock(files, told).of(CameraObject("k", files), told)
    assert time == ObjectTime(EVENING, "mtime", False, "7", "Canon EOS R5")


def test_a_file_time_is_read_to_the_microsecond_and_one_that_no_calendar_holds_is_1970() -> None:
    assert file_time(CardFile(STILL, 1, 1_000_001_999)) == wall("1970-01-01 00:00:01.000001")
    assert file_time(CardFile(STILL, 1, 2**70)) == file_time(CardFile(STILL, 1, -(2**70))) == wall("1970-01-01")


def test_nanoseconds_of_the_helper_are_read_back_as_the_same_wall_clock() -> None:
    assert clip_time([CardFile(CLIP, 1, nanoseconds(EVENING))], {}) == ObjectTime(EVENING, "mtime", False)
