"""Small files in the shapes of cameras, made from nothing, for the tests of the readers and the checks."""

import io
import struct
from collections.abc import Mapping
from datetime import datetime

from ingest.card.capture import capture_of
from ingest.model.cards import Capture

Entry = tuple[int, int, bytes]  # TIFF type, count, little-endian payload

NOW = 1_795_478_400.0  # 2026-11-24 UTC
TAKEN = datetime.fromisoformat("2026-03-14 15:22:33")
TAKEN_UTC = 1_773_498_153  # 14:22:33 UTC on that day
DATE = "2026:03:14 15:22:33"
EXIF_TAGS: dict[int, str] = {0x9003: DATE, 0x9011: "+01:00", 0x9291: "70", 0xA431: "012345"}
CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
SONY = bytes.fromhex("55534d5421d24fcebb88695cfac9c740")
_1904 = 2_082_844_800


def capture(data: bytes, name: bytes = b"DCIM/100CANON/IMG_0001.JPG") -> Capture:
    """What the ladder finds in a file that must hold something."""
    found = capture_of(io.BytesIO(data), name, NOW)
    assert found is not None
    return found


def wall(text: str) -> datetime:
    """A wall clock as a camera shows it."""
    return datetime.fromisoformat(text)


def text(value: str) -> Entry:
    data = value.encode("latin-1") + b"\0"
    return 2, len(data), data


def short(*values: int) -> Entry:
    return 3, len(values), struct.pack(f"<{len(values)}H", *values)


def long(*values: int) -> Entry:
    return 4, len(values), struct.pack(f"<{len(values)}I", *values)


def octets(*values: int) -> Entry:
    return 1, len(values), bytes(values)


def ratios(*values: tuple[int, int]) -> Entry:
    return 10, len(values), b"".join(struct.pack("<ii", *value) for value in values)


def directory(entries: Mapping[int, Entry], start: int) -> bytes:
    """One TIFF directory at `start`, its larger values behind it, without a next one."""
    head, tail = struct.pack("<H", len(entries)), b""
    data_at = start + 2 + 12 * len(entries) + 4
    for tag, (kind, count, payload) in sorted(entries.items()):
        if len(payload) <= 4:
            value = payload.ljust(4, b"\0")
        else:
            value = struct.pack("<I", data_at + len(tail))
            tail += payload + b"\0" * (len(payload) % 2)
        head += struct.pack("<HHI", tag, kind, count) + value
    return head + b"\0\0\0\0" + tail


def tiff(
    exif: Mapping[int, str] | None = None,
    first: Mapping[int, Entry] | None = None,
    pixels: bytes = b"",
    make: str = "Canon",
    model: str = "Canon EOS R5   ",
) -> bytes:
    """A little-endian TIFF with an EXIF directory and, where there are pixels, one strip of them at its end."""
    entries = {0x10F: text(make), 0x110: text(model), **(first or {})}
    inner = {tag: text(value) for tag, value in (EXIF_TAGS if exif is None else exif).items()}
    entries[0x8769] = long(0)
    if pixels:
        entries |= {0x111: long(0), 0x117: long(len(pixels))}
    inner_at = 8 + len(directory(entries, 8))
    behind = inner_at + len(directory(inner, inner_at))
    entries[0x8769] = long(inner_at)
    if pixels:
        entries[0x111] = long(behind)
    return b"II*\0\x08\0\0\0" + directory(entries, 8) + directory(inner, inner_at) + pixels


def bare_directory(tags: Mapping[int, str]) -> bytes:
    """A TIFF whose first directory holds the tags: the shape of Canon's CMT1 and CMT2."""
    return b"II*\0\x08\0\0\0" + directory({tag: text(value) for tag, value in tags.items()}, 8)


