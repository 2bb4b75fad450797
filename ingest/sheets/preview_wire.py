"""What passes between us and the child that makes small pictures: lines of JSON, each way.

The child has opened hostile files, so its answers are hostile too: what it calls a picture must be a plain JPEG of the
size that was asked for, with nothing beside the picture in it.
"""

import base64
import binascii
import io
import json
from dataclasses import dataclass
from enum import StrEnum

from ingest.card.containers import jpeg
from ingest.card.containers.window import MalformedError, Window

LINE_LIMIT = 6 << 20  # bytes; a picture of 2,048 pixels in base64
_APP0, _DQT, _SOF0, _DHT = 0xE0, 0xDB, 0xC0, 0xC4
_PLAIN = frozenset({_APP0, _DQT, _SOF0, _DHT, jpeg.SOS})
_FIELDS = ("root", "marker", "path", "name", "digest")


class Found(StrEnum):
    """What the child says of a copy before it makes anything of it."""

    HERE = "here"
    AWAY = "away"  # the destination is not here
    OTHER = "other"  # it is here, and this is not the content, or there is no such file


@dataclass(frozen=True, slots=True)
class Asked:
    """A copy of which a picture is wanted. digest: xxh128 that it must have. size: bytes. edge: pixels."""

    root: bytes
    marker: bytes
    path: bytes
    name: bytes
    digest: bytes
    size: int
    edge: int


def encode_asked(asked: Asked) -> bytes:
    """One line. Bytes go as Latin-1, which makes text of them and back without loss."""
    fields: dict[str, object] = {name: getattr(asked, name).decode("latin-1") for name in _FIELDS}
    return json.dumps(fields | {"size": asked.size, "edge": asked.edge}).encode("ascii") + b"\n"


def decode_asked(line: bytes) -> Asked:
    """The child's side of it; its input comes from us."""
    fields = json.loads(line)
    root, marker, path, name, digest = (fields[each].encode("latin-1") for each in _FIELDS)
    return Asked(root, marker, path, name, digest, fields["size"], fields["edge"])


def encode_found(found: Found) -> bytes:
    """The first line of an answer; the second one, too, where a copy turned out to be another content."""
    return json.dumps({"found": found.value}).encode("ascii") + b"\n"


def decode_found(line: bytes) -> Found | None:
    """None for what is no such line."""
    try:
        return Found(json.loads(line)["found"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def encode_made(data: bytes | None) -> bytes:
    """The second line of an answer that began with HERE, unless that is OTHER; None where nothing could be made."""
    text = base64.b64encode(data).decode("ascii") if data else None
    return json.dumps({"made": text}).encode("ascii") + b"\n"


def decode_made(line: bytes, edge: int) -> bytes | None:
    """The picture, if it is one."""
    try:
        data = base64.b64decode(json.loads(line)["made"] or "", validate=True)
    except (ValueError, LookupError, TypeError, RecursionError, binascii.Error):
        return None
    return data if size_of(data, edge) else None


def size_of(data: bytes, edge: int) -> tuple[int, int] | None:
    """(width, height) of a plain baseline JPEG that is no larger than `edge`; None for everything else."""
    if not (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")):
        return None
    found, window = None, Window.of(io.BytesIO(data))
    try:
        for marker, start, _ in jpeg.segments(window):
            if marker not in _PLAIN:
                return None
            if marker == _SOF0:
                found = window.integer(start + 3, 2), window.integer(start + 1, 2)
    except MalformedError:
        return None
    return found if found and min(found) > 0 and max(found) <= edge else None
