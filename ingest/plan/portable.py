"""One name that every file system of a photographer's archive can hold, made from any bytes a card may give.

What SMB, exFAT, NTFS, APFS and XML 1.0 refuse is written as `%` and two upper-case hex digits for each byte, so the
original can be read back out of the name by eye or program. A `%` of the name itself is escaped only where it would
look like such an escape. Names over 255 bytes keep their beginning and extension and get a digest of the whole.
"""

import hashlib
import re
import unicodedata

MAX_NAME = 255  # bytes; ext4, xfs, btrfs. In UTF-16 units (exFAT, NTFS, SMB) it is never more.
_LONGEST_EXTENSION = 24

_PLAIN = re.compile(rb"[0-9A-Za-z_()+,;=@~&'!#$\[\]{}^` .-]*[0-9A-Za-z_()+,;=@~&'!#$\[\]{}^`-]")
_FORBIDDEN = frozenset('<>:"/\\|?*\ufffe\uffff')
_RESERVED = re.compile(  # by Windows, with any extension; the last digits are superscripts
    rb"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)([0-9]|\xc2[\xb9\xb2\xb3])) *(\.|$)", re.IGNORECASE
)
_ESCAPE = re.compile(rb"%(?=[0-9A-F]{2})")
_HALF_ESCAPE = re.compile(rb"%[0-9A-F]?$")


def portable(component: bytes) -> bytes:
    """`component` as one path component of 1 to 255 bytes of valid UTF-8 that stays inside its folder everywhere.

    Distinct components of up to 255 bytes after escaping give distinct names; longer ones differ in 32 bits of
    their digest, and the plan settles collisions anyway. An empty component becomes `_`.
    """
    if not component:
        return b"_"
    escaped = component if _PLAIN.fullmatch(component) else _escape(component)
    if _RESERVED.match(escaped):
        escaped = b"%%%02X" % escaped[0] + escaped[1:]
    return escaped if len(escaped) <= MAX_NAME else _shorten(escaped, component)


def portable_path(path: bytes) -> bytes:
    """Each component of a relative `path` made portable; the folders stay the same folders."""
    return b"/".join(portable(component) for component in path.split(b"/"))


def stays_inside(path: bytes) -> bool:
    """Whether `path` is relative and names something below its root: no empty, `.` or `..` component and no NUL."""
    return b"\0" not in path and not {b"", b".", b".."} & set(path.split(b"/"))


def is_portable_path(path: bytes) -> bool:
    """Whether `path` stays below its root and every component holds only what `portable` lets through."""
    return stays_inside(path) and all(_is_portable(component) for component in path.split(b"/"))


def _is_portable(component: bytes) -> bool:
    if len(component) > MAX_NAME or _PLAIN.fullmatch(component):
        return len(component) <= MAX_NAME
    try:
        text = component.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text[-1] not in ". " and all(_portable_character(character) == character.encode() for character in text)


def _escape(component: bytes) -> bytes:
    text = _ESCAPE.sub(b"%25", component).decode("utf-8", "surrogateescape")
    body, last = text[:-1], text[-1]
    tail = _hex(last) if last in ". " else _portable_character(last)
    return b"".join(_portable_character(character) for character in body) + tail


def _portable_character(character: str) -> bytes:
    if character in _FORBIDDEN or unicodedata.category(character) in ("Cc", "Cs"):
        return _hex(character)
    return character.encode()


def _hex(character: str) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in character.encode("utf-8", "surrogateescape"))


def _shorten(escaped: bytes, original: bytes) -> bytes:
    """Beginning, `~`, 8 hex digits of the whole original, and the extension."""
    stem, dot, extension = escaped.rpartition(b".")
    tail = dot + extension if stem and len(extension) <= _LONGEST_EXTENSION else b""
    mark = b"~" + hashlib.blake2b(original, digest_size=4).hexdigest().encode() + tail
    head = escaped[: MAX_NAME - len(mark)].decode("utf-8", "ignore").encode()  # no half character at the cut
    return _HALF_ESCAPE.sub(b"", head) + mark
