"""Bytes of a card that are used and belong to no file that is listed."""

import pytest

from ingest.model.cards import CardFile, EntryKind, Listing
from ingest.plan.accounting import sentence, unaccounted

MB = 1 << 20
CLUSTER = 128 << 10
SIZE = 64 << 30


def card(count, size=25 * MB, kind=EntryKind.FILE, empty=()):
    return Listing(tuple(CardFile(b"DCIM/100CANON/IMG_%04d.CR3" % n, size, 0, kind) for n in range(count)), empty)


def test_a_card_whose_files_fill_what_is_used_is_nothing_to_tell():
    assert unaccounted(card(100), 100 * 25 * MB + 4 * CLUSTER, CLUSTER, SIZE) == 0


def test_what_far_exceeds_the_files_is_told_in_bytes():
    count = unaccounted(card(100), 100 * 25 * MB + 3_300 * MB, CLUSTER, SIZE)
    assert 3_298 * MB < count <= 3_300 * MB
    assert sentence(count) == (
        "the card holds 3.5 GB that no file accounts for: photographs may be there that the listing does not show;"
        " look at it in the camera or with a recovery tool before formatting"
    )


@pytest.mark.parametrize(("used", "is_told"), [(60 * MB, False), (70 * MB, True)])
def test_less_than_64_megabytes_is_a_file_systems_own(used, is_told):
    assert bool(unaccounted(card(1, 10), used, CLUSTER, SIZE)) is is_told


@pytest.mark.parametrize(("more", "is_told"), [(900 * MB, False), (1_100 * MB, True)])
def test_of_a_full_card_two_per_cent_are_its_own(more, is_told):
    assert bool(unaccounted(card(2_000), 50_000 * MB + more, CLUSTER, SIZE)) is is_told


def test_many_small_files_take_a_cluster_each_and_many_folders_too():
    assert unaccounted(card(10_000, 1), 10_000 * CLUSTER, CLUSTER, SIZE) == 0
    folders = tuple(b"DCIM/%d/a" % n for n in range(2_000))
    assert unaccounted(card(1, empty=folders), 25 * MB + 4_000 * CLUSTER, CLUSTER, SIZE) == 0


def test_allowed_for_are_whole_clusters_of_files_and_folders_their_entries_and_a_bitmap():
    files = (CardFile(b"DCIM/100CANON/A.JPG", 1, 0), CardFile(b"DCIM/101CANON/B.JPG", CLUSTER, 0))
    listing = Listing(files, (b"PRIVATE/M4ROOT",))
    size, folders, entries, bitmap = SIZE + 3 * CLUSTER, 5, 7, (SIZE // CLUSTER) // 8
    allowed = 2 * CLUSTER + (folders + 2) * CLUSTER + entries * 1024 + bitmap
    assert unaccounted(listing, allowed + 64 * MB, CLUSTER, size) == 0
    assert repr(unaccounted(listing, allowed + 64 * MB + 1, CLUSTER, size)) == str(64 * MB + 1)  # whole bytes


def test_a_cluster_may_be_as_small_as_a_byte():
    assert unaccounted(card(1, 10), 200 * MB, 1, 1 << 30) == 200 * MB - 10 - 4 - 3 * 1024 - (1 << 27)


@pytest.mark.parametrize(
    ("count", "told"),
    [(70_000_000, "70 MB"), (999_000_000, "999 MB"), (10**9, "1.0 GB"), (2_345 * 10**9, "2,345.0 GB")],
)
def test_bytes_are_told_in_megabytes_below_a_gigabyte(count, told):
    assert sentence(count).startswith(f"the card holds {told} that no file accounts for: ")


def test_where_a_folder_could_not_be_listed_its_own_reason_speaks():
    listing = Listing((*card(1).files, CardFile(b"DCIM/101CANON", 0, 0, EntryKind.UNLISTABLE, "I/O error")))
    assert unaccounted(listing, 9_000 * MB, CLUSTER, SIZE) == 0


def test_a_file_system_that_tells_nonsense_is_no_reason_to_fail():
    assert unaccounted(card(3), 10**18, 0, 0) == 0
    assert unaccounted(card(3), 0, CLUSTER, SIZE) == 0
