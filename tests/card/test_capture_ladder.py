"""The ladder of capture times in stills and names, on files made here."""

import io
from datetime import datetime

import pytest
from camera_file_builders import (
    EXIF_TAGS,
    NOW,
    TAKEN,
    capture,
    cr3,
    crw,
    every_shape,
    heic,
    iptc,
    jpeg,
    segment,
    text,
    tiff,
    wall,
    x3f,
    xmp,
)

from ingest.card.capture import capture_of
from ingest.card.containers.stamps import LADDER, Source
from ingest.model.cards import Capture


@pytest.mark.parametrize("name", every_shape())
def test_every_family_of_files_tells_its_time(name: str) -> None:
    found = capture(every_shape()[name], name.encode())
    assert (found.local.month, found.local.day, found.local.hour, found.local.minute) == (3, 14, 15, 22)
    assert LADDER[found.source] < LADDER[Source.MVHD]


def test_exif_gives_the_wall_clock_its_fraction_its_zone_and_the_camera() -> None:
    found = capture(jpeg())
    assert found == Capture(
        TAKEN.replace(microsecond=700_000), "exif", 60, make="Canon", model="Canon EOS R5", serial="012345"
    )


def test_a_large_segment_before_the_exif_hides_nothing() -> None:
    data = jpeg()
    assert capture(data[:2] + segment(0xE6, bytes(65_000)) + data[2:]).local.date() == TAKEN.date()


def test_the_exif_of_a_cut_jpeg_is_still_read() -> None:
    whole = jpeg(segment(0xE2, bytes(2_000)))
    assert capture(whole[:1_000]).source == "exif"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"avif"])
@pytest.mark.parametrize("prefix", [b"Exif\0\0", b""])
@pytest.mark.parametrize("version", [0, 1, 2])
def test_heif_exif_is_found_whatever_its_brand_prefix_and_table(brand: bytes, prefix: bytes, version: int) -> None:
    assert capture(heic(brand, prefix, version)).serial == "012345"


def test_a_modification_date_is_no_capture_date() -> None:
    edited = tiff(exif={}, first={0x132: text("2026:04:02 10:00:00")})
    assert capture_of(io.BytesIO(jpeg(exif=edited)), b"IMG_0001.JPG", NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "",
        "1904:01:01 00:00:00",
        "1970:01:01 00:00:00",
        "1989:12:31 23:59:59",
        "2026:13:01 10:00:00",
        "2026:02:30 10:00:00",
        "2026:11:26 00:00:01",
        "not a date at all!",
    ],
)
def test_a_value_that_is_no_date_gives_way_to_the_next_rung(value: str) -> None:
    found = capture(jpeg(exif=tiff({0x9003: value, 0x9004: "2026:03:15 08:00:00"})))
    assert (found.source, found.local) == ("exif digitized", wall("2026-03-15 08:00"))


def test_a_clock_a_few_hours_ahead_is_believed() -> None:
    assert capture(jpeg(exif=tiff({0x9003: "2026:11:24 13:00:00"}))).local == wall("2026-11-24 13:00")


def test_a_flat_clock_battery_is_a_date() -> None:
    assert capture(jpeg(exif=tiff({0x9003: "2019:01:01 00:00:00"}))).local == wall("2019-01-01")


@pytest.mark.parametrize(
    ("written", "expected"), [("70", 700_000), ("023460", 23_460), ("00", 0), ("x", 0), ("9", 900_000)]
)
def test_sub_seconds_are_a_decimal_fraction(written: str, expected: int) -> None:
    found = capture(jpeg(exif=tiff({**EXIF_TAGS, 0x9291: written})))
    assert found.local.microsecond == expected


@pytest.mark.parametrize("serial", ["0", "0000000000", "   ", ""])
def test_a_serial_of_zeros_is_no_serial(serial: str) -> None:
    assert capture(jpeg(exif=tiff({**EXIF_TAGS, 0xA431: serial}))).serial == ""


def test_names_lose_padding_control_characters_and_excess() -> None:
    found = capture(jpeg(exif=tiff(make="Ni\x1b[31mkon\x00\x00", model="D\u00e9" + "x" * 300)))
    assert found.make == "Ni[31mkon"
    assert found.model.startswith("D\u00e9xx")
    assert len(found.model) == 64


def test_exif_beats_xmp_and_xmp_beats_iptc() -> None:
    packet = xmp('exif:DateTimeOriginal="2025-01-02T03:04:05"')
    record = iptc("20240607", "080910+0200")
    assert capture(jpeg(packet, record)).source == "exif"
    assert capture(jpeg(record, packet, exif=b"")).source == "xmp"
    found = capture(jpeg(record, exif=b""))
    assert (found.source, found.local, found.offset_minutes) == ("iptc", wall("2024-06-07 08:09:10"), 120)


def test_xmp_prefers_the_original_to_the_creation_date() -> None:
    body = "<photoshop:DateCreated>2020-02-02T02:02:02</photoshop:DateCreated>"
    body += "<exif:DateTimeOriginal>2021-03-03T03:03:03.5-05:00</exif:DateTimeOriginal>"
    found = capture(b"<?xpacket begin=''?>" + body.encode(), b"IMG_0001.xmp")
    assert (found.local, found.offset_minutes) == (wall("2021-03-03 03:03:03.500000"), -300)


def test_an_iptc_time_without_a_date_is_none() -> None:
    assert capture_of(io.BytesIO(jpeg(iptc("", "152233"), exif=b"")), b"IMG_0001.JPG", NOW) is None


def test_cr3_prefers_its_local_exif_to_its_utc_header() -> None:
    found = capture(cr3(), b"IMG_0001.CR3")
    assert (found.local.hour, found.offset_minutes, found.is_utc) == (15, 60, False)


def test_old_raws_tell_the_camera_by_their_own_directories() -> None:
    assert capture(crw(1_079_277_753)) == Capture(
        wall("2004-03-14 15:22:33"), "ciff", make="Canon", model="Canon EOS 10D"
    )
    sigma = x3f({"TIME": "1079277753", "CAMMANUF": "SIGMA", "CAMMODEL": "SIGMA SD10"})
    assert capture(sigma) == Capture(wall("2004-03-14 15:22:33"), "x3f", make="SIGMA", model="SIGMA SD10")


@pytest.mark.parametrize(
    ("name", "local", "is_utc"),
    [
        (b"20260314_152233.jpg", TAKEN, False),
        (b"IMG_20260314_152233.jpg", TAKEN, False),
        (b"DJI_20260314152233_0001_D.MP4", TAKEN, False),
        (b"PXL_20260314_142233123.jpg", wall("2026-03-14 14:22:33.123000"), True),
    ],
)
def test_a_name_with_a_date_is_better_than_nothing(name: bytes, local: datetime, is_utc: bool) -> None:
    found = capture(b"", b"DCIM/Camera/" + name)
    assert (found.local, found.source, found.is_utc) == (local, "file name", is_utc)


@pytest.mark.parametrize(
    "name", [b"IMG_0001.JPG", b"GX010001.MP4", b"99999999_999999.jpg", b"120260314_1522331234.jpg"]
)
def test_other_numbers_are_no_dates(name: bytes) -> None:
    assert capture_of(io.BytesIO(b""), b"20260314_152233/" + name, NOW) is None
