"""What was said of photographs, as XMP that Lightroom and Capture One read at import; merged into what stands there.

Fields: IPTC Photo Metadata Standard (creator dc:creator, copyright notice dc:rights, job id
photoshop:TransmissionReference, keywords dc:subject); lr:hierarchicalSubject as Lightroom writes it, `A|B|C`, whose
levels stand in dc:subject too. Keywords are a union. A field that is set stays unless it is named. All else is left as
it is: the document is changed where it stands, never written anew from what was understood of it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from lxml import etree

from ingest.model.iptc import LEVELS, Iptc, keyword_key
from ingest.tagging.errors import XmpRefused
from ingest.tagging.xmp_read import (
    ITEM,
    LANG,
    LARGEST_XMP,
    NAMESPACES,
    RDF,
    Document,
    array_in,
    read_xmp,
    tag_of,
    text_in,
)

_OWNER = "photoshop:SidecarForExtension"
_DEFAULT = "x-default"
_EMPTY = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Safelight">
<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""
{" ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())}/></rdf:RDF></x:xmpmeta>"""


def merged(existing: bytes | None, said: Iptc, *, owners: Collection[str], at: datetime) -> bytes | None:
    """The sidecar with what was `said`; None where nothing of it is new there.

    Args:
        existing: the sidecar that is there, None for none.
        said: what was said.
        owners: the extensions of the raw files that share it, without dots; one alone is written into a new sidecar.
        at: the time of the change, with its zone.

    Raises:
        XmpRefused: the existing one is hostile, not understood, or another file's.
    """
    document = read_xmp(existing if existing is not None else _EMPTY.encode())
    _refuse_other_owner(document, owners)
    if not _say(document, said):
        return None
    if existing is None and len(owners) == 1:
        _set(document, _OWNER, next(iter(owners)).upper(), named=True)
    _set(document, "xmp:MetadataDate", at.isoformat(timespec="seconds"), named=True)
    return _checked(_bytes_of(document, pretty=existing is None), said)


def _say(document: Document, said: Iptc) -> bool:
    """Put it in; whether that changed anything."""
    changed = False
    if said.creator:
        changed |= _set_only(document, "dc:creator", said.creator, named="creator" in said.named)
    if said.copyright:
        changed |= _set_default(document, "dc:rights", said.copyright, named="copyright" in said.named)
    if said.job:
        changed |= _set(document, "photoshop:TransmissionReference", said.job, named="job" in said.named)
    if said.rating is not None:
        changed |= _set(document, "xmp:Rating", str(said.rating), named="rating" in said.named)
    levels = [level for keyword in said.keywords for level in keyword]
    changed |= _add(document, "dc:subject", levels)
    paths = [LEVELS.join(keyword) for keyword in said.keywords if len(keyword) > 1]
    changed |= _add(document, "lr:hierarchicalSubject", paths)
    return changed


def _refuse_other_owner(document: Document, owners: Collection[str]) -> None:
    known = {owner.casefold() for owner in owners}
    for owner in document.values(_OWNER):
        if owner.strip().casefold() not in known:
            raise XmpRefused(f"it belongs to the {owner.strip()[:20]} of that name")


def _bytes_of(document: Document, *, pretty: bool) -> bytes:
    if pretty:
        etree.indent(document.tree, " ")
    text: bytes = etree.tostring(document.tree, encoding="UTF-8", xml_declaration=document.declared)
    return text if text.endswith(b"\n") else text + b"\n"


def _checked(data: bytes, said: Iptc) -> bytes:
    """What is written can be read again and says all of it: an editor must never meet a document that we could not."""
    if len(data) > LARGEST_XMP or _say(read_xmp(data), said):
        raise XmpRefused("what was said cannot be put into it")
    return data


def _set(document: Document, name: str, value: str, *, named: bool) -> bool:
    """A property that is one text."""
    before = document.values(name)
    if before and (not named or before == [value]):
        return False
    holders = document.attributes(name)
    _remove(document, name)
    if holders:
        holders[0].attrib[tag_of(name)] = value
    else:
        _new(document, name).text = value
    return True


def _set_only(document: Document, name: str, value: str, *, named: bool) -> bool:
    """An ordered array with one item."""
    before = document.values(name)
    if before and (not named or before == [value]):
        return False
    _remove(document, name)
    _put(_new_array(document, name, "Seq"), [value])
    return True


def _set_default(document: Document, name: str, value: str, *, named: bool) -> bool:
    """The default of a text in several languages; the other languages stay."""
    before = document.values(name)
    if before and not named:
        return False
    arrays = [array for element in document.elements(name) if (array := array_in(element)) is not None]
    if not arrays:
        if before == [value]:
            return False
        _remove(document, name)
        arrays = [_new_array(document, name, "Alt")]
    default = next((item for item in arrays[0] if item.attrib.get(LANG, "").casefold() == _DEFAULT), None)
    if default is None:
        default = etree.Element(ITEM, {LANG: _DEFAULT})
        arrays[0].insert(0, default)
    elif text_in(default) == value:
        return False
    for child in list(default):
        default.remove(child)
    default.text = value
    return True


def _add(document: Document, name: str, values: Iterable[str]) -> bool:
    """Items of an unordered array that it does not hold yet."""
    before = document.values(name)
    present = set(map(keyword_key, before))
    new = []
    for value in values:
        if keyword_key(value) not in present:
            present.add(keyword_key(value))
            new.append(value)
    if not new:
        return False
    arrays = [array for element in document.elements(name) if (array := array_in(element)) is not None]
    if not arrays:  # written as one text, or not at all
        _remove(document, name)
        arrays = [_new_array(document, name, "Bag")]
        new = before + new
    _put(arrays[0], new)
    return True


def _put(array: Any, values: Iterable[str]) -> None:
    """Append items, indented as the others are."""
    for value in values:
        item = etree.SubElement(array, ITEM)
        item.text = value
        _indent_last(array)


def _new(document: Document, name: str) -> Any:
    """An element for a property, on a line of its own where the others are."""
    prefix, holder = name.partition(":")[0], document.descriptions[0]
    element = etree.SubElement(holder, tag_of(name), nsmap={prefix: NAMESPACES[prefix]})
    _indent_last(holder)
    return element


def _indent_last(parent: Any) -> None:
    """Give the last child the line that the one before it has; text that stands there by mistake is not repeated."""
    indent = parent.text if not (parent.text or "").strip() else None
    if len(parent) > 1:
        parent[-1].tail, parent[-2].tail = parent[-2].tail, indent
    else:
        parent[-1].tail = indent


def _new_array(document: Document, name: str, kind: str) -> Any:
    return etree.SubElement(_new(document, name), f"{{{RDF}}}{kind}", nsmap={"rdf": RDF})


def _remove(document: Document, name: str) -> None:
    for holder in document.attributes(name):
        del holder.attrib[tag_of(name)]
    for element in document.elements(name):
        element.getparent().remove(element)
