"""Pictures of the sample cards, read by the libraries Safelight uses and by a JPEG reader of our own."""

from io import BytesIO
from pathlib import Path

import exifread
import pytest
import rawpy
from maker.shots import CANON_PICTURES, DAMAGED_PICTURES, SONY_PICTURES, Picture, at
from sample_jpeg_reader import size_in_tiles, tiles_painted

_CARD_OF = {
    **dict.fromkeys(CANON_PICTURES, "canon"),
    **dict.fromkeys(SONY_PICTURES, "sony"),
    DAMAGED_PICTURES[0]: "damaged",
    DAMAGED_PICTURES[2]: "damaged",
}
FILES = [
    (f"{card}/{picture.stem}.{suffix}", picture) for picture, card in _CARD_OF.items() for suffix in picture.suffixes
]
RAWS = [(name, picture) for name, picture in FILES if name.endswith(".DNG")]
JPEGS = [name for name, _ in FILES if name.endswith(".JPG")] + [
    "canon/DCIM/101CANON/MVI_0003.THM",
    "sony/PRIVATE/M4ROOT/THMBNL/C0001T01.JPG",
    "sony/PRIVATE/M4ROOT/THMBNL/C0002T01.JPG",
]


def _exif(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        tags = exifread.process_file(file, details=False, extract_thumbnail=False)
    return {name: str(value) for name, value in tags.items()}


@pytest.mark.parametrize(("name", "picture"), FILES, ids=[name for name, _ in FILES])
def test_exifread_finds_date_fraction_zone_camera_and_serial(name: str, picture: Picture, samples: Path) -> None:
    tags, taken, camera = _exif(samples / name), picture.shot.taken, picture.shot.camera
    assert tags["EXIF DateTimeOriginal"] == taken.strftime("%Y:%m:%d %H:%M:%S")
    assert tags["EXIF SubSecTimeOriginal"] == f"{taken.microsecond // 10_000:02d}"
    assert tags["EXIF OffsetTimeOriginal"] == "+02:00"
    assert (tags["Image Make"], tags["Image Model"]) == (camera.make, camera.model)
    assert tags["EXIF BodySerialNumber"] == camera.serial
    assert tags["EXIF LensModel"] == camera.lens
    turned = {1: "Horizontal (normal)", 6: "Rotated 90 CW", 8: "Rotated 90 CCW"}
    assert tags["Image Orientation"] == turned[picture.shot.orientation]


@pytest.mark.parametrize(("name", "picture"), RAWS, ids=[name for name, _ in RAWS])
def test_rawpy_opens_unpacks_and_develops_every_raw(name: str, picture: Picture, samples: Path) -> None:
    with rawpy.imread(str(samples / name)) as raw:
        assert raw.raw_image.shape == (160, 256)
        assert raw.raw_pattern is not None
        assert raw.raw_pattern.tolist() == [[0, 1], [3, 2]]
        assert 512 <= raw.raw_image.min() < raw.raw_image.max() <= raw.white_level
        assert raw.other.timestamp == picture.shot.taken.replace(tzinfo=None, microsecond=0)
        developed = raw.postprocess()
        tall = picture.shot.orientation != 1
        assert developed.shape == ((256, 160, 3) if tall else (160, 256, 3))
        preview = raw.extract_thumb()
    assert preview.format == rawpy.ThumbFormat.JPEG
    assert tiles_painted(bytes(preview.data)) == (256 // 8) * (160 // 8)


def test_no_two_pictures_are_alike_but_every_raw_has_one_size(samples: Path) -> None:
    contents = [(samples / name).read_bytes() for name, _ in FILES]
    assert len(set(contents)) == len(contents) == 35
    assert {(samples / name).stat().st_size for name, _ in RAWS} == {86_528}


def _canon(samples: Path, pattern: str) -> list[str]:
    root = samples / "canon"
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))


def test_the_counter_runs_over_and_one_name_stands_for_two_photographs(samples: Path) -> None:
    assert _canon(samples, "DCIM/100CANON/IMG_999[89].JPG") == [
        "DCIM/100CANON/IMG_9998.JPG",
        "DCIM/100CANON/IMG_9999.JPG",
    ]
    assert _canon(samples, "DCIM/*/IMG_0001.DNG") == ["DCIM/101CANON/IMG_0001.DNG", "DCIM/102CANON/IMG_0001.DNG"]
    before = _exif(samples / "canon/DCIM/100CANON/IMG_9999.JPG")["EXIF DateTimeOriginal"]
    after = _exif(samples / "canon/DCIM/101CANON/IMG_0001.JPG")["EXIF DateTimeOriginal"]
    assert before < after


@pytest.mark.parametrize("pictures", [CANON_PICTURES, SONY_PICTURES], ids=["canon", "sony"])
def test_one_evening_lies_on_both_sides_of_midnight_and_holds_a_burst(pictures: tuple[Picture, ...]) -> None:
    times = [picture.shot.taken for picture in pictures]
    assert times == sorted(times)
    assert at("23:40:00") <= times[0] < times[-1] <= at("00:20:00.05")
    assert {time.day for time in times} == {14, 15}
    seconds = [time.replace(microsecond=0) for time in times]
    assert len(set(seconds)) == len(seconds) - 1


def test_the_damaged_card_holds_a_cut_an_empty_and_a_false_file(samples: Path) -> None:
    folder = samples / "damaged/DCIM/100CANON"
    cut = (folder / "IMG_0102.JPG").read_bytes()
    assert b"\xff\xd9" not in cut
    assert _exif(folder / "IMG_0102.JPG")["EXIF DateTimeOriginal"] == "2025:06:14 23:55:40"
    with pytest.raises(IndexError):
        tiles_painted(cut)
    assert (folder / "IMG_0103.JPG").read_bytes() == b""
    with pytest.raises(rawpy.LibRawError):
        rawpy.imread(BytesIO((folder / "IMG_0104.CR3").read_bytes()))


@pytest.mark.parametrize("name", JPEGS)
def test_every_jpeg_paints_all_its_tiles_and_nothing_is_left_over(name: str, samples: Path) -> None:
    data = (samples / name).read_bytes()
    width, height = size_in_tiles(data)
    assert data.endswith(b"\xff\xd9")
    assert tiles_painted(data) == width * height > 100
