"""What was just rendered is read once more, by itself, before it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest_cases import entry as entry_of

from ingest.manifest.history import Stamp
from ingest.manifest.names import expressible
from ingest.manifest.parse import parse_manifest
from ingest.manifest.readback import reads_back
from ingest.manifest.records import Entry
from ingest.manifest.write import render_manifest

STAMP = Stamp(1.0e9, 1.0e9, "1", "host", "transfer")


def entry(path: bytes) -> Entry:
    return entry_of(path, b"content")


def rendered(*files: Entry) -> bytes:
    return render_manifest(STAMP, files=files, folders={}, root=None, patterns=["*.xmp"])


def test_a_manifest_says_what_was_meant_and_nothing_else() -> None:
    files = [entry(b"a & b/<x>.jpg"), entry(b"\xc3\xa9t\xc3\xa9.jpg")]
    data = rendered(*files)
    assert reads_back(data, files)
    assert [record.path for record in parse_manifest(data, "x").files] == [file.path for file in files]
    assert not reads_back(data, files[:1])
    assert not reads_back(data, [*files, entry(b"c")])
    assert not reads_back(data, files[::-1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">a<", b">b<"),
        (b'size="', b'size="1'),
        (b'action="original"', b'action="verified"'),
        (b"</xxh128>", b"0</xxh128>"),
        (b"xxh128", b"md5"),
        (b"</hash>", b"<x/></hash>"),
        (b"</hashlist>", b""),
        (b"<path size", b"<name size"),
    ],
)
def test_one_changed_value_is_seen(old: bytes, new: bytes) -> None:
    data = rendered(entry(b"a"))
    assert old in data
    assert reads_back(data, [entry(b"a")])
    assert not reads_back(data.replace(old, new), [entry(b"a")])


@given(st.lists(st.binary(min_size=1, max_size=30).filter(expressible), min_size=1, max_size=200, unique=True))
def test_every_name_that_can_be_written_reads_back(paths: list[bytes]) -> None:
    files = [entry(path) for path in paths]
    assert reads_back(rendered(*files), files)


def test_a_manifest_of_many_pieces_is_read_to_its_end() -> None:
    files = [entry(b"IMG_%05d.JPG" % number) for number in range(3_000)]
    assert len(rendered(*files)) > 10 * 64 * 1024
    assert reads_back(rendered(*files), files)
    assert not reads_back(rendered(*files), [*files[:-1], entry(b"other")])
