"""Which card is meant: never the wrong one, never a drive that holds copies, and every refusal says what to do."""

import errno
import os
from pathlib import Path

import pytest

from ingest.card.find import find_card
from ingest.errors import CardSilent, Exit, NoCard
from ingest.model.places import Volume


def _volume(path, label="", fs_type="exfat"):
    return Volume(bytes(path), fs_type, "/dev/sdx1", 1, "uuid", label, frozenset({"disk:sdx"}), 1, 1, read_only=False)


def _made(path, *folders):
    for folder in folders or ("",):
        (path / folder).mkdir(parents=True, exist_ok=True)
    return path


def _refused(*arguments):
    with pytest.raises(NoCard) as caught:
        find_card(*arguments)
    assert caught.value.exit_code is Exit.USAGE
    return caught.value


@pytest.fixture
def card(tmp_path):
    return _made(tmp_path / "media" / "EOS_DIGITAL", "DCIM/100CANON", "MISC")


def test_a_named_folder_is_the_card_whatever_lies_in_it(tmp_path):
    folder = _made(tmp_path / "anything")
    root, volume, identity = find_card(bytes(folder), [], [])
    assert root == bytes(folder)
    assert os.path.join(volume.mount, identity.subpath) == root
    assert identity.size == volume.size > 0


def test_two_folders_of_one_disk_are_two_cards_and_one_folder_stays_the_same_card(tmp_path):
    one, other = _made(tmp_path / "one"), _made(tmp_path / "other")
    identities = [find_card(bytes(place), [], [])[2] for place in (one, other, one)]
    assert identities[0] == identities[2] != identities[1]


def test_a_link_to_the_card_is_the_card(tmp_path, card):
    (tmp_path / "link").symlink_to(card)
    assert find_card(bytes(tmp_path / "link"), [], [])[0] == bytes(card)


def test_a_missing_folder_is_told_with_an_example(tmp_path):
    error = _refused(bytes(tmp_path / "no\x1bcard"), [], [])
    assert "There is no folder" in error.message
    assert "\x1b" not in error.message
    assert "safelight ingest" in error.hint


def test_a_file_is_no_card(tmp_path):
    (tmp_path / "IMG_0001.CR3").write_bytes(b"x")
    assert "not a folder" in _refused(bytes(tmp_path / "IMG_0001.CR3"), [], []).message


def test_links_that_lead_in_a_circle_are_no_card(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "cannot be read" in _refused(bytes(tmp_path / "a"), [], []).message


@pytest.mark.parametrize("below", ["", "2026/Meyer"])
def test_a_destination_is_no_card_even_through_a_link(tmp_path, below):
    ssd = _made(tmp_path / "ssd", "2026/Meyer")
    (tmp_path / "link").symlink_to(ssd)
    error = _refused(bytes(tmp_path / "link" / below), [], [bytes(ssd)])
    assert "destination" in error.message


def test_the_one_mounted_card_is_found_among_other_drives(tmp_path, card):
    stick = _made(tmp_path / "media" / "STICK", "Music")
    volumes = [_volume(Path("/"), "root"), _volume(stick, "STICK"), _volume(card, "EOS_DIGITAL")]
    assert find_card(None, volumes, [])[0] == bytes(card)


def test_no_card_says_how_to_name_one(tmp_path):
    error = _refused(None, [_volume(_made(tmp_path / "STICK"), "STICK")], [])
    assert error.message == "No card is plugged in"
    assert "/path/to/card" in error.hint


def test_two_cards_are_named_and_the_choice_is_the_photographer_s(tmp_path, card):
    other = _made(tmp_path / "media" / "Untitled", "PRIVATE")
    error = _refused(None, [_volume(card, "EOS_DIGITAL"), _volume(other)], [])
    assert error.message.startswith("2 cards are plugged in: EOS_DIGITAL (")
    assert str(other) in error.message
    assert str(card) in error.hint


def test_a_destination_drive_that_holds_a_dcim_folder_is_not_taken_for_a_card(tmp_path, card):
    ssd = _made(tmp_path / "media" / "SSD", "DCIM", "Photos")
    volumes = [_volume(ssd, "SSD", "ext4"), _volume(card, "EOS_DIGITAL")]
    assert find_card(None, volumes, [bytes(ssd / "Photos")])[0] == bytes(card)


def test_a_card_is_still_a_card_when_a_destination_is_mounted_below_it(tmp_path, card):
    ssd = _made(card / "mnt" / "ssd", "Photos")
    volumes = [_volume(card, "EOS_DIGITAL"), _volume(ssd, "SSD")]
    assert find_card(None, volumes, [bytes(ssd / "Photos")])[0] == bytes(card)


def test_nas_and_fuse_mounts_are_never_looked_at_unasked(tmp_path, card, monkeypatch):
    nas, ssh = _made(tmp_path / "nas", "DCIM"), _made(tmp_path / "ssh", "DCIM")
    looked, real = [], os.scandir

    def scandir(where):
        looked.append(where)
        return real(where)

    monkeypatch.setattr(os, "scandir", scandir)
    volumes = [_volume(nas, "nas", "nfs4"), _volume(ssh, "ssh", "fuse.sshfs"), _volume(card, "EOS_DIGITAL")]
    assert find_card(None, volumes, [])[0] == bytes(card)
    assert looked == [bytes(card)]


def test_a_card_that_does_not_answer_is_named_when_no_other_is_found(tmp_path, card, monkeypatch):
    def scandir(where):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", scandir)
    error = _refused(None, [_volume(card, "EOS_DIGITAL")], [])
    assert str(card) in error.hint
    assert "Input/output error" in error.hint


def test_a_card_whose_medium_answers_with_an_error_is_not_to_be_formatted(monkeypatch, tmp_path):
    def fail(_path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("ingest.card.find.volume_of", fail)
    with pytest.raises(CardSilent, match="Input/output error") as caught:
        find_card(bytes(tmp_path), [], [])
    assert (caught.value.exit_code, caught.value.retriable) == (10, True)
    assert "another reader" in caught.value.hint
