"""A small reader of baseline JPEG for tests: does the scan hold every block it promises, and nothing else?

It knows nothing of how the samples are written. Source: ITU-T T.81, annexes B, C and F.
"""

import struct


def segments(data: bytes) -> tuple[dict[int, list[bytes]], int]:
    """Marker -> payloads up to the scan, and where the scan's data begins."""
    assert data[:2] == b"\xff\xd8"
    found: dict[int, list[bytes]] = {}
    at = 2
    while 0xDA not in found:
        sign, marker, length = struct.unpack(">BBH", data[at : at + 4])
        assert sign == 0xFF
        found.setdefault(marker, []).append(data[at + 4 : at + 2 + length])
        at += 2 + length
    return found, at


def _codes(table: bytes) -> dict[str, int]:
    """The canonical Huffman codes of a DHT payload, as bit texts. Source: ITU-T T.81, annex C."""
    symbols, code, codes = iter(table[17:]), 0, {}
    for length in range(1, 17):
        for _ in range(table[length]):
            codes[f"{code:0{length}b}"] = next(symbols)
            code += 1
        code <<= 1
    return codes


class _BitReader:
    def __init__(self, data: bytes) -> None:
        self.bits = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def skip(self, count: int) -> None:
        self.at += count

    def symbol(self, codes: dict[str, int]) -> int:
        for length in range(1, 17):
            word = self.bits[self.at : self.at + length]
            if len(word) < length:
                raise IndexError("the data ends inside a code")
            if word in codes:
                self.at += length
                return codes[word]
        raise ValueError("no such code")


def _skip_block(reader: _BitReader, dc: dict[str, int], ac: dict[str, int]) -> None:
    reader.skip(reader.symbol(dc))
    place = 1
    while place < 64:
        symbol = reader.symbol(ac)
        if symbol == 0:
            return
        place += (symbol >> 4) + 1
        reader.skip(symbol & 15)
    assert place == 64


def size_in_tiles(data: bytes) -> tuple[int, int]:
    """Width and height in blocks of 8 pixels, from the frame header."""
    height, width = struct.unpack(">HH", segments(data)[0][0xC0][0][1:5])
    return int(width) // 8, int(height) // 8


def tiles_painted(data: bytes) -> int:
    """Decodes the scan of a 4:4:4 baseline JPEG block by block; the number of tiles that were whole."""
    before_scan, at = segments(data)
    tables = {payload[0]: _codes(payload) for payload in before_scan[0xC4]}
    width, height = size_in_tiles(data)
    end = data.rfind(b"\xff\xd9") if b"\xff\xd9" in data else len(data)
    reader = _BitReader(data[at:end].replace(b"\xff\x00", b"\xff"))
    for _ in range(width * height * 3):
        _skip_block(reader, tables[0x00], tables[0x10])
    rest = reader.bits[reader.at :]
    assert len(rest) < 8
    assert set(rest) <= {"1"}
    return width * height
