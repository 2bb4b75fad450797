from pathlib import Path

import pytest
from lxml import etree
from manifest_cases import STARTED, entry

from ingest.manifest.hashing import EMPTY_FOLDER, c4
from ingest.manifest.ignore import OWN_PATTERNS
from ingest.manifest.names import expressible, manifest_name
from ingest.manifest.parse import parse_chain, parse_manifest
from ingest.manifest.records import Entry, FolderHash, Link, Stamp
from ingest.manifest.write import render_chain, render_manifest

STAMP = Stamp(STARTED, STARTED + 60, "1.2.3", "studio-1", "transfer")
ROOT = FolderHash(b"c" * 16, b"s" * 16)
NS = "{urn:ASC:MHL:v2.0}"


def manifest(*files: Entry, root: FolderHash | None = ROOT) -> bytes:
    return render_manifest(STAMP, files=files, folders={b"empty": EMPTY_FOLDER}, root=root, patterns=OWN_PATTERNS)


def test_a_manifest_names_tool_host_process_and_patterns_in_schema_order() -> None:
    root = etree.fromstring(manifest(entry(b"A/a.jpg", b"abcde")))
    assert (root.tag, root.items()) == (NS + "hashlist", [("version", "2.0")])
    assert [child.tag for child in root] == [NS + "creatorinfo", NS + "processinfo", NS + "hashes"]
    assert [child.tag for child in root[0]] == [NS + "creationdate", NS + "hostname", NS + "tool"]
    assert root[0][0].text == "2025-05-31T21:31:00.000000+00:00"
    assert (root[0][2].text, root[0][2].get("version")) == ("safelight", "1.2.3")
    assert [child.tag for child in root[1]] == [NS + "process", NS + "roothash", NS + "ignore"]
    assert root[1][0].text == "transfer"
    assert tuple(pattern.text for pattern in root[1][2]) == OWN_PATTERNS


def test_a_file_carries_size_time_digest_action_and_when_it_was_hashed() -> None:
    root = etree.fromstring(manifest(entry(b"A/a.jpg", b"abcde")))
    path, digest = root.findall(f".//{NS}hash/*")
    assert path.text == "A/a.jpg"
    assert path.items() == [("size", "5"), ("lastmodificationdate", "2025-05-31T21:30:00.123456+00:00")]
    assert (digest.tag, digest.text) == (NS + "xxh128", "3043c78169f25c3f97d5a48ef320eec2")
    assert digest.items() == [("action", "original"), ("hashdate", "2025-05-31T21:30:05.000000+00:00")]


def test_folder_hashes_carry_no_action() -> None:
    root = etree.fromstring(manifest(entry(b"a", b"")))
    digests = root.findall(f".//{NS}directoryhash/*/{NS}xxh128")
    assert len(digests) == 2
    assert not any("action" in digest.attrib for digest in digests)


def test_an_empty_file_keeps_its_size() -> None:
    assert parse_manifest(manifest(entry(b"a", b"")), "x").files[0].size == 0


@pytest.mark.parametrize("mtime_ns", [-(2**63), 2**63 - 1, 10**21])
def test_a_time_that_no_calendar_holds_never_stops_a_manifest(mtime_ns: int) -> None:
    file = Entry(b"a", 1, mtime_ns, b"x" * 16, STARTED)
    assert parse_manifest(manifest(file), "x").files[0].path == b"a"


def test_markup_in_names_and_hosts_stays_text() -> None:
    stamp = Stamp(STARTED, STARTED, '"><x/>', "a<b>&c\x1b", "transfer")
    names = [b"<a>.jpg", b"a&amp;b.jpg", b"]]>.jpg", b"a\"b'c.jpg", b" leading and trailing "]
    data = render_manifest(
        stamp, files=[entry(name, b"") for name in names], folders={}, root=None, patterns=["a<b", "x&y"]
    )
    read = parse_manifest(data, "x")
    assert [file.path for file in read.files] == names
    assert read.patterns == ("a<b", "x&y")
    assert etree.fromstring(data)[0][1].text == "a<b>&c_"


def test_a_manifest_of_nothing_is_never_written() -> None:
    with pytest.raises(ValueError, match="without files"):
        render_manifest(STAMP, files=[], folders={}, root=None, patterns=[])


def test_a_generation_that_does_not_cover_everything_has_no_root_hash() -> None:
    assert parse_manifest(manifest(entry(b"a", b""), root=None), "x").root is None
    assert parse_manifest(manifest(entry(b"a", b"")), "x").root == ROOT


def test_a_chain_reads_back_as_it_was_written() -> None:
    links = tuple(Link(number, f"{number:04d}_ä & ö_x.mhl".encode(), c4(b"%d" % number)) for number in (1, 2, 3))
    assert parse_chain(render_chain(links), "x") == links


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (b"/a/2025-05-31 Meyer", b"0001_2025-05-31 Meyer_2025-05-31_213000Z.mhl"),
        (b"/a/Meyer/", b"0001_Meyer_2025-05-31_213000Z.mhl"),
        (b"/", b"0001_root_2025-05-31_213000Z.mhl"),
        (b"/a/b\x1bc", b"0001_b_c_2025-05-31_213000Z.mhl"),
        ("/a/Übung 📷".encode(), "0001_Übung 📷_2025-05-31_213000Z.mhl".encode()),
        (b"/a/caf\xe9", "0001_caf\ufffd_2025-05-31_213000Z.mhl".encode()),
    ],
)
def test_a_manifest_is_named_by_generation_folder_and_start_in_utc(folder: bytes, expected: bytes) -> None:
    assert manifest_name(1, folder, STARTED) == expected


def test_generations_above_9999_have_five_digits() -> None:
    assert manifest_name(10000, b"/x", STARTED).startswith(b"10000_x_")


def test_the_longest_folder_name_still_gives_a_file_name(tmp_path: Path) -> None:
    name = manifest_name(1, b"/a/" + "é".encode() * 127, STARTED)
    assert len(name) <= 255
    (tmp_path / name.decode()).touch()


@pytest.mark.parametrize(
    "name",
    [
        b"a\nb",
        b"a\tb",
        b"\x1b[2J",
        b"a\x7f",
        "a\x85b".encode(),
        b"caf\xe9",
        b"a\xed\xa0\x80",
        "\uffff".encode(),
        b"..\\x",
    ],
)
def test_a_name_that_xml_cannot_hold_is_known_before_writing(name: bytes) -> None:
    assert not expressible(b"A/" + name)


@pytest.mark.parametrize(
    "name", ["e\u0301té.jpg", "日本.CR3", "📷.jpg", "a b", "#1", "a\\b", "\u202egpj.exe", "x" * 255]
)
def test_unusual_names_that_xml_can_hold_are_written(name: str) -> None:
    path = ("A/" + name).encode()
    assert expressible(path)
    assert parse_manifest(manifest(entry(path, b"")), "x").files[0].path == path
