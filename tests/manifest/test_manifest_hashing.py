import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.manifest.hashing import EMPTY_FOLDER, c4, folder_hashes, xxh128
from ingest.manifest.records import FolderHash

ABCDE = bytes.fromhex("3043c78169f25c3f97d5a48ef320eec2")
EMPTY = bytes.fromhex("99aa06d3014798d86001c324468d497f")


@pytest.mark.parametrize(("data", "digest"), [(b"abcde", ABCDE), (b"", EMPTY)])
def test_xxh128_agrees_with_the_published_vectors(data: bytes, digest: bytes) -> None:
    assert xxh128(data) == digest


def test_c4_agrees_with_the_published_vector() -> None:
    assert c4(b"abcde") == "c43iBCuwmnzwKtHgzDrw59KY9ZDyBQQfa1nyUWfz8pMNJEfStXiRqG9HLqjGVwj21arJsmTvCdfYR4nUJxcnCPQgsz"


@given(st.binary(max_size=64))
@settings(deadline=None)
def test_every_c4_has_ninety_characters(data: bytes) -> None:
    assert len(c4(data)) == 90


def test_folder_hashes_agree_with_the_published_vector() -> None:
    hashes = folder_hashes({b"D/a.jpg": ABCDE}, [b"zero"])
    assert hashes == {
        b"D": FolderHash(
            bytes.fromhex("a8bcab389e3c325328f2fa025f1a1c64"), bytes.fromhex("bfc3a2ff70fcf1837c9894c7f72ae682")
        ),
        b"zero": EMPTY_FOLDER,
        b"": FolderHash(
            bytes.fromhex("a2d1033785359c13b6ca350e93bc66be"), bytes.fromhex("ae43c7f14a3b537120d5a40711097508")
        ),
    }
    assert FolderHash(EMPTY, EMPTY) == EMPTY_FOLDER


def test_a_rename_changes_the_structure_and_not_the_content() -> None:
    before = folder_hashes({b"D/a.jpg": ABCDE, b"D/b.jpg": EMPTY})
    after = folder_hashes({b"D/c.jpg": ABCDE, b"D/b.jpg": EMPTY})
    assert before[b""].content == after[b""].content
    assert before[b""].structure != after[b""].structure


def test_a_move_between_folders_changes_both() -> None:
    before = folder_hashes({b"D/a.jpg": ABCDE, b"E/b.jpg": EMPTY})
    after = folder_hashes({b"D/b.jpg": EMPTY, b"E/x/a.jpg": ABCDE})
    assert before[b""].content != after[b""].content
    assert before[b""].structure != after[b""].structure


def test_a_sealed_folder_counts_with_its_own_hashes() -> None:
    whole = folder_hashes({b"A/x/a.jpg": ABCDE, b"b.jpg": EMPTY})
    sealed = folder_hashes({b"b.jpg": EMPTY}, sealed={b"A": whole[b"A"]})
    assert sealed[b""] == whole[b""]


def test_parents_without_files_of_their_own_are_counted() -> None:
    assert set(folder_hashes({b"a/b/c/d.jpg": ABCDE}, [b"x/y"])) == {b"", b"a", b"a/b", b"a/b/c", b"x", b"x/y"}
