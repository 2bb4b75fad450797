"""Small camera files grown to the size of real ones: the header of a real format, then seeded noise where it may stand.

Readers of capture times, and other tools, still read them as before. Rules by container: a BMFF file (MP4, MOV, CR3,
HEIF) gets one more `mdat` box, RIFF (WAV, AVI) a `JUNK` chunk and a corrected outer size, an MPEG transport stream
whole null packets; behind everything else (JPEG, the TIFF family, RAF) bytes may simply follow.
"""

import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

_MIB = 1 << 20
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free")
_BOX_HEAD = 16  # u32 1, "mdat", u64 size of the box with these bytes
_CHUNK_HEAD = 8  # "JUNK", u32 size of what follows
_SYNC, _NULL_PACKET = 0x47, b"\x47\x1f\xff\x10"


def grow(header: bytes, size: int, seed: int) -> Iterator[bytes]:
    """The pieces of a file that begins like `header` and has about `size` bytes in all.

    Exactly `size`, but for transport streams (whole packets) and RIFF (an even chunk). The same seed gives the same
    bytes. A header that is that large already comes back as it is.
    """
    room = size - len(header)
    if room < 2 * _BOX_HEAD:
        yield header
    elif header[4:8] in _BOXES:
        yield header + struct.pack(">I4sQ", 1, b"mdat", room)
        yield from noise(room - _BOX_HEAD, seed)
    elif header[:4] == b"RIFF":
        inside = (room - _CHUNK_HEAD) & ~1
        outer = struct.pack("<I", len(header) + inside)  # the whole file without its first 8 bytes
        yield header[:4] + outer + header[8:] + struct.pack("<4sI", b"JUNK", inside)
        yield from noise(inside, seed)
    elif _packet_of(header):
        yield header
        yield from _null_packets(_packet_of(header), room, seed)
    else:
        yield header
        yield from noise(room, seed)


def write_grown(path: Path, header: bytes, size: int, seed: int, mtime_ns: int) -> None:
    """Write such a file; its folder is made, its time set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.writelines(grow(header, size, seed))
    os.utime(path, ns=(mtime_ns, mtime_ns))


def noise(count: int, seed: int) -> Iterator[bytes]:
    """`count` bytes that no file system can compress or share, in pieces of at most 1 MiB, no two of them alike."""
    block = random.Random(seed).randbytes(_MIB)  # nothing secret; turned by one byte for each piece, which is fast
    for number, start in enumerate(range(0, count, _MIB)):
        turned = block[number:] + block[:number]
        yield turned[: count - start]


def _packet_of(header: bytes) -> int:
    """Bytes of a packet when this is a transport stream: 192 with time codes (cameras), 188 without; else 0."""
    for packet, sync in ((192, 4), (188, 0)):
        whole = len(header) >= 2 * packet and len(header) % packet == 0
        if whole and all(header[at] == _SYNC for at in range(sync, len(header), packet)):
            return packet
    return 0


def _null_packets(packet: int, room: int, seed: int) -> Iterator[bytes]:
    time_code = bytes(packet - 188)
    payloads = b"".join(noise(room // packet * 184, seed))
    for at in range(0, len(payloads), 184):
        yield time_code + _NULL_PACKET + payloads[at : at + 184]
