"""The look-up ladder: which rule finds a file, and what is told instead of guessed."""

from datetime import timedelta
from typing import Any

import pytest
from tagging_worlds import TAKEN, capture_one, darktable, known, lightroom

from ingest.tagging.match import Ambiguity, Certainty, Match, Matching, Rule, match

LATER = TAKEN + timedelta(seconds=3)


def only(found: Matching) -> Match:
    assert (found.ambiguous, found.unmatched) == ((), ())
    (answer,) = found.matches
    return answer


def unclear(found: Matching) -> tuple[Ambiguity, ...]:
    assert (found.matches, found.unmatched) == ((), ())
    return found.ambiguous


def keys(answer: Match) -> list[str]:
    return [image.key for image in answer.images]


def test_the_import_key_is_certain_whatever_the_row_is_called_now() -> None:
    file = known()
    row = lightroom(file, path="/elsewhere/Meyer-001.CR3")
    answer = only(match([file], [row]))
    assert (answer.rule, answer.certainty, answer.images) == (Rule.IMPORT_KEY, Certainty.CERTAIN, (row,))


@pytest.mark.parametrize("name", ["img_0001.cr3", "IMG_0001.cr3"])
def test_the_case_of_a_name_does_not_matter(name: str) -> None:
    row = lightroom(known(name=name))
    assert only(match([known()], [row])).rule is Rule.IMPORT_KEY


def test_the_normal_form_of_a_name_does_not_matter() -> None:
    row = lightroom(known(name="Cafe\u0301.CR3"))
    assert only(match([known(name="Caf\u00e9.CR3")], [row])).rule is Rule.IMPORT_KEY


def test_a_file_we_renamed_is_found_by_the_name_lightroom_saw() -> None:
    file = known(dest_name="20260501_0001.CR3")
    row = lightroom(file._replace(card_name="20260501_0001.CR3"))
    assert only(match([file], [row])).certainty is Certainty.CERTAIN


def test_a_file_without_exif_is_found_by_its_mtime() -> None:
    clip = known(name="C0001.MP4", capture_local=None, mtime=1_777_645_805.25)
    assert only(match([clip], [lightroom(clip)])).rule is Rule.IMPORT_KEY


def test_a_picture_imported_twice_is_both_rows() -> None:
    file = known()
    answer = only(match([file], [lightroom(file, "first"), lightroom(file, "second")]))
    assert (answer.rule, keys(answer)) == (Rule.IMPORT_KEY, ["first", "second"])


def test_virtual_copies_come_with_their_master() -> None:
    file = known()
    master = lightroom(file, "master", file_key="f")
    copy = master._replace(key="copy", is_virtual=True, copy_name="b/w")
    assert keys(only(match([file], [master, lightroom(known(2, "other.jpg")), copy]))) == ["master", "copy"]


def test_name_and_size_are_strong_where_sizes_vary() -> None:
    file = known(name="IMG_0001.JPG")
    row = lightroom(file._replace(capture_local=LATER))
    answer = only(match([file], [row]))
    assert (answer.rule, answer.certainty) == (Rule.NAME_SIZE, Certainty.STRONG)


@pytest.mark.parametrize("name", ["DSC_0001.NEF", "DSC_0001.ARW", "DSC_0001.DNG", "DSC_0001.TIF", "DSC_0001"])
def test_name_and_size_are_nothing_where_sizes_may_be_constant(name: str) -> None:
    file = known(name=name)
    row = lightroom(file._replace(capture_local=LATER))
    assert match([file], [row]).unmatched == (1,)


def test_a_picture_renamed_before_the_import_is_found_by_time_and_size() -> None:
    file = known()
    answer = only(match([file], [lightroom(file._replace(card_name="party-1.CR3"))]))
    assert (answer.rule, answer.certainty) == (Rule.TIME_SIZE, Certainty.STRONG)


def test_time_and_size_do_not_join_two_formats() -> None:
    file = known(name="IMG_0001.JPG")
    assert match([file], [lightroom(file._replace(card_name="IMG_0001.CR3"))]).unmatched == (1,)


def test_a_picture_with_metadata_embedded_before_the_import_is_probable() -> None:
    file = known()
    answer = only(match([file], [lightroom(file._replace(size=file.size + 999))]))
    assert (answer.rule, answer.certainty) == (Rule.NAME_TIME, Certainty.PROBABLE)


def test_a_row_that_knows_no_size_is_found_by_name_and_second() -> None:
    file = known(name="DSC_0001.NEF")
    answer = only(match([file], [darktable(file)]))
    assert (answer.rule, answer.certainty) == (Rule.NAME_TIME, Certainty.PROBABLE)
    assert match([file], [darktable(file._replace(capture_local=LATER))]).unmatched == (1,)
    assert match([file], [darktable(file, capture_local=None)]).unmatched == (1,)


