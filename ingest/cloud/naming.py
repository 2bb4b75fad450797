"""Object keys: the settings' prefix and a file's path at the destinations, by the name rules of Backblaze B2. Pure.

A key stays readable in the bucket's web page and usable without Safelight. Bytes that a key cannot hold become
`%XX`; a segment or key that is too long is cut and marked with a hash of what it was. Rules (B2 native API, "Files"):
1..1000 bytes, segments of at most 250, no leading, trailing or double slash, no backslash, no control character.
"""

import hashlib
import re
import unicodedata
from urllib.parse import quote

LONGEST_KEY = 1000
LONGEST_SEGMENT = 250
LONGEST_ON_WIRE = 1700  # of 2048 bytes for name and file info in buckets with encryption or lock, percent-encoded
OWNER = "safelight_ledger"  # in the file info: the tag of the ledger that sent it
CONTENT = "safelight_xxh128"  # in the file info: of the content, as it was before any encryption
_LIMITS = (LONGEST_SEGMENT, 160, 96, 48, 24)
_ESCAPE = re.compile(r"%(?=[0-9A-Fa-f]{2})|[\x00-\x1f\x7f-\x9f\\]|[\udc80-\udcff]")


def object_key(prefix: str, path: bytes) -> str:
    """The key of a file whose path below the destinations' roots is `path`; `prefix` as in the settings.

    Two paths may get one key (NFC and NFD twins): the ledger then puts `beside` of ingest.model.uploads.

    Raises:
        ValueError: nothing is left of the path.
    """
    head = _segments(prefix)
    tail = _segments(path.decode("utf-8", "surrogateescape"))
    if not tail:
        raise ValueError("a path without a name has no object key")
    for limit in _LIMITS:
        key = "/".join([*head, *(_shortened(segment, limit) for segment in tail)])
        if not problem_with(key):
            return key
    mark = hashlib.sha256("/".join(tail).encode()).hexdigest()[:16]
    return "/".join([*head, mark, _shortened(tail[-1], _LIMITS[-1])])


def with_ending(key: str, ending: str) -> str:
    """`key` and behind it `ending`; where the rules do not allow it, the key's last segment is cut and marked."""
    folder, slash, segment = key.rpartition("/")
    for limit in _LIMITS:
        longer = f"{folder}{slash}{_shortened(segment, limit - len(ending))}{ending}"
        if not problem_with(longer):
            return longer
    return f"{key}{ending}"


def problem_with(key: str) -> str:
    """Why B2 would refuse this key, "" when it would not. The SDK checks less: parts go out under any name."""
    try:
        raw = key.encode()
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if not 1 <= len(raw) <= LONGEST_KEY:
        return f"it has {len(raw)} bytes, 1 to {LONGEST_KEY} are allowed"
    if len(quote(key, safe="/")) > LONGEST_ON_WIRE:
        return "it is too long once it is percent-encoded"
    if "" in key.split("/"):
        return "it has an empty segment"
    if max(len(segment.encode()) for segment in key.split("/")) > LONGEST_SEGMENT:
        return f"a segment is longer than {LONGEST_SEGMENT} bytes"
    if "\\" in key or any(ord(character) < 32 or character == "\x7f" for character in key):
        return "it holds a backslash or a control character"
    return ""


def _segments(text: str) -> list[str]:
    """Escaped, composed (NFC) segments, empty ones dropped, dots alone escaped: no restore may climb by them."""
    found = []
    for segment in text.split("/"):
        plain = unicodedata.normalize("NFC", _ESCAPE.sub(_percent, segment))
        if plain.strip(".") == "":
            plain = plain.replace(".", "%2E")
        if plain:
            found.append(plain)
    return found


def _percent(match: re.Match[str]) -> str:
    raw = match.group().encode("utf-8", "surrogateescape")
    return "".join(f"%{byte:02X}" for byte in raw)


def _shortened(segment: str, limit: int) -> str:
    """At most `limit` bytes: the beginning, `~` and eight hex digits of the whole, a short extension kept."""
    if len(segment.encode()) <= limit:
        return segment
    _, dot, extension = segment.rpartition(".")
    ending = f"~{hashlib.sha256(segment.encode()).hexdigest()[:8]}"
    if dot and len(extension.encode()) <= 8:
        ending += f".{extension}"
    room = limit - len(ending.encode())
    return segment.encode()[:room].decode("utf-8", "ignore") + ending
