"""What an object of a card wants to be called, before anybody asks whether the names are free."""

from typing import Any

import pytest
from plan_samples import CARD, EVENING, card_file

from ingest.model.cards import CameraObject
from ingest.plan.clock import ObjectTime
from ingest.plan.names import Names, is_flat, names_of
from ingest.plan.planned import CardTag, PlanSettings, ShootPlan

HOME = b"2026/Meyer"
STILLS, GOPRO = b"DCIM/100CANON/", b"DCIM/100GOPRO/"
CLIP = b"PRIVATE/M4ROOT/CLIP/C0001.MP4"


def camera_object(*paths: bytes, tree: bytes = b"") -> CameraObject:
    return CameraObject("key", tuple(card_file(path) for path in paths), tree)


def names(
    *paths: bytes, template: str = "{original}", shoot: str = "Meyer", model: str = "", label: str = "", **more: Any
) -> Names:
    plan = ShootPlan(shoot, EVENING.date(), EVENING.date(), HOME, None, True)
    time, settings = ObjectTime(EVENING, "exif", model=model), PlanSettings(frozenset(), file=template)
    return names_of(camera_object(*paths, **more), time, plan, settings, CardTag(label, CARD.digest))


@pytest.mark.parametrize(
    ("template", "told", "wanted"),
    [
        ("{original}", {}, b"IMG_0001.CR3"),
        ("{camera}/{card}/{original}", {"model": " Canon EOS R5 ", "label": " EOS "}, b"Canon EOS R5/EOS/IMG_0001.CR3"),
        ("{camera}/{card}/{original}", {"model": " ", "label": " "}, b"camera/CARD/IMG_0001.CR3"),
        ("{camera}/{original}", {"model": "../a"}, b"..%2Fa/IMG_0001.CR3"),
        ("{capture:%Y/%m/%d}_{shoot}", {}, b"2026/03/14_Meyer.CR3"),
        ("{shoot}", {"shoot": ""}, b"_.CR3"),  # a name of its extension alone would be hidden
    ],
)
def test_a_picture_is_called_by_its_template_below_its_shoot(
    template: str, told: dict[str, str], wanted: bytes
) -> None:
    assert names(STILLS + b"IMG_0001.CR3", template=template, **told).wanted(1) == (HOME + b"/" + wanted,)


def test_companions_take_the_new_stem_and_keep_their_own_ends() -> None:
    paths = [STILLS + name for name in (b"IMG_0001.CR3", b"IMG_0001.CR3.XMP", b"img_0001.jpg")]
    object_names = names(*paths, template="{shoot}")
    ends = (b".CR3", b".CR3.XMP", b".jpg")
    assert object_names.wanted(1) == tuple(HOME + b"/Meyer" + end for end in ends)
    assert object_names.wanted(2) == tuple(HOME + b"/Meyer-2" + end for end in ends)
    assert object_names.stems(2) == {"2026/meyer/meyer-2"}
    assert object_names.beside(1, b"2025/old/a-7.CR3.XMP") == tuple(b"2025/old/a-7" + end for end in ends)
    assert object_names.beside(1, b"2025/old/a-7.XMP") == ()  # nothing tells what its picture would be called


def test_a_sidecar_alone_is_named_by_its_own_name() -> None:
    (alone,) = names(STILLS + b"IMG_0001.CR3.xmp").wanted(2)
    assert alone == HOME + b"/IMG_0001.CR3-2.xmp"


def test_chapters_of_a_recording_and_their_thumbnails_keep_their_names_in_the_folder_of_the_shoot() -> None:
    chapters = (b"GX010042.MP4", b"GX010042.THM", b"GX020042.MP4")
    object_names = names(*(GOPRO + name for name in chapters), template="{shoot}")
    assert object_names.wanted(1) == tuple(HOME + b"/" + name for name in chapters)
    assert object_names.stems(1) == {"2026/meyer/gx010042", "2026/meyer/gx020042"}
    assert object_names.beside(0, HOME + b"/GX010042-2.MP4") == ()  # the second chapter is not called like the first


@pytest.mark.parametrize(
    ("label", "folder"),
    [(" EOS ", b"EOS-9c33"), (" ", b"CARD-9c33"), ("a/b", b"a%2Fb-9c33"), ("\udce9", b"%ED%B3%A9-9c33")],
)
def test_all_else_keeps_its_path_below_a_folder_of_its_card(label: str, folder: bytes) -> None:
    object_names = names(CLIP, b"PRIVATE/M4ROOT/a:b", tree=b"PRIVATE/M4ROOT", label=label)
    kept = (CLIP, b"PRIVATE/M4ROOT/a%3Ab")
    assert object_names.wanted(1) == tuple(HOME + b"/" + folder + b"/" + path for path in kept)
    assert object_names.wanted(2) == tuple(HOME + b"/" + folder + b"-2/" + path for path in kept)
    assert object_names.stems(1) == frozenset()
    assert object_names.beside(1, b"old/x/PRIVATE/M4ROOT/a%3Ab") == tuple(b"old/x/" + path for path in kept)
    assert object_names.beside(1, b"old/xPRIVATE/M4ROOT/a%3Ab") == ()


def test_only_what_lies_in_a_picture_folder_may_be_renamed() -> None:
    assert is_flat(camera_object(STILLS + b"IMG_0001.CR3"))
    assert not is_flat(camera_object(b"notes.txt"))
    assert not is_flat(camera_object(CLIP, tree=b"PRIVATE/M4ROOT"))
    assert not is_flat(camera_object(b"DCIM/A001.RDM/x.R3D", tree=b"DCIM/A001.RDM"))
