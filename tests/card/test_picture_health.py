"""What is told about a picture or clip while the card still exists."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from camera_file_builders import (
    avi,
    box,
    chunk,
    clip,
    cr3,
    dng,
    heic,
    jpeg,
    long,
    mts,
    mvhd,
    raf,
    riff,
    segment,
    tiff,
    wav,
)

from ingest.card.health import RawChecker, examine
from ingest.card.raw_check import check_raw
from ingest.card.structure import Symptom
from ingest.model.cards import Finding

Look = Callable[[bytes, str], list[str]]


@pytest.fixture
def codes(tmp_path: Path) -> Look:
    """The codes found in a file of this content and name."""

    def look(data: bytes, name: str) -> list[str]:
        return [finding.code for finding in findings(tmp_path, data, name)]

    return look


def findings(folder: Path, data: bytes, name: str, raw_checker: RawChecker = check_raw) -> tuple[Finding, ...]:
    path = folder / "file"
    path.write_bytes(data)
    with path.open("rb") as file:
        return examine(file, b"DCIM/100CANON/" + name.encode(), raw_checker)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (jpeg(), "IMG_0001.JPG"),
        (heic(), "IMG_0001.HEIC"),
        (clip(), "MVI_0001.MOV"),
        (avi("Sat Mar 14 15:22:33 2026"), "MVI_0001.AVI"),
        (wav(), "IMG_0001.WAV"),
        (mts(), "00000.MTS"),
        (mts(packet=188), "00000.M2TS"),
        (tiff(pixels=bytes(500)), "SCAN.TIF"),
        (dng(), "IMG_0001.DNG"),
    ],
)
def test_a_whole_file_has_no_findings(codes: Look, data: bytes, name: str) -> None:
    assert codes(data, name) == []


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (jpeg(), "IMG_0001.JPG"),
        (jpeg(segment(0xE2, bytes(900))), "IMG_0001.JPG"),
        (cr3(), "IMG_0001.CR3"),
        (avi("Sat Mar 14 15:22:33 2026"), "MVI_0001.AVI"),
        (wav(), "IMG_0001.WAV"),
        (tiff(pixels=bytes(500)), "SCAN.TIF"),
        (dng(), "IMG_0001.DNG"),
        (heic(), "IMG_0001.HEIC"),
        (mts(), "00000.MTS"),
    ],
)
def test_a_file_cut_short_is_told(codes: Look, data: bytes, name: str) -> None:
    assert codes(data[:-1], name) == ["truncated"]
    assert codes(data[: -len(data) // 4 - 1], name) == ["truncated"]


def test_a_finding_carries_the_card_path_and_a_sentence(tmp_path: Path) -> None:
    [finding] = findings(tmp_path, wav()[:-40], "IMG_0001.WAV")
    assert finding.path == b"DCIM/100CANON/IMG_0001.WAV"
    assert finding.detail == "The file ends too early: it promises 244 bytes and holds 204. Part of it is missing."


def test_a_jpeg_cut_inside_its_header_is_told(codes: Look) -> None:
    assert codes(jpeg()[:200], "IMG_0001.JPG") == ["truncated"]


@pytest.mark.parametrize("behind", [b"", bytes(70_000), b"motion photo" * 9_000, b"\0" * 300 + b"ftyp" * 20_000])
def test_a_jpeg_may_have_padding_or_a_trailer(codes: Look, behind: bytes) -> None:
    assert codes(jpeg() + behind, "IMG_0001.JPG") == []


def test_a_thumbnail_with_an_end_mark_does_not_hide_a_cut(codes: Look) -> None:
    thumbnail = segment(0xE2, b"thumb" + jpeg(exif=b""))
    assert codes(jpeg(thumbnail, end=b""), "IMG_0001.JPG") == ["truncated"]


def test_a_jpeg_whose_end_lies_across_two_reads_is_whole(codes: Look) -> None:
    start = len(jpeg(scan=b"", end=b""))
    scan = b"\x11" * ((1 << 20) - 1)  # the mark begins on the last byte of the first read
    assert start < 1000
    assert codes(jpeg(scan=scan) + b"t" * 70_000, "IMG_0001.JPG") == []


def test_a_jpeg_without_picture_data_does_not_open(codes: Look) -> None:
    assert codes(b"\xff\xd8" + segment(0xE0, bytes(20)) + b"\xff\xd9", "IMG_0001.JPG") == ["does not open"]


def test_a_clip_without_its_index_is_told(codes: Look) -> None:
    assert codes(box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(400)), "MVI_0001.MP4") == ["no moov"]
    assert codes(clip()[:300], "MVI_0001.MP4") == ["no moov"]
    unfinished = box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I", 0) + b"mdat" + bytes(400)
    assert codes(unfinished, "MVI_0001.MP4") == ["no moov"]


def test_a_clip_that_ends_behind_its_index_is_truncated(codes: Look) -> None:
    data = box(b"ftyp", b"isom", bytes(4)) + box(b"moov", mvhd(0)) + box(b"mdat", bytes(400))
    assert codes(data[:-10], "MVI_0001.MP4") == ["truncated"]


def test_a_mdat_to_the_end_of_the_file_is_legal(codes: Look) -> None:
    data = box(b"ftyp", b"isom", bytes(4)) + box(b"moov", mvhd(0)) + struct.pack(">I", 0) + b"mdat" + bytes(400)
    assert codes(data, "MVI_0001.MP4") == []


@pytest.mark.parametrize("size", [4, 8, 11])
def test_a_sound_cut_inside_its_first_bytes_is_told(codes: Look, size: int) -> None:
    assert codes(wav()[:size], "IMG_0001.WAV") == ["truncated"]


@pytest.mark.parametrize("behind", [b"xyz", bytes(64), b"\0\0\0\5abcd" * 3, b"\x01\x02\x03\x04\x05\x06\x07\x08" * 8])
def test_bytes_behind_a_clip_are_only_a_note(codes: Look, behind: bytes) -> None:
    assert codes(clip() + behind, "MVI_0001.MP4") == ["longer than promised"]


def test_a_still_without_its_directory_does_not_open(codes: Look) -> None:
    assert codes(box(b"ftyp", b"heic", bytes(4)) + box(b"mdat", bytes(90)), "IMG_0001.HEIC") == ["does not open"]


def test_a_long_avi_of_several_parts_is_whole(codes: Look) -> None:
    assert codes(avi("x") + riff(b"AVIX", bytes(100)), "MVI_0001.AVI") == []
    assert codes((avi("x") + riff(b"AVIX", bytes(100)))[:-30], "MVI_0001.AVI") == ["truncated"]


def test_bytes_behind_a_sound_are_only_a_note(codes: Look) -> None:
    assert codes(wav() + bytes(16), "IMG_0001.WAV") == ["longer than promised"]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_recording_that_was_never_closed_is_told(codes: Look, size: int) -> None:
    assert codes(b"RIFF" + struct.pack("<I", size) + wav()[8:], "IMG_0001.WAV") == ["interrupted"]


def test_a_sound_beyond_4_gib_states_its_size_elsewhere(codes: Look) -> None:
    body = chunk(b"ds64", struct.pack("<Q", 136) + bytes(20)) + chunk(b"data", bytes(88))
    data = b"RF64\xff\xff\xff\xffWAVE" + body
    assert len(data) == 144
    assert codes(data, "ZOOM0001.WAV") == []
    assert codes(data[:-8], "ZOOM0001.WAV") == ["truncated"]


def test_a_tiff_directory_beyond_the_end_is_told(codes: Look) -> None:
    assert codes(b"II*\0" + struct.pack("<I", 5_000) + bytes(90), "SCAN.TIF") == ["truncated"]


def test_a_private_tiff_directory_that_makes_no_sense_is_passed_over(codes: Look) -> None:
    assert codes(tiff(first={0x14A: long(4_000_000)}, pixels=bytes(40)), "SCAN.TIF") == []


@pytest.mark.parametrize("name", ["IMG_0001.JPG", "IMG_0001.CR3", "C0001.MP4", "IMG_0001.WAV", "A001.braw"])
def test_an_empty_picture_or_clip_is_told(codes: Look, name: str) -> None:
    assert codes(b"", name) == ["empty"]


@pytest.mark.parametrize("name", ["IMG_0001.CR3", "IMG_0001.NEF", "IMG_0001.JPG", "C0001.MP4", "IMG_0001.WAV"])
@pytest.mark.parametrize("data", [bytes(5_000), b"\x93garbage" * 500])
def test_a_name_without_its_content_is_unknown_and_not_called_damaged(codes: Look, data: bytes, name: str) -> None:
    assert codes(data, name) == ["unknown content"]


@pytest.mark.parametrize("name", ["A001_C001.R3D", "A001.braw", "CLIP.MXF", "P0001.raw"])
def test_media_we_cannot_look_into_are_called_unchecked(codes: Look, name: str) -> None:
    assert codes(b"\x01\x02\x03\x04" * 900, name) == ["unchecked"]


@pytest.mark.parametrize("name", ["NC_FLLST.DAT", "M0001.CTG", "README", ".hidden", "INDEX.BDM"])
@pytest.mark.parametrize("data", [b"", bytes(300), b"\x93 noise"])
def test_files_that_are_no_media_are_not_judged(codes: Look, data: bytes, name: str) -> None:
    assert codes(data, name) == []


def test_a_recovery_file_says_that_the_camera_was_interrupted(codes: Look) -> None:
    assert codes(bytes(800), "C0001.RSV") == ["interrupted"]


@pytest.mark.parametrize(
    ("data", "name", "is_asked"),
    [
        (dng(), "IMG_0001.DNG", True),
        (cr3(), "IMG_0001.CR3", True),
        (cr3() + b"xyz", "IMG_0001.CR3", True),
        (raf(), "DSCF0001.RAF", True),
        (dng()[:-1], "IMG_0001.DNG", False),
        (dng(), "IMG_0001.TIF", False),
        (jpeg(), "IMG_0001.NEF", False),
        (heic(), "IMG_0001.CR3", False),
        (jpeg(), "IMG_0001.JPG", False),
        (bytes(2_247_168), "DC_0001.KDC", False),
    ],
)
def test_the_decoder_is_asked_only_where_name_and_content_say_raw(
    tmp_path: Path, data: bytes, name: str, is_asked: bool
) -> None:
    asked: list[str] = []

    def record(path: str) -> list[Symptom]:
        asked.append(path)
        return []

    findings(tmp_path, data, name, raw_checker=record)
    assert bool(asked) is is_asked


def test_a_raw_of_the_right_length_with_too_few_pixels_does_not_open(codes: Look) -> None:
    assert codes(dng(claimed=64), "IMG_0001.DNG") == ["does not open"]


def test_a_format_the_decoder_does_not_know_is_unchecked(codes: Look) -> None:
    assert codes(tiff(pixels=bytes(4_000)), "IMG_0001.NEF") == ["unchecked"]
