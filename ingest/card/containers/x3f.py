"""Sigma X3F: name-value pairs in a PROP section; later cameras put a JPEG with EXIF into a picture section.

Source: Sigma's X3F format description 2.2.
"""

from ingest.card.containers import jpeg
from ingest.card.containers.dates import read_seconds
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import MalformedError, Window

_SECTIONS_LIMIT = 100
_PROPERTIES_LIMIT = 500
_TEXT_LIMIT = 256 * 1024
_PICTURES = (b"IMAG", b"IMA2")
_PICTURE_HEADER = 28  # of a SECi section, before the picture
_HEADER = 24  # of a SECp section, before its table


def read(window: Window, facts: Facts) -> None:
    """TIME (seconds since 1970 of the camera's wall clock), CAMMANUF and CAMMODEL.

    Raises:
        MalformedError: the directory or the section points outside the file.
    """
    directory = window.part(window.integer(window.size - 4, 4, "little"))
    count = directory.integer(8, 4, "little")
    if directory.read(0, 4) != b"SECd" or count > _SECTIONS_LIMIT:
        raise MalformedError("no X3F directory")
    for at in range(12, 12 + count * 12, 12):
        kind = directory.read(at + 8, 4)
        if kind not in (b"PROP", *_PICTURES):
            continue
        offset, length = directory.integer(at, 4, "little"), directory.integer(at + 4, 4, "little")
        section = window.part(offset, min(length, window.size - offset))
        if kind == b"PROP":
            _read_properties(section, facts)
        elif section.peek(_PICTURE_HEADER, 2) == b"\xff\xd8":
            jpeg.read(section.part(_PICTURE_HEADER), facts)


def _read_properties(section: Window, facts: Facts) -> None:
    count = section.integer(8, 4, "little")
    if section.read(0, 4) != b"SECp" or count > _PROPERTIES_LIMIT:
        raise MalformedError("no X3F property list")
    text = section.part(_HEADER + count * 8)
    characters = text.read(0, text.size // 2 * 2, limit=_TEXT_LIMIT).decode("utf-16-le", "replace")
    values: dict[str, str] = {}
    for at in range(_HEADER, _HEADER + count * 8, 8):
        name, value = (section.integer(at + part, 4, "little") for part in (0, 4))
        values[_text(characters, name)] = _text(characters, value)
    facts.make, facts.model = values.get("CAMMANUF", ""), values.get("CAMMODEL", "")
    seconds = values.get("TIME", "")
    if seconds.isascii() and seconds.isdigit() and len(seconds) < 12:
        local = read_seconds(int(seconds))
        facts.stamps += [Stamp(Source.X3F, local)] if local else []


def _text(characters: str, start: int) -> str:
    return characters[start : start + 128].partition("\0")[0]
