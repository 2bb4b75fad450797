"""The clock of a card: clips and stills of one evening on one clock."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import EVENING, captures, card_file, entries, nanoseconds, shot, untimed, wall

from ingest.model.cards import CameraObject, Capture, CardFile
from ingest.plan.clock import ObjectTime, card_clock

STILL, CLIP = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/MVI_0002.MP4"
MIDNIGHT_CLIP = Capture(wall("2026-03-14 22:30"), "quicktime mvhd", is_utc=True)


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


def test_nanoseconds_of_the_helper_are_read_back_as_the_same_wall_clock() -> None:
    assert clip_time([CardFile(CLIP, 1, nanoseconds(EVENING))], {}).local == EVENING
