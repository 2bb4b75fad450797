"""portable(): one component, every file system."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from plan_samples import untimed

from ingest.plan.portable import is_portable_path, portable, portable_path, stays_inside

components = st.one_of(
    st.binary(max_size=300).map(lambda name: name.replace(b"/", b"")),
    st.text(max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.from_regex(rb"(?i)(con|prn|nul|com1|lpt9)[ .]{0,3}(jpg)?", fullmatch=True),
    st.text("%0AaF. :", max_size=20).map(str.encode),
)


def read_back(name: bytes) -> bytes:
    """The escape undone, by its own rule and not by our code."""
    return re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), name)


@untimed
@given(components)
def test_every_component_becomes_one_that_all_file_systems_hold(component: bytes) -> None:
    name = portable(component)
    text = name.decode("utf-8")
    assert 1 <= len(name) <= 255
    assert not set(text) & set('<>:"/\\|?*')
    assert not any(unicodedata.category(character) == "Cc" for character in text)
    assert text[-1] not in ". "
    base = text.split(".")[0].rstrip(" ").upper()
    assert base not in {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³")}


@untimed
@given(components.filter(bool))
def test_the_original_name_can_be_read_out_of_the_portable_one(component: bytes) -> None:
    name = portable(component)
    if not re.search(rb"~[0-9a-f]{8}(\.|$)", name):
        assert read_back(name) == component


@untimed
@given(st.lists(components, min_size=1, max_size=4))
def test_what_was_made_portable_is_known_as_portable(parts: list[bytes]) -> None:
    assert is_portable_path(portable_path(b"/".join(parts)))


def test_a_remembered_path_that_no_plan_could_have_made_is_told() -> None:
    for path in (b"a/../b", b"/a", b"a//b", b"a/line\nbreak", b"a/\xff", b"a/trailing.", b"a/" + b"x" * 256, b"a:b/c"):
        assert not is_portable_path(path), path


@untimed
@given(components, components)
def test_different_names_stay_different(one: bytes, other: bytes) -> None:
    if one != other and one and other:
        assert portable(one) != portable(other)


def test_ordinary_camera_names_are_left_as_they_are() -> None:
    for name in (
        b"IMG_0001.CR3",
        b"_DSC4590.NEF",
        b"C0001M01.XML",
        "Été (1).jpg".encode(),
        b"-rf",
        b"100% real.JPG",
        b".hidden",
    ):
        assert portable(name) == name


def test_names_that_windows_and_smb_refuse_are_escaped_and_readable() -> None:
    assert portable(b"a:b?.JPG") == b"a%3Ab%3F.JPG"
    assert portable(b"CON.JPG") == b"%43ON.JPG"
    assert portable("com¹".encode()) == "%63om¹".encode()
    assert portable(b"trailing.") == b"trailing%2E"
    assert portable(b"trailing ") == b"trailing%20"
    assert portable(b"line\nbreak") == b"line%0Abreak"
    assert portable(b"\xff.JPG") == b"%FF.JPG"
    assert portable(b"a%3A") == b"a%253A"
    assert portable(b"..") == b".%2E"
    assert portable(b"") == b"_"


def test_a_name_over_255_bytes_keeps_its_beginning_its_extension_and_differs_by_its_whole() -> None:
    one, other = portable(b"x" * 255 + b"1.CR3"), portable(b"x" * 255 + b"2.CR3")
    assert one != other
    assert len(one) == len(other) == 255
    assert one.startswith(b"xxxx")
    assert one.endswith(b".CR3")
    assert portable("é".encode() * 200).decode("utf-8").startswith("ééé")


def test_a_long_name_is_never_cut_inside_an_escape() -> None:
    for length in range(100, 103):
        name = portable(b"a" * (length - 100) + b":" * length + b".CR3")
        assert re.fullmatch(rb"a*(%3A)+~[0-9a-f]{8}\.CR3", name)


def test_paths_keep_their_folders() -> None:
    assert portable_path(b"PRIVATE/M4ROOT/a:b/C0001.MP4") == b"PRIVATE/M4ROOT/a%3Ab/C0001.MP4"


def test_only_paths_below_their_root_stay_inside() -> None:
    assert stays_inside(b"a/..b/c")
    for path in (b"", b"/etc/passwd", b"a/../b", b"..", b"a//b", b"./a", b"a/", b"a\0b"):
        assert not stays_inside(path), path


def test_a_name_of_exactly_255_bytes_stays_as_it_is_and_is_portable() -> None:
    for name in (b"x" * 251 + b".CR3", "é".encode() * 127 + b"x"):
        assert len(name) == 255
        assert portable(name) == name
        assert is_portable_path(b"a/" + name)
    assert not is_portable_path("é".encode() * 128)


def test_a_long_name_is_cut_between_characters_and_keeps_its_last_extension_alone() -> None:
    for lead in (b"", b"x"):
        name = portable(lead + "é".encode() * 200 + b".v1.CR3")
        assert re.fullmatch("x?é+~[0-9a-f]{8}\\.CR3", name.decode("utf-8"))
    assert re.fullmatch(rb"x+~[0-9a-f]{8}", portable(b"x" * 300))
    assert portable(b"x" * 300 + b"." + b"y" * 24).endswith(b"." + b"y" * 24)
    assert b"." not in portable(b"x" * 300 + b"." + b"y" * 25)


def test_only_a_point_or_a_blank_at_the_end_is_escaped_for_where_it_stands() -> None:
    assert [portable("é".encode() + end) for end in (b"X", b".", b" ")] == [
        b"\xc3\xa9X",
        b"\xc3\xa9%2E",
        b"\xc3\xa9%20",
    ]
    assert [is_portable_path("é".encode() + end) for end in (b"X", b".", b" ")] == [True, False, False]


def test_a_name_of_exactly_255_bytes_must_hold_what_is_portable_like_any_other() -> None:
    assert is_portable_path(b"a" * 255)
    assert not is_portable_path(b"a" * 254 + b":")
