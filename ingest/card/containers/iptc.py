"""IPTC date and time inside Photoshop resources. Source: IPTC-NAA IIM 4.1, 2:55 and 2:60; Adobe's resource 0x0404."""

from collections.abc import Iterator

from ingest.card.containers.dates import read_date
from ingest.card.containers.stamps import Source, Stamp

_IPTC_RESOURCE = b"8BIM\x04\x04"
_DATASETS_LIMIT = 500
_DATE_CREATED, _TIME_CREATED = 55, 60


def stamps(data: bytes) -> list[Stamp]:
    """The creation date and time in one APP13 payload, as a list of none or one. A time without a date is none."""
    values = dict(_datasets(data))
    day, clock = values.get(_DATE_CREATED, ""), values.get(_TIME_CREATED, "")
    if len(day) != 8 or len(clock) < 6:
        return []
    found = read_date(f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:6]}{clock[6:]}")
    return [Stamp(Source.IPTC, found[0], found[1])] if found else []


def _datasets(data: bytes) -> Iterator[tuple[int, str]]:
    """(number, text) of each dataset of record 2; ends at the first byte that is none."""
    resource = data.find(_IPTC_RESOURCE)
    if resource < 0:
        return
    name_length = data[resource + 6] if resource + 6 < len(data) else 0
    at = resource + 6 + (name_length + 2) // 2 * 2 + 4  # a Pascal string padded to even, then a 32-bit size
    for _ in range(_DATASETS_LIMIT):
        if data[at : at + 1] != b"\x1c" or at + 5 > len(data):
            return
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        if data[at + 1] == 2:
            yield data[at + 2], data[at + 5 : at + 5 + min(length, 64)].decode("latin-1")
        at += 5 + length
