"""Which names a manifest can hold, and what manifests are called."""

import re
import unicodedata
from datetime import UTC, datetime

from ingest.model.names import base_of

LIST_NAMESPACE = "urn:ASC:MHL:v2.0"
CHAIN_NAMESPACE = "urn:ASC:MHL:DIRECTORY:v2.0"
MANIFEST_SUFFIX = b".mhl"
_NUMBERED = re.compile(rb"(\d{4,9})_.+\.mhl", re.DOTALL)
# XML 1.0 production 2, and beyond it all control characters: XML folds CR and line ends, and the reference tool
# crashes on the rest.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DOTS = frozenset({b"", b".", b".."})
_LONGEST_FOLDER_PART = 200


def normalised(path: bytes) -> bool:
    """Whether a path is relative and has no empty, `.` or `..` part."""
    return _DOTS.isdisjoint(path.split(b"/"))


def beneath_the_root(path: bytes) -> bool:
    r"""Whether a path is normalised and cannot leave its root, even where `\` is read as a separator."""
    return normalised(path) and b".." not in path.replace(b"\\", b"/").split(b"/")


def expressible(path: bytes) -> bool:
    """Whether XML can hold this relative path and every reader gets the same bytes back."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _FORBIDDEN.search(text) and beneath_the_root(path)


def nfc(path: bytes) -> str:
    """A path as a normalising file system compares it; the specification leaves the Unicode form open."""
    return unicodedata.normalize("NFC", path.decode("utf-8", "surrogateescape"))


def plain(text: str) -> str:
    """`text` with everything XML cannot hold replaced by `_`, for names that only inform (host, version)."""
    return _FORBIDDEN.sub("_", text)


def manifest_name(number: int, folder: bytes, started: float) -> bytes:
    """`NNNN_<folder name>_YYYY-MM-DD_HHMMSSZ.mhl`; started: seconds since 1970 UTC (specification, file names).

    The folder's name is shortened so that the whole stays within the 255 bytes of a file name.
    """
    label = plain(base_of(folder.rstrip(b"/")).decode("utf-8", "replace")).replace("\\", "_") or "root"
    label = label.encode()[:_LONGEST_FOLDER_PART].decode("utf-8", "ignore")
    stamp = datetime.fromtimestamp(started, UTC).strftime("%Y-%m-%d_%H%M%SZ")
    return f"{number:04d}_{label}_{stamp}.mhl".encode()


def generation_number(name: bytes) -> int | None:
    """The generation a manifest's name claims, None where it is no manifest's name."""
    match = _NUMBERED.fullmatch(name)
    return int(match[1]) if match else None
