from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xmp_worlds import EDITORS_OWN, LIKE_LIGHTROOM, OURS, WITH_PACKET, not_ours, sidecar

from ingest.model.iptc import Iptc, keywords
from ingest.tagging.errors import XmpRefused
from ingest.tagging.xmp import merged
from ingest.tagging.xmp_read import LARGEST_XMP, read_xmp

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RAW = frozenset({"CR3"})
SAID = Iptc("Ann Öz", "© 2026 Ann Öz", "J-17", keywords("wedding, Meyer|ceremony"), 3)


def put(existing, said=SAID, owners=RAW, at=AT):
    return merged(existing, said, owners=owners, at=at)


def values(data, name):
    return read_xmp(data).values(name)


def test_a_new_sidecar_says_all_that_was_said():
    new = put(None)
    assert values(new, "dc:creator") == ["Ann Öz"]
    assert values(new, "dc:rights") == ["© 2026 Ann Öz"]
    assert values(new, "photoshop:TransmissionReference") == ["J-17"]
    assert values(new, "dc:subject") == ["wedding", "Meyer", "ceremony"]
    assert values(new, "lr:hierarchicalSubject") == ["Meyer|ceremony"]
    assert values(new, "xmp:Rating") == ["3"]
    assert values(new, "xmp:MetadataDate") == ["2026-03-04T05:06:07+00:00"]
    assert values(new, "photoshop:SidecarForExtension") == ["CR3"]


def test_what_was_not_said_does_not_appear():
    new = put(None, Iptc(keywords=keywords("wedding")))
    there = {name for name in map(str, OURS) if name.encode() in new or name.partition("}")[2].encode() in new}
    assert {name.partition("}")[2] for name in there} == {"subject", "MetadataDate", "SidecarForExtension"}


def test_a_sidecar_that_two_raw_files_share_names_neither_as_its_owner():
    assert values(put(None, owners={"CR3", "NEF"}), "photoshop:SidecarForExtension") == []


@pytest.mark.parametrize("existing", [None, LIKE_LIGHTROOM, WITH_PACKET])
def test_saying_the_same_again_changes_nothing(existing):
    once = put(existing)
    assert once is not None
    assert put(once, at=AT + timedelta(days=1)) is None


def test_keywords_are_a_union_whatever_their_case_and_their_order_stays():
    said = Iptc(keywords=keywords("Wedding, family|AUNT, Family|Uncle, cake"))
    new = put(LIKE_LIGHTROOM, said)
    assert values(new, "dc:subject") == ["Family", "wedding", "AUNT", "Uncle", "cake"]
    assert values(new, "lr:hierarchicalSubject") == ["Family|Aunt", "Family|Uncle"]


def test_a_keyword_in_another_normalisation_is_the_same_keyword():
    once = put(None, Iptc(keywords=keywords("Caf\u00e9")))
    assert put(once, Iptc(keywords=keywords("Cafe\u0301"))) is None


def test_a_field_that_is_set_stays_unless_it_is_named():
    new = put(LIKE_LIGHTROOM)
    assert values(new, "dc:creator") == ["Somebody Else"]
    assert values(new, "dc:rights") == ["(c) Else", "(c) Anders"]
    assert values(new, "xmp:Rating") == ["2"]
    assert values(new, "photoshop:TransmissionReference") == ["J-17"], "it was not set"


def test_a_field_that_is_named_is_set_and_other_languages_stay():
    named = Iptc("Ann Öz", "© Ann", "J", (), 5, frozenset({"creator", "copyright", "rating"}))
    new = put(LIKE_LIGHTROOM, named)
    assert values(new, "dc:creator") == ["Ann Öz"]
    assert values(new, "dc:rights") == ["© Ann", "(c) Anders"]
    assert values(new, "xmp:Rating") == ["5"]
    assert put(new, named) is None


def test_a_rating_below_the_one_that_is_there_needs_to_be_named():
    assert values(put(WITH_PACKET, Iptc(job="J", rating=1)), "xmp:Rating") == ["4"]


def test_the_time_of_the_change_is_the_newest_and_stands_once():
    assert values(put(LIKE_LIGHTROOM), "xmp:MetadataDate") == ["2026-03-04T05:06:07+00:00"]


