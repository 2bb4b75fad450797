"""Baseline JPEG, painted in tiles: each 8 x 8 block gets its brightness, a slope towards its neighbours and a grain.

No cosine transform is needed, because the coefficients are chosen, not computed: with a quantiser of 8 the DC
coefficient *is* the mean of a tile. The Huffman tables are this module's own and nearly flat, which the standard
allows. Source: ITU-T T.81 (sequential DCT, 8 bit, annexes B, C, F).
"""

from __future__ import annotations

import random
import struct

from .scenes import Colour, Scene, grid

TILE = 8
_SOI, _EOI, _APP1, _DQT, _SOF0, _DHT, _SOS = 0xD8, 0xD9, 0xE1, 0xDB, 0xC0, 0xC4, 0xDA
_DC_STEP, _AC_STEP = 8, 6
_COMPONENTS = 3
_EDGE = 28  # a larger difference between two neighbours is an edge and not a slope
_GRAIN_PLACES = (4, 9, 13)  # zigzag positions of middle frequencies: seen as texture, not as edges

_DC_SYMBOLS = tuple(range(12))
_END_OF_BLOCK = 0x00
_RUN_OF_16 = 0xF0
_AC_SYMBOLS = (_END_OF_BLOCK, _RUN_OF_16, *(run << 4 | size for run in range(16) for size in range(1, 11)))
_AC_CODES = {_END_OF_BLOCK: (0, 2)} | {symbol: (0x40 + n, 8) for n, symbol in enumerate(_AC_SYMBOLS[1:])}


def segment(marker: int, payload: bytes) -> bytes:
    """A marker segment with its length. payload: at most 65,533 bytes."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


class _Bits:
    """Collects bits, most significant first; stuffs a zero behind each 0xFF as entropy-coded data must."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._pending = 0
        self._width = 0

    def add(self, value: int, width: int) -> None:
        self._pending = self._pending << width | value
        self._width += width
        while self._width >= 8:
            self._width -= 8
            self._done.append(self._pending >> self._width)
            self._pending &= (1 << self._width) - 1

    def add_number(self, value: int) -> None:
        """The extra bits of a coefficient: negative numbers as one's complement."""
        size = abs(value).bit_length()
        self.add(value if value > 0 else value + (1 << size) - 1, size)

    def close(self) -> bytes:
        if self._width:
            self.add((1 << (8 - self._width)) - 1, 8 - self._width)
        return bytes(self._done).replace(b"\xff", b"\xff\x00")


def _write_block(bits: _Bits, dc_change: int, ac: dict[int, int]) -> None:
    """One block. ac: zigzag position (1-63) -> coefficient, in rising order."""
    bits.add(abs(dc_change).bit_length(), 4)
    if dc_change:
        bits.add_number(dc_change)
    last = 0
    for place, value in ac.items():
        if value:
            bits.add(*_AC_CODES[(place - last - 1) << 4 | abs(value).bit_length()])
            bits.add_number(value)
            last = place
    bits.add(*_AC_CODES[_END_OF_BLOCK])


def _planes(colour: Colour) -> tuple[int, int, int]:
    """Y, Cb, Cr around zero; the weights of JFIF in 1/256."""
    red, green, blue = colour
    bright = (77 * red + 150 * green + 29 * blue) >> 8
    return bright - 128, (blue - bright) * 144 >> 8, (red - bright) * 183 >> 8


def _slope(before: int, after: int) -> int:
    """The first cosine's coefficient for a ramp between two neighbours; hard edges stay hard."""
    difference = after - before
    return -difference // 4 if abs(difference) < _EDGE else 0


def _scan(scene: Scene, columns: int, rows: int, grain: int) -> bytes:
    """All blocks, one of each component a tile, interleaved."""
    chance = random.Random(f"grain {scene.seed} {scene.step}")
    tiles = [[_planes(colour) for colour in row] for row in grid(scene, columns, rows)]
    bits, previous = _Bits(), [0] * _COMPONENTS
    for y, row in enumerate(tiles):
        above, below = tiles[max(y - 1, 0)], tiles[min(y + 1, rows - 1)]
        for x, tile in enumerate(row):
            for component in range(_COMPONENTS):
                across = _slope(row[max(x - 1, 0)][component], row[min(x + 1, columns - 1)][component])
                down = _slope(above[x][component], below[x][component])
                ac = {1: across, 2: down}
                if grain and component == 0:
                    ac |= {place: chance.randint(-grain, grain) for place in _GRAIN_PLACES}
                _write_block(bits, tile[component] - previous[component], ac)
                previous[component] = tile[component]
    return bits.close()


def _tables() -> bytes:
    """One quantiser and one pair of Huffman tables, used by all three components."""
    quantiser = bytes([0, _DC_STEP]) + bytes([_AC_STEP]) * 63
    dc_lengths = bytes(len(_DC_SYMBOLS) if length == 4 else 0 for length in range(1, 17))
    ac_lengths = bytes({2: 1, 8: len(_AC_SYMBOLS) - 1}.get(length, 0) for length in range(1, 17))
    return (
        segment(_DQT, quantiser)
        + segment(_DHT, b"\x00" + dc_lengths + bytes(_DC_SYMBOLS))
        + segment(_DHT, b"\x10" + ac_lengths + bytes(_AC_SYMBOLS))
    )


def encode(scene: Scene, columns: int, rows: int, *, exif: bytes = b"", grain: int = 3) -> bytes:
    """A whole JPEG of `columns` x `rows` tiles, YCbCr 4:4:4.

    exif: a TIFF that goes into APP1, none where empty. grain: 0 for a smooth picture, else the texture's strength.
    """
    parts = range(1, _COMPONENTS + 1)
    frame = struct.pack(">BHHB", 8, rows * TILE, columns * TILE, _COMPONENTS)
    frame += b"".join(bytes([part, 0x11, 0]) for part in parts)
    scan_header = bytes([_COMPONENTS]) + b"".join(bytes([part, 0]) for part in parts) + bytes([0, 63, 0])
    return (
        bytes([0xFF, _SOI])
        + (segment(_APP1, b"Exif\0\0" + exif) if exif else b"")
        + _tables()
        + segment(_SOF0, frame)
        + segment(_SOS, scan_header)
        + _scan(scene, columns, rows, grain)
        + bytes([0xFF, _EOI])
    )
