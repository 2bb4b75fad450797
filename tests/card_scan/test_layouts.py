"""Where cameras put things: only pictures of DCF folders may be renamed, video trees break when one name changes."""

import pytest

from ingest.model.layouts import is_camera_media, is_dcf_still, is_litter, tree_root

STILLS = [
    b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100EOS_R/_MG_0001.CR3", b"DCIM/100EOSR5/MVI_0003.MP4",
    b"DCIM/102NCZ_6/DSC_4590.NEF", b"DCIM/100MSDCF/DSC00001.HIF", b"DCIM/10060314/DSC00001.ARW",
    b"DCIM/100_PANA/P1000001.RW2", b"DCIM/100GOPRO/GX010001.MP4", b"DCIM/DJI_001/DJI_20260314150926_0001_D.DNG",
    b"DCIM/100_FUJI/DSCF0001.RAF", b"DCIM/100OLYMP/P1010001.ORF", b"DCIM/100LEICA/L1000001.DNG",
    b"dcim/100canon/img_0001.jpg", b"DCIM/100CANON/IMG_0001.CR3.xmp", b"DCIM/100CANON/IMG_0001.WAV",
]  # fmt: skip
TREES = {
    b"PRIVATE/M4ROOT/CLIP/C0001.MP4": b"PRIVATE/M4ROOT",
    b"PRIVATE/M4ROOT/MEDIAPRO.XML": b"PRIVATE/M4ROOT",
    b"M4ROOT/THMBNL/C0001T01.JPG": b"M4ROOT",
    b"PRIVATE/AVCHD/BDMV/STREAM/00000.MTS": b"PRIVATE/AVCHD",
    b"private/avchd/bdmv/stream/00000.mts": b"private/avchd",
    b"PRIVATE/XDROOT/Clip/C0001.MXF": b"PRIVATE/XDROOT",
    b"XDROOT/Clip/C0001.MXF": b"XDROOT",
    b"CONTENTS/CLIPS001/A001C001.MXF": b"CONTENTS",
    b"CONTENTS/VIDEO/0001AB.MXF": b"CONTENTS",
    b"CANONXF/X.MXF": b"CANONXF",
    b"AVF_INFO/AVIN0001.INP": b"AVF_INFO",
    b"MP_ROOT/100ANV01/MAH00001.MP4": b"MP_ROOT",
    b"SD_VIDEO/PRG001/MOV001.MOD": b"SD_VIDEO",
    b"MGR_INFO/PROG001.PGI": b"MGR_INFO",
    b"A001.RDM/A001_C001.RDC/A001_C001_001.R3D": b"A001.RDM",
    b"A001_C001.RDC/A001_C001_001.R3D": b"A001_C001.RDC",
}
NEITHER = [
    b"MISC/AUTPRINT.MRK", b"DCIM/CANONMSC/M0100.CTG", b"DCIM/102NCZ_6/NC_FLLST.DAT", b"NIKON001.DSC",
    b"DCIM/100CANON/deep/IMG_0001.CR3", b"DCIM/IMG_0001.CR3", b"IMG_0001.CR3", b"A001_08151512_C001.braw",
    b"Photos/DCIM/100CANON/IMG_0001.CR3", b"PRIVATE/readme.txt", b"XDROOT", b"AVCHD.txt/x", b"CONTENTSX/a",
]  # fmt: skip


@pytest.mark.parametrize("path", STILLS)
def test_pictures_clips_and_companions_of_picture_folders_may_be_renamed(path):
    assert is_dcf_still(path)
    assert tree_root(path) == b""
    assert not is_litter(path)


@pytest.mark.parametrize(("path", "root"), TREES.items())
def test_video_trees_are_kept_whole(path, root):
    assert tree_root(path) == root
    assert not is_dcf_still(path)


@pytest.mark.parametrize("path", NEITHER)
def test_everything_else_is_neither_renamed_nor_part_of_a_tree(path):
    assert not is_dcf_still(path)
    assert tree_root(path) == b""


@pytest.mark.parametrize("path", NEITHER[:4])
def test_what_a_camera_keeps_for_itself_is_told_from_pictures(path):
    assert is_litter(path)


@pytest.mark.parametrize(
    "path",
    [b"DCIM/100CANON/MVI_0003.THM", b"DCIM/100GOPRO/GL010001.LRV", b"PRIVATE/M4ROOT/SUB/C0001S03.MP4",
     b"DCIM/100CANON/IMG_0001.WAV", b"FSCK0000.REC", b"DCIM/100CANON/IMG_0001.XMP"],
)  # fmt: skip
def test_what_belongs_to_the_photographer_is_never_called_litter(path):
    assert not is_litter(path)


@pytest.mark.parametrize(
    "names",
    [{b"DCIM", b"MISC"}, {b"dcim"}, {b"PRIVATE", b"AVF_INFO"}, {b"PRIVATE"}, {b"XDROOT"}, {b"CONTENTS"}, {b"A001.RDM"},
     {b"A001_08151512_C001.braw"}, {b"SD_VIDEO"}, {b"BPAV"}, {b"MP_ROOT"}],
)  # fmt: skip
def test_a_volume_that_a_camera_wrote_to_is_recognised(names):
    assert is_camera_media(names)


@pytest.mark.parametrize(
    "names",
    [set(), {b"Photos"}, {b"private", b"etc", b"Users"}, {b"Contents", b"Applications"}, {b"DCIM.zip"}, {b"lost+found"},
     {b"xDCIM"}, {b"MISC"}, {b".rdm"}],
)  # fmt: skip
def test_a_drive_that_no_camera_wrote_to_is_no_card(names):
    assert not is_camera_media(names)
