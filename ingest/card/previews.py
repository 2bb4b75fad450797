"""A small picture of a camera file: the preview inside a RAW, a still made smaller while it is decoded, a clip's frame.

It runs in a child alone (`sheets/preview_child.py`), since what opens pictures is what hostile ones are made for. What
comes out is made anew: pixels, upright, in sRGB, and nothing else of what a camera or an editor wrote into the file.
Sources: EXIF 2.32 (orientation), LibRaw (`flip`), ISO/IEC 23008-12 (the Exif item of a HEIF), CIPA DC-007 (MPF).
"""

import contextlib
import io
import os
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ingest.card.clip_frame import clip_frame
from ingest.card.containers import heif
from ingest.card.containers.boxes import whole_boxes
from ingest.card.containers.magic import Kind, kind_of, major_brand
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import READ_LIMIT, MalformedError, Window
from ingest.model.media import CLIPS, NO_MAGIC, RAWS
from ingest.model.names import suffix_of

if TYPE_CHECKING:
    from PIL.Image import Image

PIXELS = 160_000_000  # decoded at once, in memory; a JPEG of ten times as many is decoded smaller
_OPENED = 2_000_000_000  # pixels that a header may promise
_QUALITY = 82
_STILLS = ("JPEG", "TIFF", "PNG")
_PNG = b"\x89PNG\r\n\x1a\n"
_MAKERS = (Kind.RAF, Kind.MRW, Kind.CRW, Kind.X3F)
_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")
_ORIENTATION = 0x0112
_UPSIDE_DOWN = 3
_BY_FLIP = {_UPSIDE_DOWN: 3, 5: 8, 6: 6}  # LibRaw's `flip` -> EXIF's orientation
_SILENT = b"wav"
_TRIES = 8
_MP_ENTRIES = 0xB002  # CIPA DC-007
_ROUNDED = 0.01  # sides of a smaller picture are whole pixels; one with black bars is another picture


def small_jpeg(file: BinaryIO, name: bytes, edge: int) -> bytes | None:
    """A JPEG of `edge` pixels at most on its longer side, never enlarged; None where there is no way to one.

    Args:
        file: a real file, opened for reading, untrusted.
        name: its path; only the extension is used, where the content leaves a choice.
        edge: pixels.

    Raises:
        Exception: whatever the decoders raise at a bad picture.
    """
    window = Window.of(file)
    kind, suffix = kind_of(window), suffix_of(name)
    brand = major_brand(window) if kind is Kind.BMFF else b""
    if kind in _MAKERS or brand == b"crx " or (kind is Kind.TIFF and suffix in RAWS):
        return _of_raw(_path_of(file), edge)
    if kind in (Kind.JPEG, Kind.TIFF) or window.peek(0, len(_PNG)) == _PNG:
        file.seek(0)
        return _of_still(file, edge)
    if brand in _STILL_BRANDS:
        return _of_heif(window, edge)
    if kind is Kind.BMFF or suffix in (CLIPS | NO_MAGIC) - RAWS - {_SILENT}:
        frame = clip_frame(file.fileno(), edge)
        return _of_still(io.BytesIO(frame), edge) if frame else None
    return None


def _of_still(file: BinaryIO, edge: int, orientation: int = 0) -> bytes:
    """orientation: to be taken in place of the picture's own, as EXIF numbers it; 0 for its own."""
    picture = _opened(file)
    number = orientation or _own_orientation(picture)
    _go_to_smaller(picture, edge)
    return _encoded(_turned(_small(picture, edge), number))


def _go_to_smaller(picture: "Image", edge: int) -> None:
    """To the smaller JPEG that many cameras put behind a large one, if it is large enough and shows all of it: decoding
    it takes a tenth of the time. Where that is not as it says, the large one stays.
    """
    wide, high = picture.size
    try:
        entries = getattr(picture, "mpinfo", {}).get(_MP_ENTRIES, ())[1:_TRIES]
        for number, entry in enumerate(entries, 1):
            if entry["Attribute"]["MPType"].startswith("Large Thumbnail"):
                picture.seek(number)
                cut = abs(picture.width * high - picture.height * wide) / (picture.width * high)
                if max(picture.size) >= edge and cut < _ROUNDED:
                    return
    except Exception:  # noqa: BLE001 - a list of pictures that is damaged is none
        wide = 0
    if picture.size != (wide, high):
        picture.seek(0)


