import os
import unicodedata
from pathlib import Path

import pytest
from manifest_cases import CARD, entries, entry, flip, hash_of, manifests, plant, record, reseal, verify

from ingest.manifest.errors import ManifestDamaged, NoHistory
from ingest.manifest.hashing import xxh128
from ingest.manifest.parse import parse_manifest
from ingest.manifest.verify import verify_folder


@pytest.fixture
def sealed(shoot: Path) -> Path:
    plant(shoot, CARD, empty=[b"PRIVATE/M4ROOT/THMBNL"])
    record(shoot, entries(CARD))
    return shoot


def test_an_untouched_folder_is_clean(sealed: Path) -> None:
    report = verify(sealed)
    assert report.clean
    assert report.ok == sorted(CARD)
    assert report.root == parse_manifest(manifests(sealed)[0].read_bytes(), "x").root


def test_a_flipped_byte_is_a_changed_file(sealed: Path) -> None:
    flip(sealed / "100CANON/IMG_9999.CR2", at=17)
    report = verify(sealed)
    assert not report.clean
    assert report.changed == [b"100CANON/IMG_9999.CR2"]
    assert len(report.ok) == len(CARD) - 1


def test_a_file_of_another_size_is_changed_without_being_read(sealed: Path) -> None:
    with open(sealed / "100CANON/IMG_9999.JPG", "ab") as file:
        file.write(b"x")

    def hash_file(path: bytes) -> bytes:
        assert path != b"100CANON/IMG_9999.JPG"
        return hash_of(sealed)(path)

    assert verify_folder(os.fsencode(sealed), hash_file).changed == [b"100CANON/IMG_9999.JPG"]


def test_missing_and_added_files_are_told_apart(sealed: Path) -> None:
    os.rename(sealed / "100CANON/IMG_9999.JPG", sealed / "100CANON/IMG_9998.JPG")
    report = verify(sealed)
    assert (report.missing, report.added, report.changed) == (
        [b"100CANON/IMG_9999.JPG"],
        [b"100CANON/IMG_9998.JPG"],
        [],
    )
    assert not report.clean


def test_what_editors_leave_beside_the_files_is_no_finding(sealed: Path) -> None:
    plant(sealed, {b"100CANON/IMG_9999.xmp": b"x", b"100CANON/CaptureOne/Cache/p": b"x", b".DS_Store": b"x"})
    assert verify(sealed).clean


def test_a_file_that_the_medium_refuses_is_unreadable_and_the_rest_is_compared(sealed: Path) -> None:
    def hash_file(path: bytes) -> bytes:
        if path.endswith(b"CR2"):
            raise OSError(5, "Input/output error")
        return hash_of(sealed)(path)

    report = verify_folder(os.fsencode(sealed), hash_file)
    assert (report.unreadable, len(report.ok)) == ([b"100CANON/IMG_9999.CR2"], len(CARD) - 1)
    assert not report.clean