def dng(side: int = 32, claimed: int = 0) -> bytes:
    """An uncompressed colour-filter picture that LibRaw opens and unpacks, unless it claims more than it holds."""
    edge = claimed or side
    matrix = [(1, 1) if i in (0, 4, 8) else (0, 1) for i in range(9)]
    first = {
        0xFE: long(0),
        0x100: long(edge),
        0x101: long(edge),
        0x102: short(16),
        0x103: short(1),
        0x106: short(32803),
        0x115: short(1),
        0x116: long(edge),
        0x828D: short(2, 2),
        0x828E: octets(0, 1, 1, 2),
        0xC612: octets(1, 4, 0, 0),
        0xC614: text("Test Camera"),
        0xC621: ratios(*matrix),
        0xC65A: short(21),
    }
    pixels = bytes(i * 7 & 255 if i % 2 == 0 else i & 15 for i in range(side * side * 2))
    return tiff(first=first, pixels=pixels)


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(
    *segments: bytes, exif: bytes | None = None, scan: bytes = b"\x12\x34" * 200, end: bytes = b"\xff\xd9"
) -> bytes:
    """A JPEG in structure: its segments, a start of scan, data without markers, an end."""
    blob = tiff() if exif is None else exif
    first = segment(0xE1, b"Exif\0\0" + blob) if blob else b""
    return b"\xff\xd8" + first + b"".join(segments) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + scan + end


def xmp(body: str) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + f"<x:xmpmeta>{body}</x:xmpmeta>".encode())


def iptc(day: str, clock: str) -> bytes:
    sets = b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(value)) + value.encode()
        for number, value in ((55, day), (60, clock))
        if value
    )
    return segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(sets)) + sets)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def mvhd(unix_utc: int, version: int = 0) -> bytes:
    """unix_utc 0 means not set. Version 1 has 64-bit times."""
    value = unix_utc + _1904 if unix_utc else 0
    times = struct.pack(">QQ" if version else ">II", value, value)
    return box(b"mvhd", bytes([version, 0, 0, 0]), times, bytes(80))


def keys(values: Mapping[str, str]) -> bytes:
    """QuickTime metadata: `meta` as a plain box with hdlr, keys, ilst."""
    names = b"".join(box(b"mdta", name.encode()) for name in values)
    items = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), value.encode()))
        for number, value in enumerate(values.values(), 1)
    )
    header = box(b"hdlr", bytes(24))
    return box(b"meta", header, box(b"keys", struct.pack(">II", 0, len(values)), names), box(b"ilst", items))


def clip(*in_moov: bytes, brand: bytes = b"qt  ", behind: bytes = b"", media: bytes = b"m" * 500) -> bytes:
    moov = box(b"moov", *(in_moov or (mvhd(1_773_500_000),)))
    return box(b"ftyp", brand, bytes(4)) + box(b"mdat", media) + moov + behind


def sony_zone(minutes: int) -> bytes:
    entry = struct.pack(">HHIHHh", 1, 12, 0x0B, 0x55C4, 0, minutes)
    return box(b"uuid", SONY, box(b"MTDT", entry))


def cr3(exif: Mapping[int, str] | None = None) -> bytes:
    cmt1 = box(b"CMT1", bare_directory({0x10F: "Canon", 0x110: "Canon EOS R6"}))
    cmt2 = box(b"CMT2", bare_directory(EXIF_TAGS if exif is None else exif))
    moov = box(b"moov", box(b"uuid", CANON, cmt1, cmt2), mvhd(1_773_500_000))
    return box(b"ftyp", b"crx ", bytes(4)) + moov + box(b"mdat", b"p" * 300)


def heic(brand: bytes = b"heic", prefix: bytes = b"Exif\0\0", version: int = 1) -> bytes:
    """A HEIF still whose Exif item lies in mdat; `iloc` in the given version."""
    ftyp = box(b"ftyp", brand, bytes(4))
    content = struct.pack(">I", len(prefix)) + prefix + tiff()
    mdat = box(b"mdat", content)
    wide = version == 2
    item = b"\0\0\0\x07" if wide else b"\0\x07"
    place = struct.pack(">HHII", 0, 1, len(ftyp) + 8, len(content))
    method = b"\0\0" if version else b""
    count = b"\0\0\0\x01" if wide else b"\0\x01"
    iloc = box(b"iloc", bytes([version, 0, 0, 0, 0x44, 0]), count, item, method, place)
    infe = box(b"infe", b"\x02\0\0\0", b"\0\x07\0\0", b"Exif\0")
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"iinf", bytes(4), b"\0\x01", infe), iloc)
    return ftyp + mdat + meta


def raf() -> bytes:
    picture = jpeg()
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + struct.pack(">II", 148, len(picture))
    return head.ljust(148, b"\0") + picture + b"p" * 400


def mrw() -> bytes:
    blob = tiff()
    blocks = b"\0PRD" + struct.pack(">I", 24) + bytes(24) + b"\0TTW" + struct.pack(">I", len(blob)) + blob
    return b"\0MRM" + struct.pack(">I", len(blocks)) + blocks + b"p" * 100


