"""A small RAW that decoders really open: DNG 1.4, Bayer mosaic, 16 bit, uncompressed, with a JPEG preview.

Shape: IFD0 is the preview with the camera's facts, its SubIFD the mosaic of 256 x 160 pixels. Source: DNG 1.4.
"""

from __future__ import annotations

import random
import struct

from . import exif, jpeg
from .exif import Shot
from .scenes import Colour, Scene, grid
from .tiff import BYTE, LONG, RATIONAL, SHORT, SRATIONAL, Directory, numbers, text, tiff_file, undefined

COLUMNS, ROWS = 32, 20
FILE_SIZE = 86_528
"""Every RAW has this size, as uncompressed ones of real cameras do: a trap for whoever tells files apart by size."""
WIDTH, HEIGHT = COLUMNS * jpeg.TILE, ROWS * jpeg.TILE
BLACK, WHITE = 512, 15_000

_SUB_IFDS, _DNG_VERSION, _DNG_BACKWARD_VERSION, _UNIQUE_MODEL, _CAMERA_SERIAL = 0x014A, 0xC612, 0xC613, 0xC614, 0xC62F
_NEW_SUBFILE_TYPE, _IMAGE_WIDTH, _IMAGE_LENGTH, _BITS = 0x00FE, 0x0100, 0x0101, 0x0102
_COMPRESSION, _PHOTOMETRIC, _PADDING = 0x0103, 0x0106, 0xEA1C
_SAMPLES, _ROWS_PER_STRIP, _PLANAR = 0x115, 0x116, 0x11C
_CFA_REPEAT, _CFA_PATTERN, _CFA_PLANES, _CFA_LAYOUT = 0x828D, 0x828E, 0xC616, 0xC617
_BLACK_LEVEL, _WHITE_LEVEL, _COLOUR_MATRIX, _AS_SHOT_NEUTRAL, _ILLUMINANT = 0xC61A, 0xC61D, 0xC621, 0xC628, 0xC65A
_LEAST_PADDING = 8  # more than fits into a directory entry, so that the layout stays the same
_UNCOMPRESSED, _JPEG, _YCBCR, _CFA, _D65 = 1, 7, 6, 32803, 21

_XYZ_TO_CAMERA = (7034, -804, -1014, -4420, 12564, 2058, -851, 1994, 5758)  # a plausible matrix of our own, in 1/10000


def _level(value: int, chance: random.Random) -> int:
    """A sensor's answer to a display value of 0-255: roughly linear light, with noise."""
    return min(WHITE, BLACK + value * value // 6 + chance.getrandbits(6))


def _pixel_row(colours: tuple[Colour, ...], odd: bool, chance: random.Random) -> bytes:
    """One row of the mosaic: RGRG... on even rows, GBGB... on odd ones."""
    first, second = (1, 2) if odd else (0, 1)
    levels = [_level(colour[channel], chance) for colour in colours for channel in (first, second) * (jpeg.TILE // 2)]
    return struct.pack(f"<{len(levels)}H", *levels)


def _mosaic(scene: Scene) -> bytes:
    chance = random.Random(f"sensor {scene.seed}")
    return b"".join(
        _pixel_row(colours, bool(line % 2), chance)
        for colours in grid(scene, COLUMNS, ROWS)
        for line in range(jpeg.TILE)
    )


def _raw_directory(scene: Scene) -> Directory:
    return Directory(
        {
            _NEW_SUBFILE_TYPE: numbers(LONG, 0),
            _IMAGE_WIDTH: numbers(LONG, WIDTH),
            _IMAGE_LENGTH: numbers(LONG, HEIGHT),
            _BITS: numbers(SHORT, 16),
            _COMPRESSION: numbers(SHORT, _UNCOMPRESSED),
            _PHOTOMETRIC: numbers(SHORT, _CFA),
            _SAMPLES: numbers(SHORT, 1),
            _ROWS_PER_STRIP: numbers(LONG, HEIGHT),
            _PLANAR: numbers(SHORT, 1),
            _CFA_REPEAT: numbers(SHORT, 2, 2),
            _CFA_PATTERN: numbers(BYTE, 0, 1, 1, 2),
            _CFA_PLANES: numbers(BYTE, 0, 1, 2),
            _CFA_LAYOUT: numbers(SHORT, 1),
            _BLACK_LEVEL: numbers(SHORT, BLACK),
            _WHITE_LEVEL: numbers(SHORT, WHITE),
        },
        image=_mosaic(scene),
    )


def encode(shot: Shot) -> bytes:
    """The whole DNG of a shot; the same shot gives the same bytes."""
    scene = Scene(shot.seed)
    first = exif.directory(shot, WIDTH, HEIGHT)
    first.values |= {
        _NEW_SUBFILE_TYPE: numbers(LONG, 1),
        _IMAGE_WIDTH: numbers(LONG, WIDTH),
        _IMAGE_LENGTH: numbers(LONG, HEIGHT),
        _BITS: numbers(SHORT, 8, 8, 8),
        _COMPRESSION: numbers(SHORT, _JPEG),
        _PHOTOMETRIC: numbers(SHORT, _YCBCR),
        _SAMPLES: numbers(SHORT, 3),
        _ROWS_PER_STRIP: numbers(LONG, HEIGHT),
        _PLANAR: numbers(SHORT, 1),
        _DNG_VERSION: numbers(BYTE, 1, 4, 0, 0),
        _DNG_BACKWARD_VERSION: numbers(BYTE, 1, 1, 0, 0),
        _UNIQUE_MODEL: text(shot.camera.model),
        _CAMERA_SERIAL: text(shot.camera.serial),
        _COLOUR_MATRIX: numbers(SRATIONAL, *(number for value in _XYZ_TO_CAMERA for number in (value, 10_000))),
        _AS_SHOT_NEUTRAL: numbers(RATIONAL, 1, 2, 1, 1, 2, 3),
        _ILLUMINANT: numbers(SHORT, _D65),
    }
    first.children[_SUB_IFDS] = _raw_directory(scene)
    first.image = jpeg.encode(scene, COLUMNS, ROWS, grain=0)
    first.values[_PADDING] = undefined(bytes(_LEAST_PADDING))
    missing = FILE_SIZE - len(tiff_file(first))
    first.values[_PADDING] = undefined(bytes(_LEAST_PADDING + missing))
    return tiff_file(first)
