"""Names as a card gives them: bytes, shown to people with every trick taken out.

A file name is bytes on Linux and may hold anything but `/` and NUL. Safelight keeps the bytes and makes a
second, display form for eyes, logs and JSON. The display form is never turned back into a path.
"""

import unicodedata

_SEPARATORS = frozenset({"Zl", "Zp"})


def display(name: bytes) -> str:
    r"""`name` for people: control, bidi and invisible characters and invalid UTF-8 shown as `\x1b` or `\u202e`.

    Shape: one line, printable, no escape sequences, so it is safe in a terminal, a log and HTML text.
    """
    return display_text(name.decode("utf-8", "surrogateescape"))


def display_text(text: str) -> str:
    """As `display`, for text that a person, a catalog or a label brought along."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    category = unicodedata.category(character)
    if character.isprintable() or (category.startswith("M")):
        return character
    if category.startswith("C") or category in _SEPARATORS or not character.isprintable():
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def collision_key(name: bytes) -> str:
    """The form under which two names are one on a case-insensitive, normalising file system (SMB, exFAT, APFS).

    Source: Unicode caseless matching, `casefold(NFC(x))`.
    """
    return unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()


def join(folder: bytes, name: bytes) -> bytes:
    """`folder/name`, with `b""` as the root."""
    return folder + b"/" + name if folder else name


def parent_of(path: bytes) -> bytes:
    """The folder part of a relative path; `b""` for a name at the root."""
    return path.rpartition(b"/")[0]


def base_of(path: bytes) -> bytes:
    """The last component of a relative path."""
    return path.rpartition(b"/")[2]


def suffix_of(name: bytes) -> bytes:
    """The extension in lower case without its dot; `b""` where there is none or the name is only a dot-file."""
    stem, dot, extension = base_of(name).rpartition(b".")
    return extension.lower() if dot and stem else b""


def stem_of(name: bytes) -> bytes:
    """The base name without its extension, case kept."""
    base = base_of(name)
    stem, dot, _ = base.rpartition(b".")
    return stem if dot and stem else base
