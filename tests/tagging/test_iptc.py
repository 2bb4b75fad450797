import pytest

from ingest.model.iptc import Iptc, keyword, keywords, one_line, union
from ingest.model.sidecars import has_sidecar, is_sidecar, set_aside, sidecar_of


def test_keywords_are_told_with_commas_and_their_levels_with_bars():
    assert keywords(" wedding , Meyer | ceremony,") == (("wedding",), ("Meyer", "ceremony"))


def test_a_keyword_that_is_told_twice_is_one():
    assert keywords("Wedding, wedding, Meyer|Ceremony, meyer|ceremony") == (("Wedding",), ("Meyer", "Ceremony"))


def test_the_same_word_at_another_place_in_the_tree_is_another_keyword():
    assert keywords("Paris, France|Paris") == (("Paris",), ("France", "Paris"))


@pytest.mark.parametrize("text", ["", " , ", "a||b", "|a", "a|", "a\nb", "a\x1b[31m", "a\u202eb", "x" * 201, "\udcff"])
def test_what_no_editor_could_show_is_no_keyword(text):
    with pytest.raises(ValueError, match=r"must|holds|longer"):
        keywords(text)


def test_too_many_keywords_are_refused():
    with pytest.raises(ValueError, match="at most 200"):
        keywords(",".join(map(str, range(201))))


def test_a_single_keyword_holds_no_comma():
    with pytest.raises(ValueError, match="comma"):
        keyword("a, b")


def test_a_text_is_one_visible_line():
    assert one_line("  Ann O\u0308z ") == "Ann Öz"
    for text in ("", "a\tb", "x" * 2001):
        with pytest.raises(ValueError, match=r"must|holds|longer"):
            one_line(text)


def test_what_is_said_goes_over_a_preset_and_the_keywords_are_those_of_both():
    preset = Iptc("Ann", "© Ann", "", keywords("wedding"))
    said = Iptc(creator="Bob", keywords=keywords("cake"), named=frozenset({"creator"}))
    assert said.over(preset) == Iptc("Bob", "© Ann", "", keywords("wedding, cake"), None, frozenset({"creator"}))
    assert not Iptc()
    assert preset
    assert union(keywords("a"), keywords("A, b")) == keywords("a, b")


@pytest.mark.parametrize("name", [b"IMG_1.CR3", b"_DSC0001.nef", b"A.ARW", b"x.RAF"])
def test_the_makers_raw_files_have_a_sidecar_with_the_extension_replaced(name):
    assert has_sidecar(name)
    assert sidecar_of(b"a.b/" + name) == b"a.b/" + name[:-4] + b".xmp"


@pytest.mark.parametrize(
    "name", [b"A.JPG", b"A.dng", b"A.HIF", b"A.HEIC", b"A.tif", b"A.MP4", b"A.xmp", b".CR3", b"CR3"]
)
def test_what_holds_its_words_inside_has_none(name):
    assert not has_sidecar(name)


def test_the_cards_own_sidecar_is_told_by_its_ending_and_belongs_to_no_picture_where_it_is_set_aside():
    assert is_sidecar(b"IMG_1.XMP")
    assert set_aside(b".XMP") == b".card.XMP"
    assert is_sidecar(b"IMG_1" + set_aside(b".xmp"))