def _heap(entries: list[tuple[int, bytes]]) -> bytes:
    """A CIFF heap: values, then the directory, then where the directory begins. Tags with 0x4000 hold their value."""
    data, rows = b"", b""
    for tag, value in entries:
        if tag & 0x4000:
            rows += struct.pack("<H", tag) + value.ljust(8, b"\0")
        else:
            rows += struct.pack("<HII", tag, len(value), len(data))
            data += value
    return data + struct.pack("<H", len(entries)) + rows + struct.pack("<I", len(data))


def crw(seconds: int) -> bytes:
    inner = _heap([(0x080A, b"Canon\0Canon EOS 10D\0"), (0x580E, struct.pack("<II", seconds, 0))])
    return b"II" + struct.pack("<I", 26) + b"HEAPCCDR" + bytes(12) + _heap([(0x300A, inner)])


def x3f(values: Mapping[str, str], picture: bytes = b"") -> bytes:
    characters, rows = "", b""
    for name, value in values.items():
        rows += struct.pack("<II", len(characters), len(characters) + len(name) + 1)
        characters += f"{name}\0{value}\0"
    data = characters.encode("utf-16-le")
    prop = b"SECp" + struct.pack("<IIIII", 0x20000, len(values), 0, 0, len(characters)) + rows + data
    sections = [(b"PROP", prop)] + ([(b"IMA2", b"SECi".ljust(28, b"\0") + picture)] if picture else [])
    out, table = b"FOVb".ljust(40, b"\0"), b""
    for kind, section in sections:
        table += struct.pack("<II", len(out), len(section)) + kind
        out += section
    return out + b"SECd" + struct.pack("<II", 0x20000, len(sections)) + table + struct.pack("<I", len(out))


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(form: bytes, *chunks: bytes) -> bytes:
    return chunk(b"RIFF", form + b"".join(chunks))


def avi(idit: str) -> bytes:
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", bytes(56)) + chunk(b"IDIT", idit.encode() + b"\n\0"))
    return riff(b"AVI ", header, chunk(b"LIST", b"movi" + bytes(400)))


def wav(*chunks: bytes) -> bytes:
    return riff(b"WAVE", chunk(b"fmt ", bytes(16)), *chunks, chunk(b"data", bytes(200)))


def mts(zone: int = 0x02, packet: int = 192) -> bytes:
    """Four packets of a stream; the MDPM message crosses from the second to the third."""
    entries = b"\x18" + bytes([zone, 0x20, 0x26, 0x03]) + b"\x19" + bytes([0x14, 0x15, 0x22, 0x33])
    payload = (b"v" * 184 + b"w" * 178 + b"MDPM" + b"\x02" + entries).ljust(184 * 4, b"x")
    packets = (b"\x47\x10\x11\x10" + payload[at : at + 184] for at in range(0, len(payload), 184))
    return b"".join(bytes(packet - 188) + data for data in packets)


def every_shape() -> dict[str, bytes]:
    """One file of each family, by a name with its usual extension."""
    return {
        "IMG_0001.JPG": jpeg(xmp('exif:DateTimeOriginal="2026-03-14T15:22:33"'), iptc("20260314", "152233+0100")),
        "IMG_0001.DNG": dng(),
        "IMG_0001.HEIC": heic(),
        "IMG_0001.CR3": cr3(),
        "DSCF0001.RAF": raf(),
        "PICT0001.MRW": mrw(),
        "CRW_0001.CRW": crw(1_079_277_753),
        "SDIM0001.X3F": x3f({"TIME": "1079277753", "CAMMANUF": "SIGMA", "CAMMODEL": "SD10"}, jpeg()),
        "MVI_0001.AVI": avi("Sat Mar 14 15:22:33 2026"),
        "IMG_0001.WAV": wav(chunk(b"bext", bytes(320) + b"2026-03-1415:22:33")),
        "00000.MTS": mts(),
        "IMG_0001.MOV": clip(
            mvhd(1_773_500_000), keys({"com.apple.quicktime.creationdate": "2026-03-14T15:22:33+0100"}), sony_zone(60)
        ),
        "C0001M01.XML": b'<?xml version="1.0"?><CreationDate value="2026-03-14T15:22:33+01:00"/>',
    }
