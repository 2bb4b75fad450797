"""Entries that go to another process come out of it as they went in."""

import pickle

import pytest

from ingest.manifest.packed import pack
from ingest.manifest.records import Entry

FILES = [
    (b"IMG_0001.JPG", 0, -1, bytes(16), 1_749_937_200.25),
    ("Fotos \U0001f4f7/\N{LATIN SMALL LETTER A WITH DIAERESIS}\n.CR3".encode(), 2**40, 2**62, bytes(range(16)), 0.0),
    (b"\xff\xfe not utf-8", 1, 1, b"\xff" * 16, 1e9),
]


@pytest.mark.parametrize("files", [FILES, FILES[:1], []])
def test_what_is_packed_is_unpacked_as_it_was_and_in_its_order(files):
    packed = pickle.loads(pickle.dumps(pack(iter(files))))
    wanted = [Entry(*file) for file in files]
    assert (list(packed), len(packed), bool(packed)) == (wanted, len(files), bool(files))
    assert [packed[number] for number in range(len(files))] == wanted
    assert packed[1:] == wanted[1:]


def test_it_ends_where_a_list_ends():
    packed = pack(FILES)
    assert packed[-1] == Entry(*FILES[-1])
    with pytest.raises(IndexError):
        packed[3]


def test_a_digest_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no digest"):
        pack([(b"a", 1, 1, bytes(15), 0.0)])
