"""An XMP document from outside: no DTD, no entities, no network, bounded in size and depth; where its properties are.

Sources: XMP Specification Part 1 (RDF subset: attribute and element form of a property, arrays, several Descriptions of
one subject), files of Lightroom Classic 15.5. A namespace counts by its URI, never by its prefix.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.tagging.errors import XmpRefused

LARGEST_XMP = 4 << 20
_DEEPEST = 64
_MOST_ELEMENTS = 50_000
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
DESCRIPTION = f"{{{RDF}}}Description"
ITEM = f"{{{RDF}}}li"
_ABOUT = (f"{{{RDF}}}about", "about")
_ARRAYS = frozenset(f"{{{RDF}}}{kind}" for kind in ("Bag", "Seq", "Alt"))
_RESERVED = frozenset(f"{{{RDF}}}{name}" for name in ("parseType", "resource", "nodeID", "datatype"))
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAFE_PARSING: Any = {
    "encoding": "utf-8",  # given, so that a declaration cannot smuggle anything past the search for a document type
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "strip_cdata": False,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. descriptions: all of its one subject. declared: it began with an XML declaration."""

    tree: Any
    descriptions: tuple[Any, ...]
    declared: bool

    def elements(self, name: str) -> list[Any]:
        """The element forms of property `name`, `dc:subject`."""
        tag = tag_of(name)
        return [element for each in self.descriptions for element in each if element.tag == tag]

    def attributes(self, name: str) -> list[Any]:
        """The Descriptions that hold property `name` in its attribute form."""
        return [each for each in self.descriptions if tag_of(name) in each.attrib]

    def values(self, name: str) -> list[str]:
        """The texts of a property, or of the items of an array; blank ones are left out."""
        found = [each.attrib[tag_of(name)] for each in self.attributes(name)]
        for element in self.elements(name):
            found += map(text_in, items_in(element))
        return [text for text in found if text.strip()]


def tag_of(name: str) -> str:
    """`dc:subject` as lxml names it."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def array_in(element: Any) -> Any:
    """The array that an element holds, None where it holds none.

    Raises:
        XmpRefused: something else than a text or one array stands there.
    """
    inner = [child for child in element if isinstance(child.tag, str)]
    if not inner and not _RESERVED & set(element.attrib):
        return None
    if len(inner) == 1 and inner[0].tag in _ARRAYS:
        return inner[0]
    name = etree.QName(element).localname
    raise XmpRefused(f"its {name} is written in a way that is not known here")


def items_in(element: Any) -> list[Any]:
    """The items of an element's array, or the element itself where it holds a text."""
    array = array_in(element)
    return [element] if array is None else [item for item in array if item.tag == ITEM]


def text_in(element: Any) -> str:
    """All text inside, also of an item with qualifiers; comments are none."""
    return str(element.xpath("string()")).strip()


def read_xmp(data: bytes) -> Document:
    """Parse a sidecar.

    Raises:
        XmpRefused: too large or deep, no XML, with a document type, or not one subject's XMP.
    """
    text = _as_utf8(data)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise XmpRefused("it declares a document type, which no XMP has")
    try:
        root: Any = etree.fromstring(text, etree.XMLParser(**_SAFE_PARSING))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmpRefused(f"it cannot be read as XML: {error}") from error
    _measure(root)
    return Document(root.getroottree(), _descriptions(root), text.startswith(b"<?xml "))


def _as_utf8(data: bytes) -> bytes:
    if len(data) > LARGEST_XMP:
        raise XmpRefused(f"it is larger than {LARGEST_XMP >> 20} MiB")
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "")
    declared = _DECLARED.match(data)
    if not encoding and declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise XmpRefused("it is not in UTF-8")
    try:
        text = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise XmpRefused("it is not in UTF-8") from error
    return text.rstrip("\0").encode()


def _measure(root: Any) -> None:
    depth = 0
    for count, (event, _) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            raise XmpRefused(f"its elements are nested deeper than {_DEEPEST}")
        if count >= 2 * _MOST_ELEMENTS:
            raise XmpRefused(f"it holds more than {_MOST_ELEMENTS:,} elements")


def _descriptions(root: Any) -> tuple[Any, ...]:
    tag = f"{{{RDF}}}RDF"
    graphs = [root] if root.tag == tag else [child for child in root if child.tag == tag]
    if len(graphs) != 1:
        raise XmpRefused("it holds no XMP, or more than one")
    found = tuple(child for child in graphs[0] if child.tag == DESCRIPTION)
    subjects = {each.attrib.get(about, "") for each in found for about in _ABOUT} - {""}
    if len(subjects) > 1:
        raise XmpRefused("it speaks of more than one subject")
    return found or (etree.SubElement(graphs[0], DESCRIPTION, {_ABOUT[0]: ""}),)
