import errno
import os
from pathlib import Path

import pytest
from foreign_manifests import listing, one, sealed
from manifest_cases import CARD, entries, entry, manifests, plant, record

from ingest.errors import DestinationError, DestinationFull, DestinationMissing, DestinationReadOnly
from ingest.manifest import store
from ingest.manifest.errors import ManifestDamaged, NothingToRecord
from ingest.manifest.history import read_history
from ingest.manifest.ignore import OWN_PATTERNS
from ingest.manifest.parse import parse_manifest
from ingest.manifest.records import Entry, FolderHash, History, LeftOut, Manifest, Outcome, Why

MORE = {b"102CANON/IMG_0002.JPG": b"new", b"102CANON/IMG_0003.JPG": b"newer"}


def read(folder: Path) -> History:
    return read_history(os.fsencode(folder))


def newest(folder: Path) -> Manifest:
    return parse_manifest(manifests(folder)[-1].read_bytes(), "x")


def test_the_first_generation_lists_every_file_as_original_and_gives_a_receipt(shoot: Path) -> None:
    plant(shoot, CARD, empty=[b"PRIVATE/M4ROOT/THMBNL"])
    done = record(shoot, entries(CARD))
    assert (done.outcome, done.number, done.original, done.verified, done.failed, done.left_out) == (
        Outcome.WRITTEN, 1, len(CARD), 0, (), (),
    )  # fmt: skip
    assert done.name == b"0001_2025-05-31 Meyer_2025-05-31_213000Z.mhl"
    assert done.root is not None
    assert done.root == newest(shoot).root
    assert [folder.path for folder in newest(shoot).folders] == [
        b"100CANON", b"101CANON", b"PRIVATE", b"PRIVATE/M4ROOT", b"PRIVATE/M4ROOT/CLIP", b"PRIVATE/M4ROOT/THMBNL",
    ]  # fmt: skip
    assert newest(shoot).process == "transfer"


def test_the_receipt_is_the_published_vector(shoot: Path) -> None:
    files = {b"D/a.jpg": b"abcde"}
    plant(shoot, files, empty=[b"zero"])
    assert record(shoot, entries(files)).root == FolderHash(
        bytes.fromhex("a2d1033785359c13b6ca350e93bc66be"), bytes.fromhex("ae43c7f14a3b537120d5a40711097508")
    )


