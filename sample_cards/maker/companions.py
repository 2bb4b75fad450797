"""The small files around the pictures: sidecars, clip metadata, print orders, and what computers leave behind."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from datetime import datetime

from .exif import Camera, zone


def xmp_sidecar(rating: int, label: str, written: datetime) -> bytes:
    """An XMP sidecar with a rating, for the RAW of its stem. Source: XMP specification, parts 1 and 2."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
   xmp:Rating="{rating}"
   xmp:Label="{label}"
   xmp:MetadataDate="{written:%Y-%m-%dT%H:%M:%S}{zone(written)}"
   photoshop:SidecarForExtension="DNG"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()


def sony_clip_xml(camera: Camera, started: datetime, frames: int, per_second: int) -> bytes:
    """The `C0001M01.XML` of a clip: start with zone, length in frames, the body's name and serial."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<NonRealTimeMeta xmlns="urn:schemas-professionalDisc:nonRealTimeMeta:ver.2.20" \
lastUpdate="{started:%Y-%m-%dT%H:%M:%S}{zone(started)}">
\t<Duration value="{frames}"/>
\t<CreationDate value="{started:%Y-%m-%dT%H:%M:%S}{zone(started)}"/>
\t<VideoFormat>
\t\t<VideoFrame videoCodec="JPEG" captureFps="{per_second}p" formatFps="{per_second}p"/>
\t</VideoFormat>
\t<Device manufacturer="{camera.make.title()}" modelName="{camera.model}" serialNo="{camera.serial}"/>
</NonRealTimeMeta>
""".encode()


def sony_mediapro(clips: Sequence[tuple[str, int]]) -> bytes:
    """MEDIAPRO.XML, the table of contents of a clip tree. clips: (number such as `C0001`, frames)."""
    materials = "".join(
        f"""\t\t<Material uri="./CLIP/{clip}.MP4" type="MP4" dur="{frames}">
\t\t\t<Proxy uri="./SUB/{clip}S03.MP4" type="MP4"/>
\t\t\t<RelevantInfo uri="./CLIP/{clip}M01.XML" type="XML"/>
\t\t\t<RelevantInfo uri="./THMBNL/{clip}T01.JPG" type="JPG"/>
\t\t</Material>
"""
        for clip, frames in clips
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<MediaProfile xmlns="http://xmlns.sony.net/pro/metadata/mediaprofile" version="2.30">
\t<Contents>
{materials}\t</Contents>
</MediaProfile>
""".encode()


def print_order(camera: Camera, written: datetime, pictures: Sequence[str]) -> bytes:
    """MISC/AUTPRINT.MRK: one standard print of each picture. pictures: paths from the card's root. Source: DPOF 1.1."""
    lines = ["[HDR]", "GEN REV = 01.10", f'GEN CRT = "{camera.model}"', f"GEN DTM = {written:%Y:%m:%d:%H:%M:%S}"]
    for number, picture in enumerate(pictures, 1):
        lines += ["", "[JOB]", f"PRT PID = {number:03d}", "PRT TYP = STD", "PRT QTY = 001", "IMG FMT = EXIF2 -J"]
        lines += [f'<IMG SRC = "../{picture}">']
    return "\r\n".join([*lines, ""]).encode("ascii")


def noise(seed: str, size: int) -> bytes:
    """`size` bytes without meaning; the same seed gives the same bytes."""
    return random.Random(seed).randbytes(size)


def canon_catalog_litter() -> bytes:
    """DCIM/CANONMSC/M0100.CTG: the camera's private index, meaningless to anybody else."""
    return b"CTG\0" + noise("M0100.CTG", 508)


def finder_settings() -> bytes:
    """A .DS_Store as a Mac leaves it: the Finder's magic and an empty page."""
    return struct.pack(">L4s", 1, b"Bud1") + bytes(6140)


def apple_double() -> bytes:
    """A ._ file: AppleDouble with 32 bytes of empty Finder information. Source: RFC 1740, appendix A."""
    finder_information = 9
    header = struct.pack(">LL16sH", 0x00051607, 0x00020000, b"Mac OS X        ", 1)
    return header + struct.pack(">LLL", finder_information, len(header) + 12, 32) + bytes(32)