def _of_raw(path: str, edge: int) -> bytes:
    import rawpy
    from PIL import Image

    with rawpy.imread(path) as raw:
        flip, lies = raw.sizes.flip, raw.sizes.width >= raw.sizes.height
        try:
            thumb = raw.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            return _encoded(_small(Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True)), edge))
    is_jpeg, data = thumb.format == rawpy.ThumbFormat.JPEG, cast("Any", thumb.data)
    picture = _opened(io.BytesIO(data)) if is_jpeg else Image.fromarray(data)
    number = _own_orientation(picture) if is_jpeg else 1
    if number == 1 and (flip == _UPSIDE_DOWN or (picture.width >= picture.height) == lies):  # else it stands already
        number = _BY_FLIP.get(flip, 1)
    return _encoded(_turned(_small(picture, edge), number))


def _of_heif(window: Window, edge: int) -> bytes | None:
    """The JPEG that most cameras keep in the Exif item; the picture itself needs a decoder that is not here."""
    facts = Facts()
    for box in whole_boxes(window):
        if box.kind == b"meta":
            heif.read(window, box.body, facts)
    for exif in facts.tiffs:
        data = exif.peek(0, min(exif.size, READ_LIMIT))
        starts = islice(re.finditer(rb"\xff\xd8\xff", data), _TRIES)  # some makers' notes begin like one and are none
        for start in (found.start() for found in starts):
            with contextlib.suppress(OSError):
                return _of_still(io.BytesIO(data[start:]), edge, _orientation_in(data))
    return None


def _orientation_in(tiff: bytes) -> int:
    from PIL import Image

    exif = Image.Exif()
    exif.load(b"Exif\0\0" + tiff)
    return int(exif.get(_ORIENTATION, 1))


def _opened(file: BinaryIO) -> "Image":
    """Opened by those decoders alone that photographs need; a cut picture keeps what there is of it."""
    from PIL import Image, ImageFile

    Image.MAX_IMAGE_PIXELS = _OPENED // 2  # at twice as many it raises
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    return Image.open(file, formats=_STILLS)


def _small(picture: "Image", edge: int) -> "Image":
    """Made smaller, first while it is decoded, then well; RGB in sRGB."""
    from PIL import Image

    picture.draft("RGB", (2 * edge, 2 * edge))
    if picture.width * picture.height > PIXELS:
        raise MalformedError("more pixels than any camera has")
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif picture.mode not in ("RGB", "L", "CMYK", "YCbCr"):
        picture = picture.convert("RGB")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _in_srgb(picture, profile)


def _in_srgb(picture: "Image", profile: object) -> "Image":
    """A profile that is not understood is none."""
    plain = picture if picture.mode == "RGB" else picture.convert("RGB")
    if not isinstance(profile, bytes):
        return plain
    from PIL import ImageCms

    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return plain
    return found or plain


def _own_orientation(picture: "Image") -> int:
    """As EXIF numbers it; 1 for a TIFF, which is turned while it is decoded."""
    try:
        return 1 if picture.format == "TIFF" else int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a broken EXIF costs the orientation, not the picture
        return 1


def _turned(picture: "Image", orientation: int) -> "Image":
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return picture.transpose(ways[orientation]) if orientation in ways else picture


def _encoded(picture: "Image") -> bytes:
    picture.info.clear()  # a comment in it would be written, too
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


def _path_of(file: BinaryIO) -> str:
    """A path that names this very descriptor, whatever lies at the file's name by now."""
    file.seek(0)
    path = f"/dev/fd/{file.fileno()}"
    return path if os.path.exists(path) else os.fsdecode(file.name)
