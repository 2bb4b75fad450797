"""Of a TIFF exifread is given the wanted entries alone: it must read of them what it reads of the whole."""

import io
import struct

import pytest
from camera_file_builders import EXIF_TAGS, bare_directory, every_shape, long, short, text, tiff
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.card.capture import READERS
from ingest.card.containers.extract import values
from ingest.card.containers.magic import kind_of
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import Window
from ingest.card.exif import _EXIF_OFFSET, _NUMBERS, _texts, _texts_of_all

FULL = {
    **EXIF_TAGS,
    0x9004: "2026:03:14 15:22:34",
    0x9012: "+02:00",
    0x9292: "07",
    0x9286: "a comment",
    0x829D: "f/2",
}


def window(data: bytes) -> Window:
    return Window.of(io.BytesIO(data))


def blobs() -> list[bytes]:
    """The EXIF blobs of every shape of camera file, and some of their own."""
    found = [
        tiff(FULL),
        tiff({}, {0x9003: text("2026:04:02 10:00:00")}),
        bare_directory(FULL),
        tiff(make="N", model=""),
    ]
    for data in every_shape().values():
        facts = Facts()
        reader = READERS.get(kind_of(window(data)))
        if reader:
            reader(window(data), facts)
        found += [blob.peek(0, blob.size) for blob in facts.tiffs]
    return found


def big_endian() -> bytes:
    """A Motorola TIFF: a model, a link of one SHORT, and a date and a zone behind it."""
    entry = struct.Struct(">HHII")
    first = struct.pack(">H", 2) + entry.pack(0x110, 2, 3, int.from_bytes(b"R5\0\0", "big"))
    first += struct.pack(">HHIHH", 0x8769, 3, 1, 38, 0) + bytes(4)
    inner = struct.pack(">H", 2) + entry.pack(0x9003, 2, 20, 68) + entry.pack(0x9011, 2, 7, 88) + bytes(4)
    return b"MM\0*\0\0\0\x08" + first + inner + b"2026:03:14 15:22:33\0" + b"+01:00\0"


@pytest.mark.parametrize("blob", [*blobs(), big_endian()])
def test_the_values_are_those_of_the_whole_blob(blob: bytes) -> None:
    assert values(window(blob), _NUMBERS, _EXIF_OFFSET) is not None
    assert _texts(window(blob)) == _texts_of_all(window(blob))


def test_both_byte_orders_are_read() -> None:
    found = _texts(window(big_endian()))
    assert found == {"Model": "R5", "DateTimeOriginal": "2026:03:14 15:22:33", "OffsetTimeOriginal": "+01:00"}


@pytest.mark.parametrize("blob", [b"", b"II*\0\x08", b"\0\0*\0\x08\0\0\0" + bytes(40)])
def test_what_is_no_plain_tiff_is_left_to_exifread(blob: bytes) -> None:
    assert _texts(window(blob)) == _texts_of_all(window(blob))


def test_a_link_to_two_directories_is_left_to_exifread() -> None:
    entries = struct.pack("<HHHII", 1, 0x8769, 4, 2, 26) + bytes(4) + struct.pack("<II", 8, 8)
    assert values(window(b"II*\0\x08\0\0\0" + entries), _NUMBERS, _EXIF_OFFSET) is None


def test_of_an_entry_that_stands_twice_the_last_one_counts() -> None:
    twice = struct.pack("<HHHI4sHHI4sI", 2, 0x110, 2, 4, b"one\0", 0x110, 2, 4, b"two\0", 0)
    blob = b"II*\0\x08\0\0\0" + twice
    assert _texts(window(blob)) == _texts_of_all(window(blob)) == {"Model": "two"}


@pytest.mark.parametrize("entry", [short(1, 2, 3), long(7), (2, 4_000_000_000, b"\x08\0\0\0"), (12, 3, bytes(24))])
def test_values_of_other_types_and_wild_counts_are_read_alike(entry: tuple[int, int, bytes]) -> None:
    blob = tiff(first={0x110: entry})
    assert _texts(window(blob)) == _texts_of_all(window(blob))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(blobs()), st.data())
def test_a_damaged_blob_is_read_within_the_allowance_and_raises_nothing(blob: bytes, data: st.DataObject) -> None:
    damaged = bytearray(blob)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4) | st.just(b"\xff\xff\xff\xff"))
    for name, value in _texts(window(bytes(damaged))).items():
        assert len(value) <= 64, name
