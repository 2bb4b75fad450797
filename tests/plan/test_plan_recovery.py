"""What lies in a bucket sorted by its names alone, none of which is trusted."""

import pytest

from ingest.plan.recovery import Lying, chains, is_path, path_of_key, sort_out
from ingest.plan.version_names import stamped, unstamped

LEDGER = b".safelight/ledger/%s-20251114T221003.250Z.sqlite.gz"
SETTINGS = b".safelight/settings/%s-20251114T221003.250Z.toml"


def lying(path, **facts):
    return Lying(path, path, 5, **facts)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (b"2025/a.CR3", True), (b"a", True), (b"", False), (b"/a", False), (b"a/", False), (b"a//b", False),
        (b"..", False), (b"a/../b", False), (b"a/.", False), (b"a\0b", False), (b"a" * 256, False),
        (b"a" * 255, True), (b"..a/b..", True), (b"a/" + b"b" * 256, False),
    ],
)  # fmt: skip
def test_only_what_leads_below_its_folder_is_a_path(path, is_one):
    assert is_path(path) is is_one


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("2025/a.CR3", b"2025/a.CR3"), ("a%5Cb", b"a\\b"), ("a%5cb", b"a\\b"), ("%2E%2E/a", b"%2E%2E/a"),
        ("a%2Fb", b"a%2Fb"), ("50%25", b"50%"), ("%00", b"%00"), ("100%", b"100%"), ("%C3%A4", "ä".encode()),
        ("2025/M/a%5Cb", b"2025/M/a\\b"), ("2025/a\udcff", b"2025/a\xff"),
    ],
)  # fmt: skip
def test_a_key_stands_for_the_path_that_it_was_made_of_unless_that_would_climb(key, path):
    assert path_of_key(key) == path


def test_each_thing_is_found_by_its_place_and_name():
    found = sort_out(
        map(
            lying,
            (
                LEDGER % b"a-0123abcd", SETTINGS % b"b-0123abcd", b"2025/M/IMG.CR3", b"2025/M/ascmhl/0001_M.mhl",
                b"catalogs/Main-5be1a07c/a-20251114T221003.250Z.tar.gz", b"README.txt", b"2025/README.txt",
                b".safelight/destination.json", b".safelight/ledger/notes", b".safelight/settings/notes",
                b"catalogs/Main-5be1a07c/holiday.jpg", b"../up", b"ascmhl/0001_root.mhl",
            ),
        )
    )  # fmt: skip
    assert [backup.station for backup, _ in found.ledgers] == ["a"]
    assert [record.station for record, _ in found.settings] == ["b"]
    assert [item.path for item in found.files] == [
        b"2025/M/IMG.CR3", b"2025/README.txt", b"catalogs/Main-5be1a07c/holiday.jpg",
    ]  # fmt: skip
    histories = {folder: [item.path for item in items] for folder, items in found.histories.items()}
    assert histories == {b"": [b"ascmhl/0001_root.mhl"], b"2025/M": [b"2025/M/ascmhl/0001_M.mhl"]}
    [(folder, [(snapshot, _)])] = found.catalogs.items()
    assert (folder, snapshot.station) == (b".safelight/catalogs/Main-5be1a07c", "a")
    assert found.unusable == [b"../up"]
    assert found.stations == ["a", "b"]


def test_an_empty_photograph_is_found_and_one_whose_size_nobody_knows_is_told_as_unopened():
    found = sort_out([Lying(b"2025/M/empty.xmp", b"e", 0), Lying(b"2025/M/IMG.CR3", b"i.age", -1)])
    assert [item.path for item in found.files] == [b"2025/M/empty.xmp"]
    assert found.unopened == [b"2025/M/IMG.CR3"]


def test_names_that_are_no_text_end_nothing_and_are_told_with_marks_in_place_of_what_nobody_can_read():
    odd = (LEDGER % b"a\xff-0123abcd", SETTINGS % b"b\xff-0123abcd")
    found = sort_out(map(lying, (*odd, b"catalogs/Main-5be1a07c/c\xff-20251114T221003.250Z.tar.gz")))
    assert found.stations == ["a\ufffd", "b\ufffd"]
    assert [item.name for _, item in (*found.ledgers, *found.settings)] == [*odd]
    [[(snapshot, _)]] = found.catalogs.values()
    assert snapshot.station == "c\ufffd"


def test_catalogs_at_a_destination_are_found_as_those_in_a_bucket():
    path = b".safelight/catalogs/Main-5be1a07c/a-20251114T221003.250Z.tar.gz"
    assert list(sort_out([lying(path)]).catalogs) == [b".safelight/catalogs/Main-5be1a07c"]


def test_of_several_versions_of_one_name_the_oldest_is_believed():
    name = LEDGER % b"test-0123abcd"
    found = sort_out([lying(name, at=9.0, file_id="later"), lying(name, at=1.0, file_id="first")])
    assert [item.file_id for _, item in found.ledgers] == ["first", "later"]


def test_the_newest_by_their_names_come_first():
    early, late = LEDGER % b"a-0123abcd", (LEDGER % b"a-0123abcd").replace(b"2025", b"2026")
    found = sort_out([lying(early), lying(late)])
    assert [item.path for _, item in found.ledgers] == [late, early]
    early, late = SETTINGS % b"a-0123abcd", (SETTINGS % b"a-0123abcd").replace(b"2025", b"2026")
    assert [item.path for _, item in sort_out([lying(early), lying(late)]).settings] == [late, early]
    early = b"catalogs/M-5be1a07c/a-20251114T221003.250Z.tar.gz"
    late = early.replace(b"2025", b"2026")
    [snapshots] = sort_out([lying(early), lying(late)]).catalogs.values()
    assert [item.path for _, item in snapshots] == [late, early]


def test_another_stations_ledgers_are_set_aside_and_its_settings_left_out():
    found = sort_out([lying(place % name) for place in (LEDGER, SETTINGS) for name in (b"a-0123abcd", b"b-89abcdef")])
    found.of("a")
    assert [backup.station for backup, _ in found.ledgers] == ["a"]
    assert [backup.station for backup, _ in found.foreign] == ["b"]
    assert [record.station for record, _ in found.settings] == ["a"]


def test_the_longest_list_of_manifests_is_tried_first():
    names = [b"0002_a.mhl", b"ascmhl_chain.xml", b"ascmhl_chain.0010.xml", b"ascmhl_chain.0009.xml"]
    found = chains([lying(b"M/ascmhl/" + name) for name in names])
    assert [item.path.rpartition(b"/")[2] for item in found] == [names[2], names[3], names[1]]


@pytest.mark.parametrize("path", [b"2025/IMG_1.xmp", b"2025/a.b/IMG_1", b"IMG_1.CR3.cos"])
def test_the_name_of_a_version_leads_back_to_its_plain_one(path):
    assert unstamped(stamped(path, 1_763_158_203.0)) == path
    assert unstamped(path) is None