def test_a_row_without_a_size_is_not_found_by_the_time_of_a_file_that_tells_none() -> None:
    clip = known(name="C0001.MP4", capture_local=None)  # its mtime in UTC has the digits of TAKEN
    assert only(match([clip], [lightroom(clip._replace(size=1))])).rule is Rule.NAME_TIME
    assert match([clip], [darktable(clip, capture_local=TAKEN)]).unmatched == (1,)
    assert match([clip], [darktable(clip, capture_local=TAKEN, capture_is_utc=True)]).unmatched == (1,)


def test_cards_with_equal_names_and_seconds_are_told_apart_by_the_path_or_not_at_all() -> None:
    one, two = known(1, dest_paths=("/mnt/a/IMG_0001.CR3",)), known(2, dest_paths=("/mnt/b/IMG_0001.CR3",))
    assert [case.rule for case in unclear(match([one, two], [darktable(one, path="/elsewhere/IMG_0001.CR3")]))] == [
        Rule.NAME_TIME
    ] * 2
    found = match([one, two], [darktable(one, path="/mnt/a/IMG_0001.CR3"), darktable(two, path="/mnt/b/IMG_0001.CR3")])
    assert [(answer.asset_id, keys(answer)) for answer in found.matches] == [(1, ["row 1"]), (2, ["row 2"])]


def test_the_path_at_a_destination_is_the_last_rule() -> None:
    file = known(dest_paths=("/mnt/nas/a.CR3", "/mnt/ssd/a.CR3"))
    row = lightroom(known(9, "unlike.CR3", capture_local=LATER), path="/MNT/ssd/A.cr3")
    answer = only(match([file], [row]))
    assert (answer.rule, answer.certainty) == (Rule.PATH, Certainty.PATH_ONLY)


def test_rows_without_a_path_match_no_path() -> None:
    file = known(dest_paths=("",))
    assert match([file], [lightroom(known(9, "b.CR3", capture_local=LATER), path="")]).unmatched == (1,)


def test_several_rows_are_ambiguous_and_named() -> None:
    file = known()
    rows = [lightroom(file._replace(card_name=f"burst-{n}.CR3"), f"r{n}") for n in (1, 2)]
    (case,) = unclear(match([file], rows))
    assert (case.asset_id, case.rule) == (1, Rule.TIME_SIZE)
    assert case.candidates == ("/Users/ann/Pictures/burst-1.CR3", "/Users/ann/Pictures/burst-2.CR3")


def test_the_path_breaks_a_tie_and_says_so() -> None:
    file = known()
    rows = [lightroom(file._replace(card_name=f"burst-{n}.CR3"), f"r{n}") for n in (1, 2)]
    rows[1] = rows[1]._replace(folder="/mnt/ssd/2026/", name=file.card_name)
    answer = only(match([file], rows))
    assert (answer.rule, answer.by_path, keys(answer)) == (Rule.TIME_SIZE, True, ["r2"])


def test_two_contents_that_claim_one_row_are_both_ambiguous() -> None:
    files = [known(1, size=5), known(2, size=5, dest_paths=("/mnt/ssd/other/IMG_0001.CR3",))]
    cases = unclear(match(files, [lightroom(files[0])]))
    assert [(case.asset_id, case.rule) for case in cases] == [(1, Rule.IMPORT_KEY), (2, Rule.IMPORT_KEY)]


def test_of_two_contents_that_claim_one_row_the_path_tells_which() -> None:
    files = [known(1, size=5), known(2, size=5, dest_paths=("/mnt/ssd/other/IMG_0001.CR3",))]
    found = match(files, [lightroom(files[0], path="/mnt/ssd/other/IMG_0001.CR3")])
    assert [(answer.asset_id, answer.by_path) for answer in found.matches] == [(2, True)]
    assert found.unmatched == (1,)


def test_two_contents_and_two_rows_are_told_apart_by_their_paths() -> None:
    files = [known(1, size=5), known(2, size=5, dest_paths=("/mnt/ssd/other/IMG_0001.CR3",))]
    rows = [lightroom(files[0], f"r{file.asset_id}", path=file.dest_paths[0]) for file in files]
    found = match(files, rows)
    assert [(answer.asset_id, keys(answer)) for answer in found.matches] == [(1, ["r1"]), (2, ["r2"])]


def test_one_content_on_two_cards_may_have_one_row() -> None:
    files = [known(1), known(1, dest_paths=("/mnt/ssd/twice.CR3",))]
    found = match(files, [lightroom(files[0])])
    assert [answer.asset_id for answer in found.matches] == [1, 1]


def test_a_row_that_one_file_fits_exactly_is_not_offered_to_another() -> None:
    """DSC_0001.JPG of two cards, by chance of one size; only one was imported."""
    imported = known(1, "DSC_0001.JPG", size=7)
    other = known(2, "DSC_0001.JPG", size=7, capture_local=LATER, dest_paths=())
    found = match([other, imported], [lightroom(imported)])
    assert [answer.asset_id for answer in found.matches] == [1]
    assert found.unmatched == (2,)


