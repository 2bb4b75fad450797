"""Small pictures as somebody sees them: upright, whole, without the camera's notes, of whatever a card holds."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from camera_file_builders import box, heic, tiff
from PIL import Image, ImageCms

from ingest.card.clip_frame import clip_frame
from ingest.card.previews import small_jpeg

SAMPLES = Path(__file__).parents[2] / "sample_cards"
CANON = SAMPLES / "canon" / "DCIM"
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 40), (30, 40, 190), (240, 240, 240)
UPRIGHT = ((RED, GREEN), (BLUE, WHITE))  # rows of what is to be seen
# EXIF: the side of the seen picture at which the first row and the first column of the stored one lie.
SIDES = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip


def made(tmp_path: Path, name: str, data: bytes, edge: int = 320) -> Image.Image | None:
    path = tmp_path / name
    path.write_bytes(data)
    with path.open("rb") as file:
        small = small_jpeg(file, name.encode(), edge)
    return Image.open(io.BytesIO(small)) if small else None


def quarters(rows: tuple[tuple[tuple[int, int, int], ...], ...], width: int, height: int) -> Image.Image:
    picture = Image.new("RGB", (width, height))
    for y, row in enumerate(rows):
        for x, colour in enumerate(row):
            picture.paste(colour, (x * width // 2, y * height // 2, (x + 1) * width // 2, (y + 1) * height // 2))
    return picture


def stored(orientation: int, width: int = 640, height: int = 400) -> Image.Image:
    """What a camera that was held so writes down when `UPRIGHT` is seen, `width` x `height`."""
    first_row, first_column = SIDES[orientation]

    def seen(row: int, column: int) -> tuple[int, int, int]:
        along = {first_row: row, first_column: column}
        y = along["top"] if "top" in along else 1 - along["bottom"]
        x = along["left"] if "left" in along else 1 - along["right"]
        return UPRIGHT[y][x]

    rows = tuple(tuple(seen(row, column) for column in (0, 1)) for row in (0, 1))
    size = (height, width) if orientation > 4 else (width, height)
    return quarters(rows, *size)


def encoded(picture: Image.Image, form: str = "JPEG", orientation: int = 1, **options: object) -> bytes:
    exif, data = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    exif[0x0110] = "Camera of Somebody"
    picture.save(data, form, exif=exif, **options)
    return data.getvalue()


def looks(picture: Image.Image) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    """The colours of its quarters, each as the nearest of the four."""
    found = []
    for y in (1, 3):
        row = []
        for x in (1, 3):
            pixel = picture.convert("RGB").getpixel((x * picture.width // 4, y * picture.height // 4))
            row.append(
                min((RED, GREEN, BLUE, WHITE), key=lambda c: sum(abs(a - b) for a, b in zip(c, pixel, strict=True)))
            )
        found.append(tuple(row))
    return tuple(found)


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright_however_the_camera_was_held(tmp_path, form, orientation):
    picture = made(tmp_path, f"IMG_1.{form}", encoded(stored(orientation), form, orientation))
    assert picture is not None
    assert (picture.size, looks(picture)) == ((320, 200), UPRIGHT)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of their pixels, both made very small."""
    pairs = [picture.convert("L").resize((16, 16)).tobytes() for picture in (one, other)]
    return sum(abs(a - b) for a, b in zip(*pairs, strict=True)) / 256


@pytest.mark.parametrize("name", ["100CANON/IMG_9994", "100CANON/IMG_9995", "101CANON/IMG_0002"])
def test_the_preview_in_a_raw_stands_as_its_jpeg_does(tmp_path, name):
    raw, jpeg = (made(tmp_path, Path(name + end).name, (CANON / (name + end)).read_bytes()) for end in (".DNG", ".JPG"))
    assert raw is not None
    assert jpeg is not None
    assert (raw.width > raw.height) == (jpeg.width > jpeg.height)
    turned = raw.transpose(Image.Transpose.ROTATE_180)
    assert difference(raw, jpeg) < 12 < difference(turned, jpeg)


def with_smaller(smaller: Image.Image, large: Image.Image, orientation: int = 1) -> bytes:
    """A JPEG with a "large thumbnail" behind it, as Sony's and Nikon's cameras write them (CIPA DC-007)."""
    exif, data = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    large.save(data, "MPO", save_all=True, append_images=[smaller], exif=exif)
    with Image.open(data) as picture:
        entry = picture.mpinfo[0xB002][1]
    place = struct.pack("<LL", entry["Size"], entry["DataOffset"])
    written = data.getvalue()
    assert written.count(bytes(4) + place) == 1
    return written.replace(bytes(4) + place, struct.pack("<L", 0x010002) + place)


BLANK = Image.new("RGB", (1200, 800), (128, 128, 128))  # which of the two was shown is seen by it


def test_the_smaller_jpeg_behind_a_large_one_saves_the_work_and_stands_as_the_large_one_does(tmp_path):
    picture = made(tmp_path, "a.jpg", with_smaller(stored(6, 400, 600), BLANK, 6))
    assert picture is not None
    assert (picture.size, looks(picture)) == ((213, 320), UPRIGHT)


@pytest.mark.parametrize("size", [(240, 160), (640, 480)])
def test_a_smaller_jpeg_that_is_too_small_or_cut_otherwise_is_not_taken(tmp_path, size):
    picture = made(tmp_path, "a.jpg", with_smaller(BLANK.resize(size), quarters(UPRIGHT, 1200, 800)))
    assert picture is not None
    assert (picture.size, looks(picture)) == ((320, 213), UPRIGHT)


