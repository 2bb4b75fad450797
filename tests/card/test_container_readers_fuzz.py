"""Damaged and invented files: the readers end, within their allowance, with the one documented error or none."""

import io
from contextlib import suppress
from datetime import timedelta

import pytest
from camera_file_builders import NOW, box, every_shape, heic, jpeg, keys, mvhd, segment, tiff
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.card.capture import READERS, capture_of
from ingest.card.containers import tiff as tiff_reader
from ingest.card.containers.magic import Kind, kind_of
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import BYTES_LIMIT, HEAD, READ_LIMIT, READS_LIMIT, MalformedError, Window
from ingest.card.exif import read_exif
from ingest.card.health import examine
from ingest.card.structure import Symptom

SHAPES = every_shape()
PREFIXES = [
    *(b"\xff\xd8\xff\xe1", b"II*\0", b"MM\0*", b"FUJIFILMCCD-RAW ", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR", b"FOVb"),
    *(b"RIFF\0\1\0\0AVI ", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypqt  ", b"<?xml ", b""),
]
HOSTILE = [b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"]


class CountingFile(io.BytesIO):
    """Counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.asked = 0
        self.reads = 0
        self.largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0, "an unbounded read"
        self.asked += size
        self.reads += 1
        self.largest = max(self.largest, size)
        return super().read(size)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """(name, content) of a good file with some bytes set to hostile values, and perhaps cut."""
    name = draw(st.sampled_from(sorted(SHAPES)))
    data = bytearray(SHAPES[name])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        new = draw(
            st.sampled_from([b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
            | st.binary(max_size=4)
        )
        data[at : at + len(new)] = new
    return name, bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


invented = st.tuples(
    st.sampled_from(sorted(SHAPES)),
    st.tuples(st.sampled_from(PREFIXES), st.binary(max_size=400)).map(b"".join),
)


def within_allowance(file: CountingFile) -> None:
    assert file.asked <= BYTES_LIMIT + HEAD
    assert file.reads <= READS_LIMIT + 1
    assert file.largest <= 4 * READ_LIMIT


@settings(deadline=None, max_examples=600)
@given(damaged() | invented)
@example(("IMG_0001.HEIC", box(b"ftyp", b"heic", bytes(4)) + box(b"meta", bytes(3))))
def test_readers_of_damaged_files_raise_the_documented_error_or_none(case: tuple[str, bytes]) -> None:
    file = CountingFile(case[1])
    window = Window.of(file)
    kind, facts = kind_of(window), Facts()
    if kind is not Kind.UNKNOWN:
        with suppress(MalformedError):
            READERS[kind](window, facts)
    read_exif(facts.tiffs)
    within_allowance(file)


@settings(deadline=None, max_examples=300)
@given(damaged() | invented)
def test_a_damaged_file_gives_a_believable_capture_or_none(case: tuple[str, bytes]) -> None:
    name, data = case
    found = capture_of(CountingFile(data), name.encode(), NOW)
    if found is not None:
        assert 1990 <= found.local.year <= 2026
        assert found.offset_minutes is None or abs(timedelta(minutes=found.offset_minutes)) <= timedelta(hours=14)
        assert all(text.isprintable() and len(text) <= 64 for text in (found.make, found.model, found.serial))


@settings(deadline=None, max_examples=300)
@given(damaged() | invented)
def test_the_health_of_damaged_files_is_findings_and_never_an_error(case: tuple[str, bytes]) -> None:
    def not_asked(path: str) -> list[Symptom]:
        raise AssertionError(f"{path}: this file has no descriptor that a decoder could open")

    name, data = case
    try:
        found = examine(CountingFile(data), name.encode(), not_asked)
    except io.UnsupportedOperation:  # it looked whole and the decoder's turn had come: BytesIO has no descriptor
        return
    assert len(found) <= 3


def test_a_table_of_contents_without_end_is_cut_off() -> None:
    many = box(b"moov", *([box(b"meta", keys({}))] * 1_990)) + mvhd(0)
    file = CountingFile(b"\0\0\0\x08free" * 1_999 + many)
    assert capture_of(file, b"MVI_0001.MP4", NOW) is None
    within_allowance(file)


@pytest.mark.parametrize("boxes", [2_001, 100_000])
def test_more_boxes_than_any_camera_writes_are_malformed(boxes: int) -> None:
    window = Window.of(io.BytesIO(b"\0\0\0\x08free" * boxes))
    with pytest.raises(MalformedError, match="more boxes"):
        READERS[Kind.BMFF](window, Facts())


def test_an_item_table_with_a_wild_count_ends_at_once() -> None:
    data = heic()
    at = data.index(b"iinf") + 8
    file = CountingFile(data[:at] + b"\xff\xff" + data[at + 2 :])
    assert capture_of(file, b"IMG_0001.HEIC", NOW) is None
    within_allowance(file)


def test_directories_that_point_at_each_other_end() -> None:
    looped = bytearray(tiff(pixels=bytes(40)))
    looped[8 + 2 + 12 * 5 : 8 + 6 + 12 * 5] = (8).to_bytes(4, "little")
    assert tiff_reader.promised_end(Window.of(io.BytesIO(bytes(looped)))) == len(looped)


def test_tags_with_wild_counts_cost_no_more_than_the_allowance() -> None:
    """Sixty thousand tags of 999 values each would keep exifread busy for minutes."""
    entry = (0x9999).to_bytes(2, "little") + (4).to_bytes(2, "little") + (999).to_bytes(4, "little") + bytes(4)
    blob = b"II*\0\x08\0\0\0" + b"\xff\xff" + entry * 65_535
    file = CountingFile(blob)
    assert capture_of(file, b"IMG_0001.NEF", NOW) is None
    within_allowance(file)


def test_a_file_that_fails_while_it_is_read_is_the_callers_to_know() -> None:
    class Failing(CountingFile):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.reads:
                raise OSError("the card reader gave up")
            return super().read(size)

    late = jpeg(segment(0xE2, bytes(65_000)), segment(0xE2, bytes(65_000)))
    with pytest.raises(OSError, match="gave up"):
        capture_of(Failing(late), b"IMG_0001.JPG", NOW)


def test_a_window_never_reads_outside_itself() -> None:
    part = Window.of(io.BytesIO(b"0123456789")).part(2, 5)
    assert part.read(0, 5) == b"23456"
    assert part.peek(3, 50) == b"56"
    assert part.peek(90, 5) == b""
    for offset, length in ((-1, 2), (0, 6), (5, 1), (2, -1)):
        with pytest.raises(MalformedError):
            part.read(offset, length)
        with pytest.raises(MalformedError):
            part.part(offset, length)


def test_a_window_counts_reads_and_bytes() -> None:
    window = Window.of(io.BytesIO(bytes(HEAD + 100)), bytes_limit=60, reads_limit=10)
    window.read(HEAD, 60)
    with pytest.raises(MalformedError, match="more bytes"):
        window.read(HEAD, 1)
    for _ in range(8):
        window.read(0, 1)
    with pytest.raises(MalformedError, match="more reads"):
        window.read(0, 1)
