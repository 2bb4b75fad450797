"""A folder that is named as destination: what it becomes, and why some can never be one."""

import os

import pytest
from loops import needs_loops

from ingest.errors import UsageError
from ingest.model.places import Volume
from ingest.setup.places import Known, Place, devices_in_all, place_of, suggested


@needs_loops
def test_a_folder_that_is_still_to_be_made_stands_where_its_parent_does(disks):
    place = place_of(str(disks[0] / "Photos"), [])
    assert (place.name, place.is_new, place.volume.mount) == ("ssd", True, os.fsencode(disks[0]))
    assert not (disks[0] / "Photos").exists()


@needs_loops
def test_two_disks_are_two_and_two_folders_of_one_are_one(disks):
    one, other = place_of(str(disks[0] / "a"), []), place_of(f"vault:nas:{disks[1]}/b", [])
    same = place_of(str(disks[0] / "c"), [one])
    assert (devices_in_all([one, other]), devices_in_all([one, same])) == (2, 1)
    assert (other.name, other.kind, same.name) == ("vault", "nas", "ssd-2")


@needs_loops
def test_a_card_is_no_destination(disks):
    (disks[0] / "DCIM").mkdir(exist_ok=True)
    try:
        with pytest.raises(UsageError, match="camera's card"):
            place_of(str(disks[0] / "Photos"), [])
    finally:
        (disks[0] / "DCIM").rmdir()


@needs_loops
def test_places_within_one_another_are_refused(disks):
    one = place_of(str(disks[0]), [])
    with pytest.raises(UsageError, match="within one another"):
        place_of(str(disks[0] / "below"), [one])


@needs_loops
def test_a_destination_of_the_settings_keeps_its_name_and_a_new_place_gets_another(disks):
    known = Known((("Fast", "ssd", str(disks[0] / "Photos")), ("ssd", "ssd", "/gone")))
    assert place_of(str(disks[0] / "Photos"), [], known=known).name == "Fast"
    assert place_of(str(disks[1] / "Photos"), [], known=known).name == "ssd-2"


@needs_loops
def test_a_destination_that_was_used_is_known_by_its_mark_wherever_it_is_mounted(disks):
    root = disks[1] / "Marked"
    (root / ".safelight").mkdir(parents=True)
    (root / ".safelight" / "destination.json").write_text('{"marker": "abc"}')
    known = Known((("vault", "hdd", "/old/place"),), {"vault": "abc"})
    place = place_of(str(root), [], known=known)
    assert (place.name, place.kind, place.root) == ("vault", "hdd", str(root))
    with pytest.raises(UsageError, match="does not lie there"):
        place_of(f"vault:hdd:{disks[0]}/x", [], known=known)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("/dev/shm", "no copy there is ever proven"),
        ("/tmp", "belongs to the system"),
        ("/usr/share/Photos", "belongs to the system"),
        ("/no/such/folder/Photos", "plug in or mount"),
        ("Photos", "whole path"),
        ("/", "root of the whole computer"),
        ("a:floppy:/mnt/x", "no kind"),
    ],
)
def test_what_can_be_no_destination_is_refused_with_its_reason(answer, why):
    with pytest.raises(UsageError, match=why):
        place_of(answer, [])


def volume(mount, *devices, fs="ext4"):
    return Volume(mount, fs, "/dev/x", 1, "", "", frozenset(devices), 100, 10, read_only=False)


def test_a_disk_is_suggested_on_which_nothing_stands_yet(tmp_path):
    free = os.fsencode(tmp_path)
    one, nas = volume(free, "disk:sda"), volume(b"/mnt/vault", "nas:vault", fs="nfs4")
    assert suggested([one, nas], []) == str(tmp_path / "Photos")
    assert suggested([], []) == ""
    first = Place("ssd", "ssd", "/mnt/x", volume(b"/mnt/x", "disk:sdb"))
    assert suggested([one, nas], [first]) == "/mnt/vault/Photos"
    assert suggested([one], [Place("ssd", "ssd", str(tmp_path), one)]) == ""
