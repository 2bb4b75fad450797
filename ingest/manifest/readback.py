"""A manifest that was just made, read once more before it is written: does XML give back what was meant?

Not the strict reader, which believes nobody and builds records: only the four values of each file, as the parser that
every other program uses gives them, and nothing is kept.
"""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from ingest.manifest.names import LIST_NAMESPACE
from ingest.manifest.records import FORMAT, Entry
from ingest.manifest.strict_xml import SAFE_PARSING

_CHUNK = 64 * 1024
_HASH, _PATH, _DIGEST = (f"{{{LIST_NAMESPACE}}}{name}" for name in ("hash", "path", FORMAT))


def reads_back(data: bytes, files: Iterable[Entry]) -> bool:
    """Whether the `hash` elements of `data` say what `files` say: these, in this order, and no other."""
    parser: Any = etree.XMLPullParser(events=("end",), tag=_HASH, **SAFE_PARSING)
    expected = iter(files)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            for _, element in parser.read_events():
                entry = next(expected, None)
                if entry is None or not _says(element, entry):
                    return False
                element.clear()
                while element.getprevious() is not None:  # what was looked at needs no memory any more
                    del element.getparent()[0]
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return next(expected, None) is None


def _says(element: Any, entry: Entry) -> bool:
    if len(element) != 2:
        return False
    path, digest = element
    return (
        path.tag == _PATH
        and (path.text or "").encode() == entry.path
        and path.get("size") == str(entry.size)
        and digest.tag == _DIGEST
        and digest.text == entry.xxh128.hex()
        and digest.get("action") == entry.action
    )