def test_a_second_card_adds_a_generation_of_its_new_files_only(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    plant(shoot, MORE, empty=[b"102CANON/EMPTY"])
    done = record(shoot, entries(MORE), later=3600)
    assert (done.number, done.original, done.root) == (2, 2, None)
    assert [file.path for file in newest(shoot).files] == sorted(MORE)
    assert [folder.path for folder in newest(shoot).folders] == [b"102CANON/EMPTY"]
    assert read(shoot).files.keys() == {*CARD, *MORE}
    plant(shoot, {b"late.jpg": b"x"})
    record(shoot, entries({b"late.jpg": b"x"}), later=7200)
    assert newest(shoot).folders == (), "an empty folder is told once"


def test_the_same_files_again_write_nothing(shoot: Path) -> None:
    plant(shoot, CARD)
    first = record(shoot, entries(CARD))
    before = {path.name: path.read_bytes() for path in (shoot / "ascmhl").iterdir()}
    again = record(shoot, entries(CARD), later=3600)
    assert (again.outcome, again.number, again.name, again.verified) == (
        Outcome.ALREADY_RECORDED, 1, first.name, len(CARD),
    )  # fmt: skip
    assert again.root == first.root
    assert {path.name: path.read_bytes() for path in (shoot / "ascmhl").iterdir()} == before


def test_known_files_among_new_ones_are_verified(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    plant(shoot, MORE)
    done = record(shoot, entries({**CARD, **MORE}), later=60)
    assert (done.outcome, done.number, done.original, done.verified) == (Outcome.WRITTEN, 2, 2, len(CARD))
    assert done.root is not None, "it covers everything, so it carries folder hashes again"


def test_files_read_again_on_purpose_are_always_written(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    done = record(shoot, entries(CARD, "verified"), later=60, process="in-place")
    assert (done.outcome, done.number, done.verified) == (Outcome.WRITTEN, 2, len(CARD))
    assert newest(shoot).process == "in-place"


def test_a_file_called_verified_for_the_first_time_is_original(shoot: Path) -> None:
    plant(shoot, CARD)
    assert record(shoot, entries(CARD, "verified")).original == len(CARD)


@pytest.mark.parametrize("action", ["original", "verified", "failed"])
def test_a_changed_file_is_failed_and_its_first_digest_stays_the_reference(shoot: Path, action: str) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    path = b"100CANON/IMG_9999.JPG"
    changed = entry(path, b"edcba", action)  # type: ignore[arg-type]  # parametrized text
    for later in (60, 120):
        done = record(shoot, [changed], later=later)
        assert (done.outcome, done.failed) == (Outcome.WRITTEN, (path,))
    healed = record(shoot, [entry(path, b"abcde", "verified")], later=180)
    assert (healed.number, healed.verified, healed.failed) == (4, 1, ())


def test_no_file_at_all_is_an_error_and_leaves_nothing(shoot: Path) -> None:
    with pytest.raises(NothingToRecord):
        record(shoot, [])
    assert not (shoot / "ascmhl").exists()


def test_what_cannot_or_must_not_be_recorded_is_left_out_and_told(shoot: Path) -> None:
    odd = {b"a\nb.jpg": b"1", b"caf\xe9.jpg": b"2", b"IMG_0001.xmp": b"3", b"CaptureOne/x.cos": b"4"}
    plant(shoot, {**CARD, **odd})
    done = record(shoot, entries({**CARD, **odd}))
    assert done.left_out == (
        LeftOut(b"CaptureOne/x.cos", Why.IGNORED),
        LeftOut(b"IMG_0001.xmp", Why.IGNORED),
        LeftOut(b"a\nb.jpg", Why.NAME),
        LeftOut(b"caf\xe9.jpg", Why.NAME),
    )
    assert done.original == len(CARD)
    assert done.root is None, "a folder hash cannot speak of a name it cannot hold"


def test_ignored_files_do_not_spoil_the_receipt(shoot: Path) -> None:
    plant(shoot, {**CARD, b"100CANON/IMG_9999.xmp": b"x", b".DS_Store": b"y"})
    done = record(shoot, entries({**CARD, b"100CANON/IMG_9999.xmp": b"x"}))
    assert done.root is not None


def test_a_shoot_of_nothing_recordable_gets_no_history_and_says_why(shoot: Path) -> None:
    plant(shoot, {b"a.xmp": b"1"})
    done = record(shoot, entries({b"a.xmp": b"1"}))
    assert (done.outcome, done.number, done.left_out) == (
        Outcome.NOTHING_RECORDABLE, 0, (LeftOut(b"a.xmp", Why.IGNORED),),
    )  # fmt: skip
    assert not (shoot / "ascmhl").exists()


def test_nothing_recordable_beside_a_history_changes_nothing(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    done = record(shoot, entries({b"a.xmp": b"1"}), later=60)
    assert (done.outcome, done.number, len(manifests(shoot))) == (Outcome.NOTHING_RECORDABLE, 1, 1)


@pytest.mark.parametrize("extra", ["file", "link", "unwritable name"])
def test_no_receipt_is_given_for_more_than_was_proven(shoot: Path, extra: str) -> None:
    plant(shoot, CARD)
    if extra == "file":
        plant(shoot, {b"of another program.txt": b"x"})
    elif extra == "link":
        (shoot / "link").symlink_to("100CANON")
    else:
        plant(shoot, {}, empty=[b"caf\xe9"])
    assert record(shoot, entries(CARD)).root is None


def test_a_file_known_by_another_digest_only_is_left_out(shoot: Path) -> None:
    sealed(shoot, listing(one("a", f'<md5 action="original">{"0" * 32}</md5>')))
    plant(shoot, {b"a": b"abcde", b"b": b"x"})
    done = record(shoot, entries({b"a": b"abcde", b"b": b"x"}), later=60)
    assert done.left_out == (LeftOut(b"a", Why.OTHER_DIGEST),)
    assert (done.number, done.original) == (2, 1)


def test_a_foreign_history_keeps_its_patterns_and_gains_ours(shoot: Path) -> None:
    patterns = b"<ignore><pattern>*.tmp</pattern></ignore></processinfo>"
    sealed(shoot, listing(one("a")).replace(b"</processinfo>", patterns))
    plant(shoot, {b"b": b"x", b"c.tmp": b"y"})
    done = record(shoot, entries({b"b": b"x", b"c.tmp": b"y"}), later=60)
    assert done.left_out == (LeftOut(b"c.tmp", Why.IGNORED),)
    assert newest(shoot).patterns == ("*.tmp", *OWN_PATTERNS)


def test_a_folder_that_cannot_be_listed_gives_no_receipt(shoot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(shoot, CARD, empty=[b"closed"])
    real = os.scandir

    def refuse(path: bytes) -> object:
        if path.endswith(b"closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert record(shoot, entries(CARD)).root is None


@pytest.mark.parametrize(
    "wrong",
    [
        [entry(b"a", b""), entry(b"a", b"")],
        [entry(b"/a", b"")],
        [entry(b"../a", b"")],
        [entry(b"a//b", b"")],
        [entry(b"", b"")],
        [Entry(b"a", 1, 0, b"short", 0.0)],
        [Entry(b"a", -1, 0, b"x" * 16, 0.0)],
    ],
)
def test_entries_that_make_no_sense_are_refused_before_anything_is_written(shoot: Path, wrong: list[Entry]) -> None:
    with pytest.raises(ValueError, match=r"recorded twice|not a path|no digest"):
        record(shoot, wrong)
    assert not (shoot / "ascmhl").exists()


def test_a_damaged_history_is_never_added_to(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    manifests(shoot)[0].write_bytes(manifests(shoot)[0].read_bytes().replace(b"original", b"verified"))
    before = {path.name: path.read_bytes() for path in (shoot / "ascmhl").iterdir()}
    with pytest.raises(ManifestDamaged):
        record(shoot, entries(MORE), later=60)
    assert {path.name: path.read_bytes() for path in (shoot / "ascmhl").iterdir()} == before


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, DestinationFull),
        (errno.EDQUOT, DestinationFull),
        (errno.EROFS, DestinationReadOnly),
        (errno.EACCES, DestinationReadOnly),
        (errno.ENOENT, DestinationMissing),
        (errno.ESTALE, DestinationMissing),
        (errno.EIO, DestinationError),
    ],
)
def test_a_destination_that_cannot_be_written_says_so(
    shoot: Path, monkeypatch: pytest.MonkeyPatch, code: int, expected: type[DestinationError]
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(code, os.strerror(code))

    plant(shoot, CARD)
    monkeypatch.setattr(store, "write_durably", refuse)
    with pytest.raises(expected) as caught:
        record(shoot, entries(CARD))
    assert type(caught.value) is expected
    assert caught.value.path == str(shoot)
