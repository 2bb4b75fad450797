"""The capture times of clips and sound, on files made here."""

import io

import pytest
from camera_file_builders import (
    NOW,
    TAKEN,
    TAKEN_UTC,
    avi,
    box,
    capture,
    chunk,
    clip,
    jpeg,
    keys,
    mts,
    mvhd,
    sony_zone,
    wall,
    wav,
)

from ingest.card.capture import capture_of
from ingest.model.cards import Capture


def test_a_clip_begins_when_creationdate_says_and_not_when_it_was_closed() -> None:
    dates = keys(
        {
            "com.apple.quicktime.make": "Apple",
            "com.apple.quicktime.model": "iPhone 6",
            "com.apple.quicktime.creationdate": "2026-03-14T15:22:33+0100",
        }
    )
    found = capture(clip(mvhd(TAKEN_UTC + 17), dates))
    assert found == Capture(TAKEN, "quicktime creationdate", 60, make="Apple", model="iPhone 6")


@pytest.mark.parametrize("version", [0, 1])
def test_mvhd_is_an_instant_in_utc_and_says_so(version: int) -> None:
    found = capture(clip(mvhd(TAKEN_UTC, version)))
    assert (found.local, found.source, found.is_utc) == (wall("2026-03-14 14:22:33"), "quicktime mvhd", True)


def test_a_small_mvhd_value_counts_from_1970() -> None:
    assert capture(clip(mvhd(TAKEN_UTC - 2_082_844_800))).local == wall("2026-03-14 14:22:33")


def test_a_zero_mvhd_is_never_1904() -> None:
    assert capture_of(io.BytesIO(clip(mvhd(0))), b"MVI_0001.MP4", NOW) is None


@pytest.mark.parametrize("boxes", [(mvhd(TAKEN_UTC), sony_zone(60)), (sony_zone(60), mvhd(TAKEN_UTC))])
def test_sonys_zone_turns_utc_into_the_wall_clock(boxes: tuple[bytes, ...]) -> None:
    assert capture(clip(*boxes)) == Capture(TAKEN, "quicktime mvhd", 60)


def test_sonys_xml_inside_the_clip_has_the_zone() -> None:
    xml = b'<CreationDate value="2026-03-14T15:22:33+01:00"/>'
    behind = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"xml ", bytes(4), xml))
    assert capture(clip(mvhd(TAKEN_UTC), behind=behind)) == Capture(TAKEN, "clip xml", 60)


def test_canons_clip_carries_a_picture_with_exif() -> None:
    assert capture(clip(mvhd(TAKEN_UTC), box(b"udta", box(b"CNTH", box(b"CNDA", jpeg()))))).serial == "012345"


def test_the_day_in_user_data_is_a_creation_date() -> None:
    day = b"2026-03-14T15:22:33+0100"
    udta = box(b"udta", box(b"\xa9day", len(day).to_bytes(2, "big"), b"\0\0", day))
    assert capture(clip(mvhd(TAKEN_UTC), udta)).source == "quicktime creationdate"


def test_a_clip_without_a_brand_is_read_by_its_first_box() -> None:
    assert capture(box(b"moov", mvhd(TAKEN_UTC)) + box(b"mdat", b"x" * 50)).is_utc


def test_a_64_bit_mdat_is_stepped_over() -> None:
    mdat = b"\0\0\0\x01mdat" + (16 + 400).to_bytes(8, "big") + bytes(400)
    assert capture(box(b"ftyp", b"qt  ", bytes(4)) + mdat + box(b"moov", mvhd(TAKEN_UTC))).is_utc


@pytest.mark.parametrize("written", ["Sat Mar 14 15:22:33 2026", "SAT MAR 14 15:22:33 2026", "2026/03/14 15:22:33"])
def test_idit_is_read_in_all_its_spellings(written: str) -> None:
    assert capture(avi(written)).local == TAKEN


def test_a_voice_memo_joins_its_day_and_its_time() -> None:
    info = chunk(b"LIST", b"INFO" + chunk(b"ICRD", b"2026-03-14\0"))
    exif = chunk(
        b"LIST", b"exif" + chunk(b"etim", b"15:22:33\0") + chunk(b"ecor", b"PENTAX\0") + chunk(b"emdl", b"WP\0")
    )
    assert capture(wav(info, exif)) == Capture(TAKEN, "riff info", make="PENTAX", model="WP")


def test_a_day_without_a_time_says_so_and_is_weaker_than_a_file_name() -> None:
    memo = wav(chunk(b"LIST", b"INFO" + chunk(b"ICRD", b"2026-03-14\0")))
    assert capture(memo, b"memo.wav") == Capture(wall("2026-03-14"), "riff day only")
    assert capture(memo, b"20260314_152233.wav").source == "file name"


@pytest.mark.parametrize(("code", "minutes"), [(0x02, 60), (0x42, 60), (0x0B, 330), (0x2A, -300), (0xFF, None)])
def test_the_zone_of_avchd_is_read_from_its_bits(code: int, minutes: int | None) -> None:
    found = capture(mts(code))
    assert (found.local, found.source, found.offset_minutes) == (TAKEN, "avchd mdpm", minutes)


def test_a_transport_stream_of_188_bytes_is_read_too() -> None:
    assert capture(mts(packet=188)).local == TAKEN
