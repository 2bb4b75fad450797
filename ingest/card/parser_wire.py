"""What passes between the ingest and its parser child: one JSON object a line, each way.

The child has read hostile files, so that its answers are hostile too: every value is checked on arrival, and one
that does not fit is an error of the child, never of the ingest.
"""

import json
import sys
from dataclasses import dataclass
from datetime import datetime

from ingest.card.containers.stamps import LADDER
from ingest.card.structure import Code
from ingest.model.cards import Capture, Finding

LINE_LIMIT = 64 * 1024  # bytes; a path of 4,096 bytes takes at most 24 KiB
READY = b'{"ready": true}'
_ZONE_LIMIT = 14 * 60
_TEXT_LIMIT = 64
_DETAIL_LIMIT = 200
_FINDINGS_LIMIT = 10
_CAPTURE_FIELDS = frozenset(Capture.__dataclass_fields__)
_ALL_IS_WELL = b'{"findings": []}'  # the answer about nearly every file
_CODES = frozenset(Code)


class WireError(ValueError):
    """A line that is no valid answer or request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One file to look at. path: absolute. name: on the card. now: seconds since 1970 UTC."""

    path: bytes
    name: bytes
    now: float = 0.0


def encode_request(request: Request) -> bytes:
    """One line. Paths are bytes, of which Latin-1 makes text and back without loss."""
    fields = {"path": request.path.decode("latin-1"), "name": request.name.decode("latin-1"), "now": request.now}
    return json.dumps(fields).encode("ascii") + b"\n"


def decode_request(line: bytes) -> Request:
    """The child's side of `encode_request`; its input comes from the ingest itself."""
    fields = json.loads(line)
    return Request(fields["path"].encode("latin-1"), fields["name"].encode("latin-1"), fields["now"])


def encode_capture(capture: Capture | None) -> bytes:
    """One line."""
    fields = None
    if capture is not None:
        fields = {
            "local": capture.local.isoformat(),
            "source": capture.source,
            "offset_minutes": capture.offset_minutes,
            "make": capture.make,
            "model": capture.model,
            "serial": capture.serial,
            "is_utc": capture.is_utc,
        }
    return json.dumps({"capture": fields}).encode("ascii") + b"\n"


def encode_findings(findings: tuple[Finding, ...]) -> bytes:
    """One line. The path is not sent: the ingest knows which file it asked about."""
    if not findings:
        return _ALL_IS_WELL + b"\n"
    return json.dumps({"findings": [[finding.code, finding.detail] for finding in findings]}).encode("ascii") + b"\n"


def decode_capture(line: bytes) -> Capture | None:
    """An answer of `encode_capture`.

    Raises:
        WireError: it is none.
    """
    fields = _answer(line, "capture")
    if fields is None:
        return None
    if not isinstance(fields, dict) or fields.keys() != _CAPTURE_FIELDS:
        raise WireError("not a capture")
    zone = fields["offset_minutes"]
    if not (zone is None or (type(zone) is int and abs(zone) <= _ZONE_LIMIT)) or type(fields["is_utc"]) is not bool:
        raise WireError("not a zone")
    source = sys.intern(_text(fields["source"], _TEXT_LIMIT))
    if source not in LADDER:
        raise WireError("not a rung of the ladder")
    make, model, serial = (sys.intern(_text(fields[name], _TEXT_LIMIT)) for name in ("make", "model", "serial"))
    return Capture(_date(fields["local"]), source, zone, make, model, serial, fields["is_utc"])


def decode_findings(line: bytes, name: bytes) -> tuple[Finding, ...]:
    """An answer of `encode_findings`, about the file `name`.

    Raises:
        WireError: it is none.
    """
    if line == _ALL_IS_WELL:
        return ()
    rows = _answer(line, "findings")
    if not isinstance(rows, list) or len(rows) > _FINDINGS_LIMIT:
        raise WireError("not a list of findings")
    findings = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or type(row[0]) is not str or row[0] not in _CODES:
            raise WireError("not a finding")
        findings.append(Finding(name, row[0], _text(row[1], _DETAIL_LIMIT)))
    return tuple(findings)


def _answer(line: bytes, key: str) -> object:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError("not JSON") from error
    if not isinstance(fields, dict) or fields.keys() != {key}:
        raise WireError(f"not an answer of the kind {key}")
    return fields[key]


def _text(value: object, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        raise WireError("not a short printable text")
    return value


def _date(value: object) -> datetime:
    try:
        local = datetime.fromisoformat(_text(value, _TEXT_LIMIT))
    except ValueError as error:
        raise WireError("not a date") from error
    if local.tzinfo is not None:
        raise WireError("not a wall clock")
    return local
