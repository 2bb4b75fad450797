"""Sidecars as editors and cameras write them, and what of a document is not ours, in canonical form."""

import copy

from catalog_files import reference
from lxml import etree

from ingest.tagging.xmp_read import NAMESPACES, RDF, tag_of

OURS = frozenset(
    tag_of(name)
    for name in (
        *("dc:creator", "dc:rights", "dc:subject", "lr:hierarchicalSubject", "photoshop:TransmissionReference"),
        *("xmp:Rating", "xmp:MetadataDate", "photoshop:SidecarForExtension"),
    )
)


def sidecar(attributes: str = "", elements: str = "", *, before: str = "", after: str = "", top: str = "") -> bytes:
    """A document of one Description with these attributes and elements. top: more children of the graph."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF xmlns:rdf="{RDF}">\n'
        f'  <rdf:Description rdf:about="" {spaces} {attributes}>\n{elements}\n  </rdf:Description>\n{top}'
        f" </rdf:RDF>\n</x:xmpmeta>{after}"
    ).encode()


LIKE_LIGHTROOM = sidecar(
    'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/"'
    ' xmlns:crss="http://ns.adobe.com/camera-raw-saved-settings/1.0/" xmp:Rating="2" xmpDM:pick="1" xmp:Label="Red"'
    ' xmp:MetadataDate="2026-01-01T10:00:00+01:00" photoshop:SidecarForExtension="CR3" crs:RawFileName="IMG_1.CR3"',
    """   <dc:creator><rdf:Seq><rdf:li>Somebody Else</rdf:li></rdf:Seq></dc:creator>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Family</rdf:li>
     <rdf:li>wedding</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>Family|Aunt</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) Else</rdf:li>
    <rdf:li xml:lang="de">(c) Anders</rdf:li></rdf:Alt></dc:rights>
   <crss:SavedSettings>
    <rdf:Bag><rdf:li><rdf:Description crss:Name="step0">
     <crss:Parameters><rdf:Description crs:Version="18.5.1" dc:subject="not the picture's"/></crss:Parameters>
    </rdf:Description></rdf:li></rdf:Bag>
   </crss:SavedSettings>""",
)
WITH_PACKET = sidecar(
    'xmlns:xap="http://ns.adobe.com/xap/1.0/" xap:Rating="4"',
    "<!-- a note --><dc:description><rdf:Alt><rdf:li xml:lang='x-default'>a &lt; b</rdf:li></rdf:Alt></dc:description>",
    before='<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n',
    after=" " * 2048 + '\n<?xpacket end="w"?>',
)


def editors_own() -> dict[str, bytes]:
    """Sidecars by name: these here, and those that Lightroom wrote where there are any."""
    return {
        "like Lightroom's": LIKE_LIGHTROOM,
        "a packet": WITH_PACKET,
        **{path.name: path.read_bytes() for path in reference("real/*.xmp")},
    }


EDITORS_OWN = editors_own()


def not_ours(data: bytes) -> bytes:
    """The document without our properties and the space between elements, as canonical XML."""
    root = etree.fromstring(data.removeprefix("\ufeff".encode()))
    root = copy.deepcopy(root)
    for description in root.iter(f"{{{RDF}}}Description"):
        if etree.QName(description.getparent()).localname != "RDF":
            continue
        for child in [child for child in description if child.tag in OURS]:
            description.remove(child)
        for name in OURS & set(description.attrib):
            del description.attrib[name]
    for element in root.iter():
        if isinstance(element.tag, str) and len(element) and not (element.text or "").strip():
            element.text = None
        if not (element.tail or "").strip():
            element.tail = None
    for description in root.iter(f"{{{RDF}}}Description"):
        if not len(description) and not (description.text or "").strip():
            description.text = None
    return etree.tostring(root, method="c14n", exclusive=True, with_comments=True)