def test_a_list_of_pictures_that_leads_nowhere_costs_nothing(tmp_path):
    data = with_smaller(BLANK.resize((600, 400)), quarters(UPRIGHT, 1200, 800))
    with Image.open(io.BytesIO(data)) as picture:
        place = struct.pack("<L", picture.mpinfo[0xB002][1]["DataOffset"])
    picture = made(tmp_path, "a.jpg", data.replace(place, b"\xff\xff\xff\x7f"))
    assert picture is not None
    assert (picture.size, looks(picture)) == ((320, 213), UPRIGHT)


def test_nothing_but_pixels_comes_out(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noted = encoded(stored(1), comment=b"call me at home", icc_profile=profile)
    picture = made(tmp_path, "a.jpg", noted)
    assert picture is not None
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not picture.getexif()


def test_a_small_picture_is_not_made_larger(tmp_path):
    picture = made(tmp_path, "a.jpg", encoded(quarters(UPRIGHT, 60, 40)))
    assert picture is not None
    assert picture.size == (60, 40)


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "RGBA", "1", "I;16"])
def test_every_kind_of_pixel_becomes_an_ordinary_picture(tmp_path, mode):
    picture = quarters(UPRIGHT, 640, 400)
    picture = picture.convert("I").point(lambda v: v * 256).convert("I;16") if mode == "I;16" else picture.convert(mode)
    data = io.BytesIO()
    picture.save(data, "TIFF")
    found = made(tmp_path, "a.tif", data.getvalue())
    assert found is not None
    assert (found.mode, found.size) == ("RGB", (320, 200))
    assert found.convert("L").getpixel((240, 150)) > 200 > 100 > found.convert("L").getpixel((80, 50))


def test_a_profile_that_is_noise_costs_the_profile_and_not_the_picture(tmp_path):
    picture = made(tmp_path, "a.jpg", encoded(stored(1), icc_profile=b"noise" * 50))
    assert picture is not None
    assert looks(picture) == UPRIGHT


def test_of_a_cut_jpeg_there_is_what_there_is(tmp_path):
    data = encoded(quarters(UPRIGHT, 1600, 1000), quality=95)
    picture = made(tmp_path, "a.jpg", data[: len(data) * 2 // 3])
    assert picture is not None
    assert looks(picture)[0] == UPRIGHT[0]


def png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(3 * width + 1) * 4)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_header_that_promises_billions_of_pixels_is_refused_before_they_are_made(tmp_path):
    with pytest.raises(Exception, match=r"pixels|bomb"):
        made(tmp_path, "a.png", png_of(60_000, 60_000))


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_of_a_heif_the_small_jpeg_that_the_camera_put_beside_it_is_shown(tmp_path, brand):
    plain = heic(brand)
    assert made(tmp_path, "a.heic", plain) is None
    jpeg = encoded(quarters(UPRIGHT, 160, 100))
    content = struct.pack(">I", 6) + b"Exif\0\0" + tiff() + jpeg
    ftyp = box(b"ftyp", brand, bytes(4))
    iloc = box(b"iloc", bytes([1, 0, 0, 0, 0x44, 0]), b"\0\x01\0\x07\0\0",
               struct.pack(">HHII", 0, 1, len(ftyp) + 8, len(content)))  # fmt: skip
    infe = box(b"infe", b"\x02\0\0\0", b"\0\x07\0\0", b"Exif\0")
    meta = box(b"meta", bytes(4), box(b"iinf", bytes(4), b"\0\x01", infe), iloc)
    picture = made(tmp_path, "a.heic", ftyp + box(b"mdat", content) + meta)
    assert picture is not None
    assert (picture.size, looks(picture)) == ((160, 100), UPRIGHT)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.wav", b"RIFF$\0\0\0WAVEfmt "),
        ("a.cr3", b"\x93" * 900),
        ("a.xml", b"<?xml?><a/>"),
        ("a.jpg", b""),
        ("a", b"x"),
    ],
)
def test_what_holds_no_picture_gives_none(tmp_path, name, data):
    assert made(tmp_path, name, data) is None


@pytest.mark.parametrize("name", ["canon/DCIM/101CANON/MVI_0003.MP4", "sony/PRIVATE/M4ROOT/CLIP/C0001.MP4"])
def test_of_a_clip_there_is_a_frame(tmp_path, name):
    picture = made(tmp_path, "a.mp4", (SAMPLES / name).read_bytes(), 200)
    assert picture is not None
    assert max(picture.size) <= 200
    assert len(set(picture.convert("L").resize((16, 16)).tobytes())) > 20


def test_without_ffmpeg_a_clip_has_no_frame(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert made(tmp_path, "a.mp4", (SAMPLES / "canon/DCIM/101CANON/MVI_0003.MP4").read_bytes()) is None


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{other}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{other}'\n",
    ],
)
def test_a_clip_that_is_a_list_of_other_files_shows_none_of_them(tmp_path, text):
    other = SAMPLES / "canon/DCIM/101CANON/MVI_0003.MP4"
    path = tmp_path / "a.mp4"
    path.write_text(text.format(other=other))
    with path.open("rb") as file:
        assert clip_frame(file.fileno(), 320) is None


def test_a_clip_of_noise_has_no_frame(tmp_path):
    noise = bytes(n * 197 % 251 for n in range(200_000))
    path = tmp_path / "a.mov"
    path.write_bytes(b"\0\0\0\x14ftypqt  " + bytes(8) + b"\0\x03\0\0mdat" + noise)
    with path.open("rb") as file:
        assert clip_frame(file.fileno(), 320) is None
