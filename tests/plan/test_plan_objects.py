"""group_objects(): what belongs together."""

import random

from hypothesis import given
from plan_samples import card_file, listings, untimed

from ingest.model.cards import CameraObject, CardFile
from ingest.model.layouts import tree_root
from ingest.plan.objects import group_objects


def grouped(*paths: bytes) -> list[set[bytes]]:
    return [{file.path for file in item.files} for item in group_objects([card_file(p) for p in paths], tree_root)]


def test_raw_jpeg_memo_thumbnail_and_both_kinds_of_sidecar_are_one_object() -> None:
    names = (b"IMG_0001.CR3", b"img_0001.jpg", b"IMG_0001.WAV", b"IMG_0001.THM", b"IMG_0001.xmp", b"IMG_0001.CR3.xmp")
    assert grouped(*(b"DCIM/100CANON/" + name for name in names)) == [{b"DCIM/100CANON/" + name for name in names}]


def test_the_same_stem_in_two_folders_is_two_photographs() -> None:
    assert len(grouped(b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/101CANON/IMG_0001.CR3")) == 2


def test_a_picture_and_a_clip_of_the_same_number_are_two_objects() -> None:
    assert len(grouped(b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/MVI_0001.MP4")) == 2


def test_a_sidecar_whose_picture_is_not_there_stays_alone() -> None:
    (item,) = group_objects([card_file(b"DCIM/100CANON/IMG_0001.CR3.xmp")], tree_root)
    assert item.key == "DCIM/100CANON/img_0001.cr3"


def test_twins_that_differ_in_case_are_two_objects_and_the_raw_goes_with_its_own_spelling() -> None:
    found = grouped(b"DCIM/100CANON/IMG.JPG", b"DCIM/100CANON/img.jpg", b"DCIM/100CANON/IMG.CR3")
    assert sorted(map(sorted, found)) == [
        [b"DCIM/100CANON/IMG.CR3", b"DCIM/100CANON/IMG.JPG"],
        [b"DCIM/100CANON/img.jpg"],
    ]


def test_twins_of_one_stem_are_numbered_each_behind_the_other() -> None:
    found = group_objects(
        [card_file(b"D/" + name) for name in (b"IMG.JPG", b"IMG.Jpg", b"IMG.jpg", b"Img.CR3")], tree_root
    )
    assert {item.key: [file.path for file in item.files] for item in found} == {
        "D/img//IMG//0": [b"D/IMG.JPG"],
        "D/img//IMG//1": [b"D/IMG.Jpg"],
        "D/img//IMG//2": [b"D/IMG.jpg"],
        "D/img//Img//0": [b"D/Img.CR3"],
    }


def test_a_key_keeps_a_backslash_apart_from_what_stands_for_a_byte_that_is_no_text() -> None:
    found = group_objects([card_file(b"D/\xff.JPG"), card_file(b"D/\\xff.JPG")], tree_root)
    assert sorted(item.key for item in found) == ["D/\\\\xff", "D/\\xff"]


def test_the_chapters_of_an_action_camera_are_one_recording() -> None:
    folder = b"DCIM/100GOPRO/"
    one = {folder + n for n in (b"GX010042.MP4", b"GX020042.MP4", b"GL010042.LRV", b"GX010042.THM")}
    old = {folder + n for n in (b"GOPR0043.MP4", b"GP010043.MP4")}
    burst = {folder + b"G0010042.JPG"}
    assert sorted(map(sorted, grouped(*one, *old, *burst))) == sorted(map(sorted, (one, old, burst)))
    assert len(grouped(b"DCIM/100CANON/GX010042.MP4", b"DCIM/100CANON/GX020042.MP4")) == 2


def test_a_video_tree_is_one_object_with_everything_in_it() -> None:
    tree = {b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/CLIP/C0001M01.XML", b"PRIVATE/M4ROOT/MEDIAPRO.XML"}
    items = group_objects([card_file(path) for path in (*tree, b"DCIM/100MSDCF/DSC00001.ARW")], tree_root)
    assert [(item.tree, len(item.files)) for item in items] == [(b"", 1), (b"PRIVATE/M4ROOT", 3)]


def everything(items: tuple[CameraObject, ...]) -> list[CardFile]:
    return sorted((file for item in items for file in item.files), key=lambda file: file.path)


@untimed
@given(listings)
def test_every_file_is_in_exactly_one_object_and_keys_are_unique_storable_text(files: list[CardFile]) -> None:
    items = group_objects(files, tree_root)
    assert everything(items) == sorted(files, key=lambda file: file.path)
    assert len({item.key for item in items}) == len(items)
    for item in items:
        item.key.encode("utf-8")


@untimed
@given(listings)
def test_the_order_of_the_scan_does_not_matter(files: list[CardFile]) -> None:
    shuffled = random.Random(1).sample(files, len(files))
    assert group_objects(shuffled, tree_root) == group_objects(files, tree_root)
