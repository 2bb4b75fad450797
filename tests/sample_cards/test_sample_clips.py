"""Clips and companions of the sample cards: structure, times, and what they say about one another."""

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from maker.shots import CANON_CLIP, SONY, SONY_CLIPS

CLIPS = {
    "canon/DCIM/101CANON/MVI_0003.MP4": CANON_CLIP,
    "sony/PRIVATE/M4ROOT/CLIP/C0001.MP4": SONY_CLIPS["C0001"],
    "sony/PRIVATE/M4ROOT/CLIP/C0002.MP4": SONY_CLIPS["C0002"],
    "sony/PRIVATE/M4ROOT/SUB/C0001S03.MP4": SONY_CLIPS["C0001"],
    "sony/PRIVATE/M4ROOT/SUB/C0002S03.MP4": SONY_CLIPS["C0002"],
}
_PLAIN_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"}
_NOT_COUNTED_BEFORE_CHILDREN = {b"meta": 4, b"dref": 8, b"stsd": 8, b"mp4v": 78}


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the body of every box, depth first; each box must end where its parent does or before."""
    at = start
    while at < end:
        size, kind = struct.unpack(">L4s", data[at : at + 8])
        assert 8 <= size <= end - at
        yield kind, at + 8, at + size
        if kind in _PLAIN_CONTAINERS or kind in _NOT_COUNTED_BEFORE_CHILDREN:
            yield from _boxes(data, at + 8 + _NOT_COUNTED_BEFORE_CHILDREN.get(kind, 0), at + size)
        at += size
    assert at == end


def _bodies(data: bytes) -> dict[bytes, bytes]:
    return {kind: data[start:end] for kind, start, end in _boxes(data, 0, len(data))}


def _top_level(data: bytes) -> list[bytes]:
    kinds, at = [], 0
    while at < len(data):
        size, kind = struct.unpack(">L4s", data[at : at + 8])
        kinds.append(kind)
        at += size
    assert at == len(data)
    return kinds


@pytest.mark.parametrize("name", CLIPS)
def test_boxes_end_exactly_at_the_end_of_the_file_and_of_their_parents(name: str, samples: Path) -> None:
    data = (samples / name).read_bytes()
    order = [b"ftyp", b"moov", b"mdat"] if name.startswith("canon") else [b"ftyp", b"mdat", b"moov", b"meta"]
    assert _top_level(data) == order
    assert {b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"vmhd", b"url ", b"esds", b"stts", b"stsc"} <= set(_bodies(data))


@pytest.mark.parametrize("name", CLIPS)
def test_the_movie_clock_is_utc_and_the_frames_are_where_the_table_says(name: str, samples: Path) -> None:
    data = (samples / name).read_bytes()
    bodies = _bodies(data)
    (created,) = struct.unpack(">L", bodies[b"mvhd"][4:8])
    assert datetime(1904, 1, 1, tzinfo=UTC) + timedelta(seconds=created) == CLIPS[name].closed.astimezone(UTC)
    count, first = struct.unpack(">L", bodies[b"stsz"][8:12])[0], struct.unpack(">L", bodies[b"stco"][8:12])[0]
    sizes = struct.unpack(f">{count}L", bodies[b"stsz"][12:])
    assert sum(sizes) == len(bodies[b"mdat"])
    for size in sizes:
        frame = data[first : first + size]
        assert (frame[:2], frame[-2:]) == (b"\xff\xd8", b"\xff\xd9")
        first += size


def test_the_canon_clip_began_after_midnight_though_its_movie_clock_says_the_day_before() -> None:
    assert CANON_CLIP.closed.day == 15
    assert CANON_CLIP.closed.astimezone(UTC).day == 14


@pytest.mark.parametrize("number", SONY_CLIPS)
def test_sony_xml_tells_start_zone_and_body_beside_the_clip_and_inside_it(number: str, samples: Path) -> None:
    root = samples / "sony/PRIVATE/M4ROOT/CLIP"
    beside = (root / f"{number}M01.XML").read_bytes()
    inside = _bodies((root / f"{number}.MP4").read_bytes())[b"xml "]
    assert inside[4:] == beside
    document = ElementTree.fromstring(beside)
    space = "{urn:schemas-professionalDisc:nonRealTimeMeta:ver.2.20}"
    created, device = document.find(f"{space}CreationDate"), document.find(f"{space}Device")
    assert created is not None
    assert device is not None
    started = datetime.fromisoformat(created.attrib["value"])
    assert started == SONY_CLIPS[number].closed - timedelta(seconds=1)
    assert started.utcoffset() == timedelta(hours=2)
    assert device.attrib["serialNo"] == SONY.serial


def test_mediapro_names_every_file_of_the_clip_tree(samples: Path) -> None:
    root = samples / "sony/PRIVATE/M4ROOT"
    document = ElementTree.parse(root / "MEDIAPRO.XML")
    named = {element.attrib["uri"].removeprefix("./") for element in document.iter() if "uri" in element.attrib}
    there = {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()}
    assert named == there - {"MEDIAPRO.XML"}


def test_the_voice_memo_is_a_whole_wave_file_that_names_its_picture(samples: Path) -> None:
    folder = samples / "canon/DCIM/100CANON"
    data = (folder / "IMG_9996.WAV").read_bytes()
    chunks, at = {}, 12
    while at < len(data):
        kind, size = struct.unpack("<4sL", data[at : at + 8])
        chunks[kind + (data[at + 8 : at + 12] if kind == b"LIST" else b"")] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert struct.unpack("<4sL4s", data[:12]) == (b"RIFF", len(data) - 8, b"WAVE")
    assert at == len(data)
    assert list(chunks) == [b"fmt ", b"LISTINFO", b"LISTexif", b"data"]
    named = re.search(rb"erel\x0d\0\0\0([A-Z0-9_.]+)\0", chunks[b"LISTexif"])
    assert named is not None
    assert (folder / named[1].decode()).is_file()
    assert b"etim\x0c\0\0\x0023:47:41.50\0" in chunks[b"LISTexif"]


def test_the_sidecar_rates_its_raw(samples: Path) -> None:
    path = samples / "canon/DCIM/101CANON/IMG_0002.XMP"
    document = ElementTree.fromstring(path.read_text("utf-8"))
    (description,) = document.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    assert description.attrib["{http://ns.adobe.com/xap/1.0/}Rating"] == "4"
    owner = description.attrib["{http://ns.adobe.com/photoshop/1.0/}SidecarForExtension"]
    assert path.with_suffix(f".{owner}").is_file()


def test_the_print_order_names_pictures_that_exist(samples: Path) -> None:
    order = (samples / "canon/MISC/AUTPRINT.MRK").read_text("ascii")
    named = re.findall(r'<IMG SRC = "\.\./([^"]+)">', order)
    assert len(named) == 2
    assert all((samples / "canon" / name).is_file() for name in named)


def test_the_litter_of_a_computer_has_its_true_magic(samples: Path) -> None:
    assert (samples / "canon/.DS_Store").read_bytes()[:8] == b"\0\0\0\x01Bud1"
    assert (samples / "canon/DCIM/100CANON/._IMG_9994.JPG").read_bytes()[:4] == b"\0\x05\x16\x07"
    assert (samples / "canon/DCIM/CANONMSC/M0100.CTG").is_file()
