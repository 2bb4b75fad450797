"""Which copies want healing, and in which order the others are asked for their bytes."""

from ingest.model.places import DestinationKind
from ingest.model.standing import Standing
from ingest.plan.healing import broken, sources_of, was_rewritten

KINDS = {"ssd": DestinationKind.SSD, "nas": DestinationKind.NAS, "drive": DestinationKind.DRIVE}
SECOND = 1_000_000_000


def copy(key, place="ssd", path=b"a", state="proven", names=1, seen=0):
    return Standing(key, 1, place, path, state, key, seen, 9, b"x" * 16, b"s" * 20, 0, names)


def ids(copies):
    return [each.id for each in copies]


def test_a_suspect_copy_wants_healing_and_a_lost_one_unless_another_took_its_place():
    copies = [
        copy(1, state="lost"),
        copy(2, state="suspect", path=b"b"),
        copy(3, "nas", state="lost"),
        copy(4, "drive"),
    ]
    assert ids(broken(copies, ["ssd", "nas", "drive"])) == [2, 3]


def test_of_several_lost_ones_as_many_are_healed_as_the_content_has_names_the_newest_first():
    copies = [copy(1, path=b"a", state="lost"), copy(2, path=b"b", state="lost"), copy(3, path=b"b", state="lost")]
    assert ids(broken(copies, ["ssd"])) == [3]
    assert ids(broken([each._replace(names=2) for each in copies], ["ssd"])) == [3, 1]
    standing = copy(4, path=b"b", names=2)
    assert ids(broken([*(each._replace(names=2) for each in copies), standing], ["ssd"])) == [1]


def test_what_lies_at_a_destination_that_the_settings_do_not_name_is_left():
    assert broken([copy(1, "old", state="suspect")], ["ssd"]) == []


def test_a_proven_copy_is_asked_before_an_unproven_one_and_the_nearest_first():
    sick = copy(1, state="suspect")
    others = [copy(2, "nas"), copy(3, "drive"), copy(4, "ssd", b"b", "written"), copy(5, "ssd", b"c"), copy(6, "old")]
    others += [copy(7, "nas", b"d", "suspect"), copy(8, "nas", b"e", "lost")]
    assert ids(sources_of(sick, [sick, *others], KINDS)) == [5, 3, 2, 4]


def test_a_file_with_another_time_was_written_by_a_program_unless_it_is_the_fault_of_fat():
    assert [was_rewritten(copy(1, state="suspect", seen=at * SECOND)) for at in (0, 2, 3, -3, 7200, 7203)] == [
        False, False, True, True, False, True,
    ]  # fmt: skip
    assert not was_rewritten(copy(1, state="lost", seen=99 * SECOND))


def test_it_is_how_far_apart_the_two_times_are_and_to_the_next_whole_hour_from_either_side():
    at = 1_700_000_000 * SECOND
    for apart, expected in ((0, False), (3598, False), (-3598, False), (3597, True), (-3597, True), (1800, True)):
        sick = copy(1, state="suspect", seen=at + apart * SECOND)._replace(mtime_ns=at)
        assert was_rewritten(sick) == expected, apart
