"""ignored_by(): what is left out, and the rule that says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import untimed

from ingest.plan.ignore import ignored_by

DEFAULT = (".DS_Store", "._*", ".Trashes", ".Spotlight-V100", "System Volume Information", "Thumbs.db")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (b".DS_Store", ".DS_Store"),
        (b"DCIM/100CANON/.ds_store", ".DS_Store"),
        (b"DCIM/100CANON/._IMG_0001.JPG", "._*"),
        (b".Trashes/501/IMG_0001.JPG", ".Trashes"),
        (b"System volume information/WPSettings.dat", "System Volume Information"),
        (b"DCIM/100CANON/THUMBS.DB", "Thumbs.db"),
        (b"DCIM/100CANON/IMG_0001.JPG", ""),
        (b"DCIM/100CANON/my.DS_Store.jpg", ""),
        (b"Trashes/IMG_0001.JPG", ""),
    ],
)
def test_the_default_rules_leave_out_what_systems_leave_on_cards_and_nothing_else(path: bytes, rule: str) -> None:
    assert ignored_by(path, DEFAULT) == rule


def test_a_rule_with_a_slash_starts_at_the_root_of_the_card() -> None:
    assert ignored_by(b"DCIM/CANONMSC/M0100.CTG", ("dcim/canonmsc/*.ctg",)) == "dcim/canonmsc/*.ctg"
    assert ignored_by(b"MISC/sub/AUTPRINT.MRK", ("/MISC",)) == "/MISC"
    assert ignored_by(b"DCIM/MISC/x", ("/MISC",)) == ""
    assert ignored_by(b"DCIM/MISC/x", ("MISC/",)) == "MISC/"
    assert ignored_by(b"DCIM", ("DCIM/CANONMSC",)) == ""


def test_the_first_rule_that_fits_is_named() -> None:
    assert ignored_by(b"a/x.LRV", ("*.thm", "*.lrv", "x*")) == "*.lrv"
    assert ignored_by(b"a/x.LRV", ("/a", "*.lrv")) == "/a"


def test_composed_and_decomposed_accents_are_one_name() -> None:
    assert ignored_by("E\u0301te\u0301/x".encode(), ("\u00c9t\u00e9",)) == "\u00c9t\u00e9"


@untimed
@given(st.binary(min_size=1), st.lists(st.sampled_from(["", " ", "/", "//", " / "])))
def test_blank_rules_leave_nothing_out(path: bytes, rules: list[str]) -> None:
    assert ignored_by(path, rules) == ""


@untimed
@given(st.binary(min_size=1, max_size=60), st.lists(st.text(max_size=8), max_size=4))
def test_any_text_is_a_rule_and_the_answer_is_one_of_the_rules(path: bytes, rules: list[str]) -> None:
    assert ignored_by(path, rules) in ("", *rules)


@untimed
@given(st.lists(st.text(st.characters(exclude_characters="/*?[]", codec="utf-8"), min_size=1, max_size=8), min_size=1))
def test_the_plain_name_of_any_folder_leaves_out_all_that_lies_in_it(parts: list[str]) -> None:
    name = parts[0]
    expected = name if name.strip() == name else ""
    if expected:
        assert ignored_by("/".join(["top", *parts]).encode(), (name,)) == name


def test_a_rule_with_half_a_character_leaves_out_nothing_and_breaks_nothing() -> None:
    assert ignored_by(b"DCIM/100CANON/IMG_0001.JPG", ("\ud800*", "*.jpg")) == "*.jpg"