def test_the_wrapping_packet_stays():
    new = put(WITH_PACKET)
    assert new.startswith('<?xpacket begin="\ufeff" id='.encode())
    assert new.rstrip().endswith(b'<?xpacket end="w"?>')


def test_a_property_counts_by_its_namespace_whatever_its_prefix():
    old = sidecar(
        'xmlns:q="http://purl.org/dc/elements/1.1/"', "<q:creator><rdf:Seq><rdf:li>Q</rdf:li></rdf:Seq></q:creator>"
    )
    assert values(put(old), "dc:creator") == ["Q"]


def test_a_prefix_of_ours_that_means_something_else_there_keeps_its_meaning():
    graph = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    old = (
        f'<rdf:RDF {graph}><rdf:Description rdf:about="" xmlns:dc="urn:other" dc:subject="theirs"/></rdf:RDF>'.encode()
    )
    new = put(old)
    assert b'dc:subject="theirs"' in new
    assert values(new, "dc:subject") == ["wedding", "Meyer", "ceremony"]
    assert not_ours(new) == not_ours(old)


def test_keywords_written_as_a_plain_text_become_a_list_that_holds_it():
    for old in (sidecar('dc:subject="beach"'), sidecar(elements="<dc:subject>beach</dc:subject>")):
        assert values(put(old), "dc:subject") == ["beach", "wedding", "Meyer", "ceremony"]


def test_properties_of_several_descriptions_of_one_subject_are_all_seen():
    more = (
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5">'
        "<dc:subject><rdf:Bag><rdf:li>wedding</rdf:li></rdf:Bag></dc:subject></rdf:Description>"
    )
    new = put(sidecar(top=more))
    assert values(new, "dc:subject") == ["wedding", "Meyer", "ceremony"]
    assert values(new, "xmp:Rating") == ["5"]


def test_keywords_inside_an_editors_saved_settings_are_not_the_pictures():
    assert "not the picture's" not in values(LIKE_LIGHTROOM, "dc:subject")
    assert b'dc:subject="not the picture' in put(LIKE_LIGHTROOM)


def test_a_sidecar_in_utf_16_is_read_and_told_in_utf_8():
    old = '<?xml version="1.0" encoding="UTF-16"?>' + sidecar('photoshop:City="Zürich"').decode()
    new = put(old.encode("utf-16"))
    assert new.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "Zürich".encode() in new


def test_an_empty_graph_gets_its_description():
    old = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
    assert values(put(old), "dc:creator") == ["Ann Öz"]


BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
GRAPH = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
HOSTILE = {
    "nothing at all": (b"", "cannot be read as XML"),
    "no XML": (b"\x00\xff\xd8 not a document", "not in UTF-8"),
    "half a document": (LIKE_LIGHTROOM[:400], "cannot be read as XML"),
    "entities that grow": (sidecar(before=BOMB), "document type"),
    "a file of this computer": (sidecar(before=OUTSIDE), "document type"),
    "a document type in another encoding": (
        ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB + sidecar().decode()).encode("utf-16"),
        "document type",
    ),
    "an entity that nobody declared": (sidecar(elements="<dc:format>&secret;</dc:format>"), "cannot be read as XML"),
    "elements without a bottom": (sidecar(elements="<dc:a>" * 200 + "</dc:a>" * 200), "deeper"),
    "more levels than any parser takes": (sidecar(elements="<dc:a>" * 9999 + "</dc:a>" * 9999), "cannot be read"),
    "more elements than any editor writes": (sidecar(elements="<dc:a/>" * 50_000), "more than 50,000 elements"),
    "too much": (sidecar(after=" " * LARGEST_XMP), "larger than 4 MiB"),
    "another encoding": (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + sidecar(), "not in UTF-8"),
    "an encoding that hides a document type": (b'<?xml version="1.0" encoding="UTF-7"?>' + sidecar(), "not in UTF-8"),
    "no XMP": (b"<html/>", "holds no XMP"),
    "two graphs": (f"<a>{GRAPH}</rdf:RDF>{GRAPH}</rdf:RDF></a>".encode(), "more than one"),
    "two subjects": (
        (GRAPH + '<rdf:Description rdf:about="a"/><rdf:Description rdf:about="b"/></rdf:RDF>').encode(),
        "more than one subject",
    ),
    "keywords in a form of their own": (
        sidecar(elements='<dc:subject rdf:parseType="Resource"><dc:x>1</dc:x></dc:subject>'),
        "not known here",
    ),
    "the sidecar of the other raw file": (sidecar('photoshop:SidecarForExtension="NEF"'), "belongs to the NEF"),
    "the sidecar of the JPEG": (sidecar('photoshop:SidecarForExtension="JPG"'), "belongs to the JPG"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_not_understood_is_refused_in_words(name):
    data, why = HOSTILE[name]
    with pytest.raises(XmpRefused) as refusal:
        put(data)
    assert why in refusal.value.message


def test_an_owner_in_another_case_is_the_same_owner():
    assert put(sidecar('photoshop:SidecarForExtension="cr3"')) is not None


NAMES = st.sampled_from(["Rating", "subject", "creator", "Other", "x"])
TEXTS = st.sampled_from(["", " ", "a b", '<&>"', "Zürich", "\U0001f4f7", "x-default"]) | st.text(max_size=3).filter(
    str.isprintable
)
SPACES = (
    "urn:unknown:a",
    "http://ns.example.org/b/",
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/",
)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@st.composite
def names(draw):
    prefix = draw(st.sampled_from("abcd"))
    name = f"{prefix}:{draw(NAMES)}"
    space = SPACES["abcd".index(prefix)]
    return name if f"{{{space}}}{name[2:]}" not in OURS else f"a:{name[2:]}"


@st.composite
def trees(draw, depth=3):
    name = draw(names())
    attributes = "".join(
        f' {key}="{escaped(text)}"' for key, text in draw(st.dictionaries(names(), TEXTS, max_size=2)).items()
    )
    inner = (
        escaped(draw(TEXTS))
        if not depth or draw(st.booleans())
        else "".join(draw(st.lists(trees(depth - 1), max_size=3)))
    )
    return f"<{name}{attributes}>{inner}</{name}>"


@st.composite
def documents(draw):
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in zip("abcd", SPACES, strict=True))
    attributes = draw(st.dictionaries(names(), TEXTS, max_size=3))
    known = draw(st.sampled_from(["", 'xmp:Rating="1"', 'photoshop:TransmissionReference="old"']))
    lists = draw(
        st.sampled_from(["", "<dc:subject><rdf:Bag><rdf:li>x</rdf:li></rdf:Bag></dc:subject>", "<dc:rights/>"])
    )
    elements = draw(st.lists(trees(), max_size=4))
    elements.insert(draw(st.integers(0, len(elements))), lists)
    given_attributes = " ".join(f'{key}="{escaped(text)}"' for key, text in attributes.items())
    return sidecar(f"{spaces} {known} {given_attributes}", "".join(elements))


SAYINGS = st.builds(
    Iptc,
    st.sampled_from(["", "Ann"]),
    st.sampled_from(["", "© Ann"]),
    st.sampled_from(["", "J"]),
    st.sampled_from([(), keywords("x, y"), keywords("X|z, y")]),
    st.sampled_from([None, 1, 5]),
    st.frozensets(st.sampled_from(["creator", "copyright", "job", "rating"])),
)


@settings(max_examples=50)
@given(documents(), SAYINGS)
def test_what_is_not_ours_survives_every_merge(old, said):
    new = put(old, said)
    if new is not None:
        assert not_ours(new) == not_ours(old)
        assert put(new, said) is None
        assert {text.casefold() for text in values(old, "dc:subject")} <= {
            t.casefold() for t in values(new, "dc:subject")
        }


@given(st.binary(max_size=200) | st.tuples(st.integers(0, len(LIKE_LIGHTROOM)), st.binary(max_size=4)))
def test_whatever_bytes_are_there_the_answer_is_a_document_or_a_refusal(what):
    data = what if isinstance(what, bytes) else LIKE_LIGHTROOM[: what[0]] + what[1] + LIKE_LIGHTROOM[what[0] + 1 :]
    try:
        new = put(data)
    except XmpRefused:
        return
    assert new is None or put(new) is None


@pytest.mark.parametrize("name", EDITORS_OWN)
def test_sidecars_of_editors_keep_everything_that_is_theirs(name):
    old = EDITORS_OWN[name]
    owner = values(old, "photoshop:SidecarForExtension") or ["CR3"]
    new = put(old, owners=frozenset(owner))
    assert not_ours(new) == not_ours(old)
    assert values(new, "xmp:Rating") == (values(old, "xmp:Rating") or ["3"])
