"""What older versions of a file are called: the time they were seen, before the ending.

.safelight/versions/2026/2026-11-28 Meyer/IMG_1.20261128T140312Z.xmp      at a destination
2026/2026-11-28 Meyer/IMG_1.20261128T140312Z.xmp                          in the bucket
"""

import re
from datetime import UTC, datetime

from ingest.model.names import base_of, join, parent_of, stem_of

VERSIONS = b".safelight/versions"
_LONGEST = 255  # bytes of a name, on every file system that matters
_NUMBER = 4  # bytes of `-999`, should the name be taken
_LONGEST_ENDING = 32  # what is longer belongs to the name
_AT_ANY_TIME = 0.0
_NUMBERED = re.compile(rb"-\d+\Z")
_STAMPED = re.compile(rb"(?P<stem>.+)\.\d{8}T\d{6}Z(?:-\d+)?(?P<ending>\.[^.]+)?", re.DOTALL)


def stamped(path: bytes, seen: float) -> bytes:
    """The name of a version. seen: seconds since 1970 UTC. A name that would be too long loses the end of its stem."""
    stem, ending = _parts(base_of(path))
    mark = b"." + datetime.fromtimestamp(int(seen), UTC).strftime("%Y%m%dT%H%M%SZ").encode()
    return join(parent_of(path), stem[: _LONGEST - _NUMBER - len(mark) - len(ending)] + mark + ending)


def aside(path: bytes, seen: float) -> bytes:
    """Where a version lies at a destination that is not the newest there, below its root."""
    return join(VERSIONS, stamped(path, seen))


def unstamped(path: bytes) -> bytes | None:
    """The plain name of what is called like a version, without its time; None for every other name."""
    match = _STAMPED.fullmatch(base_of(path))
    return join(parent_of(path), match["stem"] + (match["ending"] or b"")) if match else None


def is_aside_of(found: bytes, path: bytes) -> bool:
    """Whether a path below a root is one that `aside` gives for some version of `path`, numbered or not."""
    match = _STAMPED.fullmatch(base_of(found))
    example = aside(path, _AT_ANY_TIME)
    if match is None or parent_of(found) != parent_of(example):
        return False
    stem, ending = _parts(base_of(path))
    if (match["ending"] or b"") != ending:
        return False
    stems = {match["stem"], match["stem"] if ending else _NUMBERED.sub(b"", match["stem"])}
    is_cut = len(base_of(example)) == _LONGEST - _NUMBER
    return any(stem.startswith(each) if is_cut else stem == each for each in stems)


def numbered(name: bytes, number: int) -> bytes:
    """`IMG_1.20261128T140312Z-2.xmp`: the next free one where a name is taken."""
    stem, ending = _parts(name)
    return b"%b-%d%b" % (stem, number, ending)


def is_numbered(found: bytes, name: bytes) -> bool:
    """Whether one name is the other, or one of those that `numbered` makes of it."""
    stem, ending = _parts(name)
    middle = found[len(stem) : len(found) - len(ending)]
    fits = len(found) >= len(stem) + len(ending) and found.startswith(stem) and found.endswith(ending)
    return fits and (not middle or _NUMBERED.fullmatch(middle) is not None)


def beginning_of(name: bytes) -> bytes:
    """How all names begin that `numbered` makes of a name, and the name itself."""
    return _parts(name)[0]


def _parts(name: bytes) -> tuple[bytes, bytes]:
    """(stem, ending with its dot); a long ending is none."""
    stem = stem_of(name)
    ending = name[len(stem) :]
    return (stem, ending) if len(ending) <= _LONGEST_ENDING else (name, b"")
