"""Templates: what they may say, and that nothing filled in escapes its component."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BOTH, CARD, EVENING, dests, plan_of, shot, untimed, wall

from ingest.errors import ConfigError
from ingest.plan.naming import FILE_FIELDS, FOLDER_FIELDS, Values, parse_template, shoot_folder
from ingest.plan.planned import CardTag, PlanSettings
from ingest.plan.preview import preview

RAW, JPEG, SIDECAR = (b"DCIM/100CANON/IMG_0001." + ext for ext in (b"CR3", b"jpg", b"CR3.xmp"))
CLIP = b"PRIVATE/M4ROOT/CLIP/C0001.MP4"


def filled(template: str, **values: Any) -> tuple[bytes, ...]:
    given_values: dict[str, Any] = {
        "capture": wall("2026-03-04 05:06:07.080000"),
        "shoot": "Meyer",
        "original": b"IMG_0001",
    }
    return parse_template(template, FILE_FIELDS).fill(Values(**(given_values | values)))


def test_dates_are_written_the_same_everywhere() -> None:
    assert filled("{capture:%Y%m%d_%H%M%S}_{original}") == (b"20260304_050607_IMG_0001",)
    assert filled("{capture:%a %d %b %y, day %j, %f %%}") == (b"Wed 04 Mar 26, day 063, 080000 %",)
    assert filled("{capture}") == (b"2026-03-04",)
    assert filled("{{{original}}}") == (b"{IMG_0001}",)
    assert filled("{capture:%Y}", capture=wall("0800-01-01")) == (b"0800",)


def test_only_the_slashes_of_the_template_make_folders() -> None:
    assert filled("{capture:%Y/%m}/{camera}/{original}", camera="a/b") == (b"2026", b"03", b"a/b", b"IMG_0001")
    assert shoot_folder("{capture:%Y}/{shoot}", "../../etc", date(2026, 3, 14)) == b"2026/..%2F..%2Fetc"
    assert shoot_folder("{shoot}", "..", date(2026, 3, 14)) == b".%2E"
    assert shoot_folder("{capture:%Y} //{shoot} ", "M", date(2026, 3, 14)) == b"2026/M"
    assert shoot_folder(" {shoot}\t", "XXL", date(2026, 3, 14)) == b"XXL%09"


def test_bytes_of_a_name_that_are_no_text_are_not_lost() -> None:
    assert filled("\udce8{shoot}", shoot="M\udce9") == (b"\xed\xb3\xa8M\xed\xb3\xa9",)


@pytest.mark.parametrize(
    ("template", "mistake"),
    [
        ("{shot}", "{shot} is not known here"),
        ("{capture.__class__}", "{capture.__class__} is not known here"),
        ("{}", "{} is not known here"),
        ("{0}", "{0} is not known here"),
        ("{capture:%Q}", "%Q is no date format"),
        ("{capture:%%%Y-%Qx}", "%Q is no date format known here"),
        ("{capture:%Y%}", "% is no date format"),
        ("{capture:%%%}", "% is no date format"),
        ("{capture!r}", "takes no format"),
        ("{shoot:>99999999}", "takes no format"),
        ("{shoot", "expected '}'"),
        ("/{shoot}", "relative"),
        ("{shoot}/", "relative"),
        ("  ", "relative"),
        ("{original}", "{original} is not known here; use {capture}, {shoot}"),
    ],
)
def test_a_template_with_a_mistake_is_refused_with_the_mistake(template: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_template(template, FOLDER_FIELDS)
    assert mistake in "; ".join(refused.value.mistakes)
    assert refused.value.hint


def test_all_mistakes_of_a_template_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_template("/{a}{capture:%Q %!}{b}", FILE_FIELDS)
    assert len(refused.value.mistakes) == 5


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{shoot", "expected '}' before end of string"),
        ("/{shot}", "{shot} is not known here; use {capture}, {shoot}; it must be a relative path that ends in a name"),
    ],
)
def test_a_refusal_repeats_the_template_and_says_where_it_is_corrected(template: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_template(template, FOLDER_FIELDS)
    assert str(refused.value) == f"the name template '{template}' cannot be used: {told}"
    assert refused.value.hint == "correct it under [naming] in the settings"


@untimed
@given(st.text(max_size=30))
def test_any_text_is_a_template_or_a_config_error(text: str) -> None:
    with suppress(ConfigError):
        components = parse_template(text, FILE_FIELDS).fill(Values(EVENING, "s", b"o", "c", "l"))
        assert all(components[:-1])
        assert isinstance(components[-1], bytes)


@untimed
@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=400))
def test_nothing_that_is_filled_in_leaves_its_component(shoot: str, model: str, label: str) -> None:
    plan = plan_of(
        {RAW: shot(model=model), b"x/y": None},
        name=shoot,
        file="{camera}/{card} {original}",
        card=CardTag(label, b"\x12\x34"),
    )
    depth = {path: dest.count(b"/") for path, dest in dests(plan).items()}
    assert depth == {RAW: 3, b"x/y": 4}
    for dest in dests(plan).values():
        assert all(0 < len(part) <= 255 and part not in (b".", b"..") for part in dest.split(b"/"))


def test_one_object_gets_one_new_stem_and_extensions_keep_their_case() -> None:
    plan = plan_of([RAW, JPEG, SIDECAR], file="{capture:%Y%m%d}_{original}")
    assert sorted(dest.rpartition(b"/")[2] for dest in dests(plan).values()) == [
        b"20260314_IMG_0001.CR3",
        b"20260314_IMG_0001.CR3.xmp",
        b"20260314_IMG_0001.jpg",
    ]


def test_chapters_of_a_recording_keep_their_own_names() -> None:
    folder = b"DCIM/100GOPRO/"
    plan = plan_of([folder + b"GX010042.MP4", folder + b"GX020042.MP4"], file="{shoot}")
    assert {dest.rpartition(b"/")[2] for dest in dests(plan).values()} == {b"GX010042.MP4", b"GX020042.MP4"}


def test_the_preview_is_made_by_the_plan_and_shows_a_collision_and_a_tree() -> None:
    assert preview(PlanSettings(BOTH)) == (
        (b"DCIM/100EOSR5/IMG_0001.CR3", b"2026/2026-03-14 Meyer wedding/IMG_0001.CR3"),
        (b"DCIM/100EOSR5/IMG_0001.CR3.xmp", b"2026/2026-03-14 Meyer wedding/IMG_0001.CR3.xmp"),
        (b"DCIM/100EOSR5/IMG_0001.JPG", b"2026/2026-03-14 Meyer wedding/IMG_0001.JPG"),
        (b"DCIM/100EOSR5/MVI_0002.MP4", b"2026/2026-03-14 Meyer wedding/MVI_0002.MP4"),
        (b"DCIM/101EOSR5/IMG_0001.CR3", b"2026/2026-03-14 Meyer wedding/IMG_0001-2.CR3"),
        (CLIP, b"2026/2026-03-14 Meyer wedding/EOS_DIGITAL-9c33/" + CLIP),
    )
    with pytest.raises(ConfigError):
        preview(PlanSettings(BOTH, file="{nonsense}"))


def test_the_preview_fills_in_what_a_card_tells_and_leaves_out_what_is_ignored() -> None:
    rules = PlanSettings(BOTH, "{shoot}", "{capture:%d-%H%M%S} {camera} {card} {original}", ignore=("*.xmp", "*.jpg"))
    assert preview(rules, "Portraits") == (
        (b"DCIM/100EOSR5/IMG_0001.CR3", b"Portraits/14-152233 Canon EOS R5 EOS_DIGITAL IMG_0001.CR3"),
        (b"DCIM/100EOSR5/MVI_0002.MP4", b"Portraits/15-012233 Canon EOS R5 EOS_DIGITAL MVI_0002.MP4"),
        (b"DCIM/101EOSR5/IMG_0001.CR3", b"Portraits/15-012233 Canon EOS R5 EOS_DIGITAL IMG_0001.CR3"),
        (CLIP, b"Portraits/EOS_DIGITAL-9c33/" + CLIP),
    )


def test_the_card_folder_bears_the_label_and_four_digits_of_the_identity() -> None:
    for label, folder in (("NIKON Z 6", b"NIKON Z 6-9c33"), ("", b"CARD-9c33"), ("a/../b", b"a%2F..%2Fb-9c33")):
        plan = plan_of([b"notes.txt"], card=CardTag(label, CARD.digest))
        assert dests(plan)[b"notes.txt"] == b"2026/2026-03-14 Meyer wedding/" + folder + b"/notes.txt"