def test_a_folder_that_cannot_be_listed_is_unreadable(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def refuse(path: bytes) -> object:
        if path.endswith(b"101CANON"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = verify(sealed)
    assert report.unreadable == [b"101CANON"]
    assert not report.clean


def test_a_file_that_vanishes_while_it_is_read_is_missing(sealed: Path) -> None:
    def hash_file(path: bytes) -> bytes:
        raise FileNotFoundError(2, "gone")

    assert verify_folder(os.fsencode(sealed), hash_file).missing == sorted(CARD)


def test_empty_folders_that_went_or_came_are_told(sealed: Path) -> None:
    (sealed / "PRIVATE/M4ROOT/THMBNL").rmdir()
    (sealed / "Export").mkdir()
    report = verify(sealed)
    assert (report.missing_folders, report.added_folders) == ([b"PRIVATE/M4ROOT/THMBNL"], [b"Export"])
    assert not report.clean


def test_empty_folders_of_a_second_card_are_expected(sealed: Path) -> None:
    plant(sealed, {b"102CANON/IMG_1.JPG": b"x"}, empty=[b"102CANON/EMPTY"])
    record(sealed, entries({b"102CANON/IMG_1.JPG": b"x"}), later=60)
    assert verify(sealed).clean
    (sealed / "102CANON/EMPTY").rmdir()
    assert verify(sealed).missing_folders == [b"102CANON/EMPTY"]


@pytest.mark.parametrize("target", ["file", "folder"])
def test_a_link_planted_in_place_of_a_recorded_name_is_never_followed(
    sealed: Path, tmp_path: Path, target: str
) -> None:
    kept = tmp_path / "elsewhere"
    name = "100CANON/IMG_9999.JPG" if target == "file" else "100CANON"
    os.rename(sealed / name, kept)
    (sealed / name).symlink_to(kept)
    report = verify(sealed)
    if target == "file":
        assert report.changed == [b"100CANON/IMG_9999.JPG"]
    else:
        assert report.missing == [b"100CANON/IMG_9999.CR2", b"100CANON/IMG_9999.JPG"]
        assert report.added == [b"100CANON"]
    assert not report.clean


def test_a_folder_without_history_is_an_error(shoot: Path) -> None:
    plant(shoot, CARD)
    with pytest.raises(NoHistory):
        verify(shoot)


def test_a_damaged_history_is_an_error(sealed: Path) -> None:
    flip(manifests(sealed)[0], at=300)
    with pytest.raises(ManifestDamaged):
        verify(sealed)


def test_a_history_that_names_only_folders_is_an_error(sealed: Path) -> None:
    path = manifests(sealed)[0]
    text = path.read_text()
    path.write_text(text[: text.index("    <hash>")] + text[text.index("    <directoryhash>") :])
    reseal(sealed)
    with pytest.raises(NoHistory, match="names no file"):
        verify(sealed)


def test_everything_missing_is_not_clean(sealed: Path) -> None:
    for path in CARD:
        (sealed / os.fsdecode(path)).unlink()
    report = verify(sealed)
    assert (report.ok, report.missing) == ([], sorted(CARD))
    assert not report.clean


def test_an_interrupted_write_is_not_clean(sealed: Path) -> None:
    (sealed / "ascmhl" / "0002_x_2025-05-31_213100Z.mhl").write_bytes(b"")
    report = verify(sealed)
    assert report.interrupted
    assert not report.clean


@pytest.mark.parametrize("what", ["root", "folder", "file digest"])
def test_folder_hashes_that_do_not_follow_from_the_files_are_told(sealed: Path, what: str) -> None:
    path = manifests(sealed)[0]
    manifest = parse_manifest(path.read_bytes(), "x")
    assert manifest.root is not None
    victims = {
        "root": (manifest.root.structure.hex(), [b""]),
        "folder": (
            next(f.hash.content.hex() for f in manifest.folders if f.path == b"101CANON" and f.hash),
            [b"101CANON"],
        ),
        "file digest": (xxh128(CARD[b"101CANON/IMG_0001.JPG"]).hex(), [b"", b"101CANON"]),
    }
    old, wrong = victims[what]
    path.write_text(path.read_text().replace(old, "0" * 32))
    reseal(sealed)
    report = verify(sealed)
    assert report.wrong_folder_hashes == wrong
    assert not report.clean


def test_a_pattern_excuses_no_file_that_was_recorded(sealed: Path) -> None:
    path = manifests(sealed)[0]
    path.write_text(path.read_text().replace("<ignore>", "<ignore><pattern>*.JPG</pattern>"))
    reseal(sealed)
    flip(sealed / "100CANON/IMG_9999.JPG")
    (sealed / "101CANON/IMG_0001.JPG").unlink()
    report = verify(sealed)
    assert (report.changed, report.missing) == ([b"100CANON/IMG_9999.JPG"], [b"101CANON/IMG_0001.JPG"])


def test_a_file_only_ever_failed_is_uncompared(shoot: Path) -> None:
    plant(shoot, {b"a": b"x", b"b": b"y"})
    record(shoot, [entry(b"a", b"x", "failed"), entry(b"b", b"y")])
    report = verify(shoot)
    assert (report.uncompared, report.ok) == ([b"a"], [b"b"])
    assert not report.clean


def test_a_name_that_came_back_in_another_unicode_form_is_the_same_file(shoot: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Café/été.jpg").encode() for form in ("NFC", "NFD"))
    plant(shoot, {composed: b"x"})
    record(shoot, entries({composed: b"x"}))
    (shoot / os.fsdecode(composed)).unlink()
    (shoot / os.fsdecode(composed)).parent.rmdir()
    plant(shoot, {decomposed: b"x"})
    report = verify(shoot)
    assert report.clean
    assert report.ok == [composed]


def test_two_names_that_differ_only_in_unicode_form_are_two_files(shoot: Path) -> None:
    files = {unicodedata.normalize(form, "é.jpg").encode(): form.encode() for form in ("NFC", "NFD")}
    plant(shoot, files)
    record(shoot, entries(files))
    assert verify(shoot).ok == sorted(files)


def test_one_file_never_stands_for_two_recorded_ones(shoot: Path) -> None:
    recorded = {"\u212b.jpg".encode(): b"x", "\u00c5.jpg".encode(): b"x"}
    plant(shoot, recorded)
    record(shoot, entries(recorded))
    for path in recorded:
        (shoot / os.fsdecode(path)).unlink()
    plant(shoot, {"A\u030a.jpg".encode(): b"x"})
    report = verify(shoot)
    assert (len(report.ok), len(report.missing), report.added) == (1, 1, [])


def test_a_folder_emptied_of_its_files_is_no_new_folder(shoot: Path) -> None:
    files = {b"A/a.jpg": b"x", b"b.jpg": b"y", b"unwritable\n.jpg": b"z"}  # the last one: no folder is recorded
    plant(shoot, files)
    record(shoot, entries(files))
    for path in files:
        (shoot / os.fsdecode(path)).unlink()
    report = verify(shoot)
    assert (report.missing, report.added_folders) == ([b"A/a.jpg", b"b.jpg"], [])


def test_a_root_emptied_of_its_files_is_no_new_folder(shoot: Path) -> None:
    plant(shoot, {b"b.jpg": b"y"})
    record(shoot, entries({b"b.jpg": b"y"}))
    (shoot / "b.jpg").unlink()
    report = verify(shoot)
    assert (report.missing, report.added_folders) == ([b"b.jpg"], [])
