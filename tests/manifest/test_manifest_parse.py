import pytest
from foreign_manifests import DIGEST, listing, one

from ingest.manifest.errors import ManifestDamaged
from ingest.manifest.hashing import c4
from ingest.manifest.parse import parse_chain, parse_manifest
from ingest.manifest.records import Link
from ingest.manifest.write import render_chain

BAD_MANIFESTS = {
    "empty": b"",
    "not xml": b"hello",
    "torn": listing(one())[:-9],
    "another root": b'<x version="2.0" xmlns="urn:ASC:MHL:v2.0"/>',
    "another namespace": listing(one()).replace(b"v2.0", b"v1.0"),
    "another version": listing(one()).replace(b'version="2.0"', b'version="3.0"'),
    "no version": listing(one()).replace(b' version="2.0"', b""),
    "no hashes": listing(),
    "no creator": listing(one()).replace(b"creatorinfo", b"metadata"),
    "sections twice": listing(one(), rest="<hashes/>"),
    "sections out of order": listing(one(), rest="<processinfo><process>in-place</process></processinfo>"),
    "an unknown section": listing(one(), rest="<extra/>"),
    "an unknown process": listing(one()).replace(b">in-place<", b">magic<"),
    "text between": listing(one(), "text"),
    "an unknown entry": listing("<other><path>a</path></other>"),
    "an entry without path": listing(f'<hash><xxh128 action="original">{DIGEST}</xxh128></hash>'),
    "an empty entry": listing("<hash/>"),
    "no digest": listing(one(digest="")),
    "an unknown digest": listing(one(digest='<crc32 action="original">00000000</crc32>')),
    "a short digest": listing(one(digest='<xxh128 action="original">3043</xxh128>')),
    "no hex": listing(one(digest=f'<xxh128 action="original">{"g" * 32}</xxh128>')),
    "a bad c4": listing(one(digest=f'<c4 action="original">c4{"0" * 88}</c4>')),
    "no action": listing(one(digest=f"<xxh128>{DIGEST}</xxh128>")),
    "an unknown action": listing(one(digest=f'<xxh128 action="new">{DIGEST}</xxh128>')),
    "a path twice": listing(one(), one()),
    "an absolute path": listing(one("/etc/passwd")),
    "a path upwards": listing(one("../x")),
    "a path upwards inside": listing(one("a/../../x")),
    "a Windows path upwards": listing(one("a\\..\\..\\x")),
    "a dot": listing(one("a/./x")),
    "a double slash": listing(one("a//x")),
    "no path": listing(one("")),
    "elements in a path": listing(one("a<b/>c")),
    "a negative size": listing(one(attributes=' size="-1"')),
    "a size in words": listing(one(attributes=' size="big"')),
    "an endless size": listing(one(attributes=f' size="{"9" * 5000}"')),
    "a folder hash in half": listing(one(), "<directoryhash><path>d</path><content/></directoryhash>"),
    "a reference upwards": listing(
        one(),
        rest=f"<references><hashlistreference><path>../a/ascmhl/x.mhl</path><c4>{c4(b'')}</c4></hashlistreference></references>",
    ),
    "a document type": listing(one()).replace(b"<hashlist", b"<!DOCTYPE hashlist><hashlist", 1),
    "an external entity": listing(one("&x;")).replace(
        b"<hashlist", b'<!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/hostname">]><hashlist', 1
    ),
    "a bomb": listing(one("&b;")).replace(
        b"<hashlist", b'<!DOCTYPE h [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><hashlist', 1
    ),
    "utf-16": listing(one()).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "utf-7 hiding a document type": listing(one()).replace(b"UTF-8", b"UTF-7").replace(b"<hash>", b"+ADw-hash>"),
    "invalid utf-8": listing(one("caf\xe9")).decode().encode("latin-1"),
    "too deep": listing(one(), rest="<metadata>" + "<x>" * 200 + "</x>" * 200 + "</metadata>"),
    "too many elements in one": listing(one(), rest="<metadata>" + "<x/>" * 5000 + "</metadata>"),
    "an endless text": listing(one("a" * 100_000)),
    "two documents": listing(one()) + listing(one()),
}


@pytest.mark.parametrize("data", BAD_MANIFESTS.values(), ids=BAD_MANIFESTS.keys())
def test_a_manifest_that_is_not_exactly_one_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestDamaged):
        parse_manifest(data, "x")


def test_a_plain_foreign_manifest_is_read() -> None:
    rest = "<metadata><anything xmlns='urn:y'>at <all/></anything></metadata>"
    prefixed = listing(one(attributes=' size="5" lastmodificationdate="nonsense"'), rest=rest)
    manifest = parse_manifest(prefixed, "x")
    assert (manifest.tool, manifest.process, manifest.files[0].size) == ("foreign", "in-place", 5)


def test_a_namespace_prefix_of_any_name_is_read() -> None:
    data = listing(one()).decode().replace("xmlns=", "xmlns:q=").replace("</", "</q:")
    for tag in ("hashlist ", "creatorinfo", "creationdate", "hostname", "tool ", "processinfo", "process>", "hashes"):
        data = data.replace(f"<{tag}", f"<q:{tag}")
    for tag in ("hash>", "path", "xxh128"):
        data = data.replace(f"<{tag}", f"<q:{tag}")
    assert parse_manifest(data.encode(), "x").files[0].path == b"a"


def test_digests_in_capitals_are_the_same_digests() -> None:
    data = listing(one(digest=f'<xxh128 action="original">{DIGEST.upper()}</xxh128>'))
    assert parse_manifest(data, "x").files[0].digests[0].text == DIGEST


@pytest.mark.parametrize(
    "chain_bytes",
    [
        b"",
        b'<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0"/>',
        b"<ascmhldirectory/>",
        b'<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0"><other/></ascmhldirectory>',
        render_chain([Link(1, b"../0001_x.mhl", c4(b""))]),
        render_chain([Link(1, b"a/0001_x.mhl", c4(b""))]),
        render_chain([Link(1, b"0001_x.mhl", c4(b"")), Link(2, b"0001_x.mhl", c4(b""))]),
        render_chain([Link(1, b"0001_x.mhl", "c4")]),
        render_chain([Link(1, b"0001_x.mhl", c4(b""))]).replace(b"c4>", b"md5>"),
    ],
)
def test_a_chain_that_is_not_exactly_one_is_refused(chain_bytes: bytes) -> None:
    with pytest.raises(ManifestDamaged):
        parse_chain(chain_bytes, "x")
