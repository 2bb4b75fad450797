"""AVCHD clips: the recording time in the video stream's own messages.

Sources: ISO/IEC 13818-1 2.4.3 (transport packets), the MDPM message as cameras of Canon, Panasonic and Sony write it.
The message may lie across two packets, so the payload of each stream is joined before it is searched.
"""

from ingest.card.containers.dates import read_date
from ingest.card.containers.magic import packet_shape
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import Window

_SEARCHED = 4 << 20
_BLOCK_PACKETS = 2048
_NULL_STREAM = 0x1FFF
_STREAMS_LIMIT = 64
_MESSAGE = b"MDPM"
_MESSAGE_LENGTH = 512
_DATE, _CLOCK = 0x18, 0x19


def read(window: Window, facts: Facts) -> None:
    """The first MDPM date in the first 4 MiB.

    Raises:
        MalformedError: the file is not what its first packets said.
    """
    shape = packet_shape(window.peek(0, 1024))
    if shape is None:
        return
    length, sync = shape
    streams: dict[int, bytearray] = {}
    for start in range(0, min(window.size, _SEARCHED), _BLOCK_PACKETS * length):
        block = window.peek(start, _BLOCK_PACKETS * length)
        if stamp := _search(streams, block, length, sync):
            facts.stamps.append(stamp)
            return


def _search(streams: dict[int, bytearray], block: bytes, length: int, sync: int) -> Stamp | None:
    searched = {pid: max(0, len(stream) - _MESSAGE_LENGTH) for pid, stream in streams.items()}
    for at in range(sync, len(block) - 187, length):
        pid, payload = _payload(block[at : at + 188])
        if payload and (pid in streams or len(streams) < _STREAMS_LIMIT):
            streams.setdefault(pid, bytearray()).extend(payload)
    for pid, stream in streams.items():
        place = stream.find(_MESSAGE, searched.get(pid, 0))
        if place >= 0 and (stamp := _stamp(bytes(stream[place + 4 : place + 4 + _MESSAGE_LENGTH]))):
            return stamp
    return None


def _payload(packet: bytes) -> tuple[int, bytes]:
    """(stream id, payload) of one 188-byte packet; the adaptation field is skipped."""
    pid = (packet[1] & 0x1F) << 8 | packet[2]
    if packet[0] != 0x47 or pid == _NULL_STREAM or not packet[3] & 0x10:
        return pid, b""
    return pid, packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _stamp(message: bytes) -> Stamp | None:
    """A count, then entries of one tag byte and four bytes; dates are binary coded decimals."""
    message = message.replace(b"\0\0\3", b"\0\0")  # the escapes of H.264 Annex B
    if not message:
        return None
    entries = {message[at]: message[at + 1 : at + 5] for at in range(1, min(1 + message[0] * 5, len(message) - 4), 5)}
    date, clock = entries.get(_DATE), entries.get(_CLOCK)
    if date is None or clock is None:
        return None
    text = (
        f"{date[1:3].hex()}-{date[3:].hex()}-{clock[:1].hex()} {clock[1:2].hex()}:{clock[2:3].hex()}:{clock[3:].hex()}"
    )
    found = read_date(text)
    return Stamp(Source.MDPM, found[0], _zone(date[0])) if found else None


def _zone(code: int) -> int | None:
    """Bit 5 minus, bits 4-1 hours, bit 0 half an hour; bit 6 says summer time, already counted in the hours."""
    if code & 0x80 or code == 0x7F:
        return None
    minutes = (code >> 1 & 15) * 60 + (code & 1) * 30
    return -minutes if code & 0x20 else minutes
