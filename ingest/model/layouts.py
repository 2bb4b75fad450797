"""Where cameras put things: pictures in DCF folders, video in trees that only work whole, and their own litter.

Sources: DCF (JEITA CP-3461, CIPA DC-009) for `DCIM/`; the makers' manuals for the trees. Case is ignored throughout,
since FAT and exFAT do.
"""

import re
from collections.abc import Iterable

from ingest.model.names import base_of, parent_of

# a path component sequence that begins a tree, at the card's root
_TREES = re.compile(
    rb"(?:PRIVATE/)?(?:M4ROOT|XDROOT|AVCHD|BPAV)(?=/)"  # Sony XAVC, XDCAM, AVCHD (also Panasonic), XDCAM EX
    rb"|(?:AVF_INFO|MP_ROOT|BDMV|CONTENTS|CANONXF|SD_VIDEO|MGR_INFO)(?=/)"  # Sony, AVCHD, P2 and Canon XF, JVC
    rb"|[^/]+\.RD[MC](?=/)",  # RED magazines and clips
    re.IGNORECASE,
)
_PICTURE_FOLDER = re.compile(rb"DCIM/(?!CANONMSC/)[^/]+/[^/]+", re.IGNORECASE)
_LITTER_NAMES = frozenset({b"nc_fllst.dat", b"autprint.mrk", b"nikon001.dsc", b"wiped.ctg"})
_LITTER_FOLDERS = (b"dcim/canonmsc", b"misc", b"nikon", b"ncfl")
_LITTER_SUFFIXES = (b".ctg", b".dsc")


def tree_root(path: bytes) -> bytes:
    """The root of the video tree that a relative card path lies in, as it is spelt there; b"" for none."""
    found = _TREES.match(path)
    return found[0] if found else b""


def is_litter(path: bytes) -> bool:
    """Whether a file is what a camera keeps for itself: catalogues, print orders. It is copied all the same."""
    name, folder = base_of(path).lower(), parent_of(path).lower()
    in_folder = any(folder == known or folder.startswith(known + b"/") for known in _LITTER_FOLDERS)
    return in_folder or name in _LITTER_NAMES or name.endswith(_LITTER_SUFFIXES)


def is_dcf_still(path: bytes) -> bool:
    """Whether a file lies directly in a picture folder of `DCIM/`: a picture, a clip or a companion of one."""
    return bool(_PICTURE_FOLDER.fullmatch(path)) and not is_litter(path)


# Names that only cards have at their root. "PRIVATE" and "CONTENTS" are ordinary words unless a camera wrote them.
_CARD_NAMES = re.compile(
    rb"(?i:DCIM|M4ROOT|XDROOT|AVCHD|BPAV|AVF_INFO|MP_ROOT|CANONXF|SD_VIDEO|MGR_INFO|[^/]+\.RDM|[^/]+\.braw)"
    rb"|PRIVATE|CONTENTS"
)


def is_camera_media(top_level_names: Iterable[bytes]) -> bool:
    """Whether a volume with these names at its root was written to by a camera."""
    return any(_CARD_NAMES.fullmatch(name) for name in top_level_names)