def test_the_jpeg_of_a_pair_is_found_through_its_raw() -> None:
    raw, jpeg = known(1, "IMG_0001.CR3"), known(2, "IMG_0001.JPG")
    row = lightroom(raw, sidecar_suffixes=("JPG", "xmp"))
    sidecar, memo = known(3, "IMG_0001.xmp"), known(4, "IMG_0001.WAV")
    found = match([raw, jpeg, sidecar, memo], [row])
    rules = [(answer.asset_id, answer.rule, answer.images) for answer in found.matches]
    assert rules == [(1, Rule.IMPORT_KEY, (row,)), (2, Rule.COMPANION, (row,)), (3, Rule.COMPANION, (row,))]
    assert found.unmatched == (4,)


def test_a_companion_in_another_folder_is_none() -> None:
    raw = known(1, "IMG_0001.CR3")
    jpeg = known(2, "IMG_0001.JPG", dest_paths=("/mnt/ssd/other day/IMG_0001.JPG",))
    assert match([raw, jpeg], [lightroom(raw, sidecar_suffixes=("JPG",))]).unmatched == (2,)


def test_a_jpeg_beside_two_raws_is_ambiguous() -> None:
    raws = [known(1, "IMG_0001.CR3"), known(2, "IMG_0001.NEF")]
    jpeg = known(3, "IMG_0001.JPG")
    found = match([*raws, jpeg], [lightroom(raw, sidecar_suffixes=("JPG",)) for raw in raws])
    assert [(case.asset_id, case.rule) for case in found.ambiguous] == [(3, Rule.COMPANION)]


def test_capture_one_is_matched_by_name_size_and_second() -> None:
    file = known()
    answer = only(match([file], [capture_one(file)]))
    assert (answer.rule, answer.certainty) == (Rule.NAME_SIZE_TIME, Certainty.STRONG)


def test_capture_one_after_a_rename_is_matched_by_size_and_second() -> None:
    file = known()
    answer = only(match([file], [capture_one(file, name="Meyer 1.CR3")]))
    assert (answer.rule, answer.certainty) == (Rule.TIME_SIZE, Certainty.STRONG)


@pytest.mark.parametrize(("hours", "more"), [(-9, 0), (0, 200_000), (5, 262_144), (1, 900_000)])
def test_whole_hours_and_a_near_size_are_probable_in_capture_one(hours: int, more: int) -> None:
    file = known(size=90_000_000)
    row = capture_one(file, capture_local=TAKEN + timedelta(hours=hours), size=file.size + more)
    answer = only(match([file], [row]))
    assert (answer.rule, answer.certainty) == (Rule.NAME_NEAR, Certainty.PROBABLE)


@pytest.mark.parametrize(("moved", "more"), [(timedelta(minutes=30), 0), (timedelta(hours=1), 1_000_000)])
def test_half_hours_and_far_sizes_are_nothing(moved: timedelta, more: int) -> None:
    file = known(size=1_000_000)
    row = capture_one(file, capture_local=TAKEN + moved, size=file.size + more)
    assert match([file], [row]).unmatched == (1,)


@pytest.mark.parametrize("gap", [{"capture_local": None}, {"capture_is_utc": True}])
@pytest.mark.parametrize("size", [{}, {"size": None}])
def test_what_a_row_does_not_know_matches_nothing(gap: dict[str, Any], size: dict[str, Any]) -> None:
    file = known()
    assert match([file], [capture_one(file, **gap, **size)]).unmatched == (1,)


def test_a_file_without_exif_is_not_matched_by_a_wall_clock() -> None:
    clip = known(name="C0001.MP4", capture_local=None)
    row = capture_one(known(name="C0001.MP4", capture_local=TAKEN))
    assert match([clip], [row]).unmatched == (1,)


def test_an_empty_catalog_and_an_empty_card_are_no_trouble() -> None:
    assert match([known()], []).unmatched == (1,)
    assert match([], [lightroom(known())]).total == 0


def test_rows_of_one_file_that_tell_of_two_are_the_first_ones() -> None:
    first, second = known(1, "a.CR3"), known(2, "b.CR3")
    rows = [lightroom(first, "r1", file_key="f"), lightroom(second, "r2", file_key="f")]
    found = match([first, second], rows)
    assert [(answer.asset_id, keys(answer)) for answer in found.matches] == [(1, ["r1", "r2"])]
    assert found.unmatched == (2,)


def test_a_size_that_is_written_with_zeros_before_it_is_the_same_size() -> None:
    file = known()
    plain = lightroom(file, "plain")
    zeros = plain._replace(key="zeros", file_key="z", import_key=(plain.import_key or "").replace(":1001", ":0001001"))
    assert keys(only(match([file], [zeros]))) == ["zeros"]
    assert keys(only(match([file], [plain, zeros]))) == ["plain", "zeros"]
