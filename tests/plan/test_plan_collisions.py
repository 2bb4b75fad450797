"""Names are settled before the first byte: all contents exist afterwards, under the same names every time."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BOTH, CARD, EVENING, card_file, cards, dests, listings, plan_of, shot, untimed, wall
from plan_samples import settings as plan_settings

from ingest.model.cards import Capture, CardFile, Listing
from ingest.model.names import collision_key
from ingest.plan.clock import ObjectTime
from ingest.plan.collide import Claims, Unit
from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.names import FlatNames, KeptNames
from ingest.plan.planned import ExistingShoot, IngestPlan, KnownContent, PlanSettings, TakenName, taken_names

Card = tuple[list[CardFile], dict[bytes, Capture]]
FOLDER = b"2026/2026-03-14 Meyer wedding"
MEYER = ExistingShoot(7, "Meyer wedding", EVENING.date(), EVENING.date(), FOLDER, True)
SECOND = timedelta(seconds=1)


def names(plan: IngestPlan) -> dict[bytes, bytes]:
    """Names within the shoot's folder, where the card path is shortened to folder number and name."""
    return {path.removeprefix(b"DCIM/"): dest.removeprefix(FOLDER + b"/") for path, dest in dests(plan).items()}


def holding(*taken: tuple[bytes, TakenName], **more: Any) -> LedgerView:
    """A ledger with the Meyer shoot and names taken in it."""
    held = {collision_key(FOLDER + b"/" + name): known for name, known in taken}
    view: dict[str, Any] = {"shoots": [MEYER], "taken_in": {FOLDER: held}.__getitem__} | more
    return LedgerView(**view)


def test_the_same_name_in_two_folders_is_numbered_for_all_files_of_the_later_object() -> None:
    first, second = shot(), shot(EVENING + SECOND)
    told = {
        b"DCIM/100CANON/IMG_0001.CR3": second,
        b"DCIM/100CANON/IMG_0001.JPG": second,
        b"DCIM/101CANON/IMG_0001.CR3": first,
    }
    assert names(plan_of(told)) == {
        b"100CANON/IMG_0001.CR3": b"IMG_0001-2.CR3",
        b"100CANON/IMG_0001.JPG": b"IMG_0001-2.JPG",
        b"101CANON/IMG_0001.CR3": b"IMG_0001.CR3",
    }


def test_a_raw_and_a_jpeg_of_one_number_from_two_folders_do_not_become_one_picture() -> None:
    plan = plan_of([b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/101CANON/IMG_0001.JPG"])
    assert names(plan) == {b"100CANON/IMG_0001.CR3": b"IMG_0001.CR3", b"101CANON/IMG_0001.JPG": b"IMG_0001-2.JPG"}


def test_subseconds_order_a_burst() -> None:
    told = {
        b"DCIM/100CANON/IMG_0001.CR3": shot(EVENING.replace(microsecond=700_000)),
        b"DCIM/101CANON/IMG_0001.CR3": shot(EVENING.replace(microsecond=23_460)),
    }
    assert names(plan_of(told))[b"101CANON/IMG_0001.CR3"] == b"IMG_0001.CR3"


def test_case_and_normalisation_twins_are_both_kept() -> None:
    twins = ["IMG.JPG", "img.jpg", "\u00c9t\u00e9.JPG", "E\u0301te\u0301.JPG"]
    plan = plan_of([f"DCIM/100CANON/{name}".encode() for name in twins])
    assert len({collision_key(dest) for dest in dests(plan).values()}) == 4


def test_another_card_with_the_same_number_never_takes_the_name_of_the_first() -> None:
    path = b"DCIM/100CANON/IMG_0001.CR3"
    plan = plan_of([path], ledger=holding((b"IMG_0001.CR3", TakenName(1000, b"x" * 16))))
    assert names(plan) == {b"100CANON/IMG_0001.CR3": b"IMG_0001-2.CR3"}


def test_the_jpeg_slot_joins_the_raw_slot_of_the_same_moment_and_body_only() -> None:
    path = b"DCIM/100CANON/IMG_0001.JPG"
    told = {path: shot(serial="7")}
    for capture, serial, expected in (
        (EVENING, "7", b"IMG_0001.JPG"),
        (EVENING.replace(microsecond=5), "", b"IMG_0001.JPG"),
        (EVENING + SECOND, "7", b"IMG_0001-2.JPG"),
        (EVENING, "8", b"IMG_0001-2.JPG"),
        (None, "7", b"IMG_0001-2.JPG"),
    ):
        taken = holding((b"IMG_0001.CR3", TakenName(5, None, capture, serial)))
        assert names(plan_of(told, ledger=taken)) == {b"100CANON/IMG_0001.JPG": expected}


def test_names_that_the_ledger_tells_are_found_in_any_case_with_all_that_is_known_of_them() -> None:
    rows = [
        (b"2026/Meyer/IMG_0001.CR3", 10, b"x" * 16, "2026-03-14T19:30:00.120000", "012345"),
        ("2026/Meyer/E\u0301TE\u0301.XMP".encode(), 2, b"y" * 16, None, ""),
    ]
    assert taken_names(rows) == {
        "2026/meyer/img_0001.cr3": TakenName(10, b"x" * 16, wall("2026-03-14 19:30:00.120000"), "012345"),
        "2026/meyer/\u00e9t\u00e9.xmp": TakenName(2, b"y" * 16, None, ""),
    }


def test_a_file_ingested_before_keeps_its_name_and_its_new_companion_follows() -> None:
    raw, sidecar = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/IMG_0001.xmp"
    taken = holding(
        (b"IMG_0001.CR3", TakenName(9)),
        (b"IMG_0001-2.CR3", TakenName(1000)),
        known_paths={raw: FOLDER + b"/IMG_0001-2.CR3"},
    )
    assert names(plan_of([raw, sidecar], ledger=taken)) == {
        b"100CANON/IMG_0001.CR3": b"IMG_0001-2.CR3",
        b"100CANON/IMG_0001.xmp": b"IMG_0001-2.xmp",
    }


def test_a_mirrored_card_finds_the_names_of_the_first() -> None:
    raw, jpeg = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/IMG_0001.JPG"
    taken = holding(
        (b"IMG_0001.CR3", TakenName(1000)),
        candidates={raw: KnownContent(1, BOTH, FOLDER + b"/IMG_0001.CR3")},
    )
    files = (CardFile(raw, 1000, 0), CardFile(jpeg, 10, 0))
    plan = plan_card(Listing(files), {}, settings=PlanSettings(BOTH), card=CARD, ledger=taken, shoot_name="Other")
    assert names(plan) == {b"100CANON/IMG_0001.CR3": b"IMG_0001.CR3", b"100CANON/IMG_0001.JPG": b"IMG_0001.JPG"}


def test_a_remembered_name_that_holds_other_content_is_not_given_again() -> None:
    path = b"DCIM/100CANON/IMG_0001.CR3"
    taken = holding((b"IMG_0001.CR3", TakenName(5)), known_paths={path: FOLDER + b"/IMG_0001.CR3"})
    assert names(plan_of([path], ledger=taken)) == {b"100CANON/IMG_0001.CR3": b"IMG_0001-2.CR3"}


def test_a_remembered_name_that_is_a_folder_by_now_or_lies_below_a_file_is_not_given_again() -> None:
    path = b"DCIM/100CANON/IMG_0001.CR3"
    now_a_folder = holding((b"img_0001.CR3/x", TakenName(5)), known_paths={path: FOLDER + b"/IMG_0001.CR3"})
    assert names(plan_of([path], ledger=now_a_folder)) == {b"100CANON/IMG_0001.CR3": b"IMG_0001-2.CR3"}
    below_a_file = holding((b"A", TakenName(5)), known_paths={path: FOLDER + b"/a/b/IMG_0001.CR3"})
    assert names(plan_of([path], ledger=below_a_file)) == {b"100CANON/IMG_0001.CR3": b"IMG_0001.CR3"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"IMG_0001", b"IMG_0001.JPG", b"IMG_0001-2.JPG"),
        (b"IMG.0001.CR3", b"IMG.0001.JPG", b"IMG.0001-2.JPG"),
        (b"IMG.0001.CR3", b"IMG.JPG", b"IMG.JPG"),
        (b".IMG_0001", b".IMG_0001.JPG", b".IMG_0001-2.JPG"),
    ],
)
def test_a_picture_of_an_earlier_session_keeps_its_stem_wherever_the_dots_are(
    old: bytes, new: bytes, expected: bytes
) -> None:
    folder, path = b"2026/03.14 Dr. Meyer", b"DCIM/100CANON/" + new
    shoot = ExistingShoot(7, "Dr. Meyer", EVENING.date(), EVENING.date(), folder, True)
    taken = {collision_key(folder + b"/" + old): TakenName(5)}
    plan = plan_of([path], ledger=LedgerView(shoots=[shoot], taken_in=lambda _: taken), name="Dr. Meyer")
    assert dests(plan) == {path: folder + b"/" + expected}


def test_a_remembered_name_keeps_its_stem_from_others_even_where_its_copy_is_lost() -> None:
    raw, other = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/101CANON/IMG_0001.JPG"
    plan = plan_of([raw, other], ledger=holding(known_paths={raw: FOLDER + b"/IMG_0001.CR3"}))
    assert names(plan)[b"101CANON/IMG_0001.JPG"] == b"IMG_0001-2.JPG"


def test_a_companion_that_cannot_follow_its_picture_by_name_is_still_portable() -> None:
    raw, odd = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/IMG_0001.a\nb"
    plan = plan_of([raw, odd], ledger=holding(known_paths={raw: FOLDER + b"/IMG_0001.CR3"}))
    assert names(plan)[b"100CANON/IMG_0001.a\nb"] == b"IMG_0001-2.a%0Ab"


def test_chapters_of_a_remembered_recording_take_their_own_names() -> None:
    one, two = b"DCIM/100GOPRO/GX010042.MP4", b"DCIM/100GOPRO/GX020042.MP4"
    plan = plan_of([one, two], ledger=holding(known_paths={one: FOLDER + b"/GX010042-2.MP4"}))
    assert names(plan) == {b"100GOPRO/GX010042.MP4": b"GX010042-2.MP4", b"100GOPRO/GX020042.MP4": b"GX020042.MP4"}


def test_an_empty_folder_gives_way_to_a_file_of_its_name() -> None:
    plan = plan_of([b"x"], empty=(b"X",))
    assert plan.folders == (FOLDER + b"/EOS_DIGITAL-9c33-2/X",)


def test_an_empty_folder_may_be_where_a_folder_is_and_never_below_a_file() -> None:
    there = holding((b"EOS_DIGITAL-9c33/Audio/old.wav", TakenName(1)))
    assert plan_of([b"x"], empty=(b"Audio",), ledger=there).folders == (FOLDER + b"/EOS_DIGITAL-9c33/Audio",)
    assert plan_of([b"x"], empty=(b"X/y/z",)).folders == (FOLDER + b"/EOS_DIGITAL-9c33-2/X/y/z",)


def test_a_file_that_comes_after_an_empty_folder_does_not_take_its_name() -> None:
    for path, expected in ((b"a/b", b"card-2/a/b"), (b"a/b/C", b"card-2/a/b/C")):
        claims = Claims({})
        assert claims.take_folder(b"card/a/B/c")
        unit = Unit((card_file(path),), KeptNames(b"", b"card", (path,)), ObjectTime(EVENING, "exif"))
        assert claims.settle(unit) == (expected,)


def test_a_tree_whose_file_lies_elsewhere_by_now_is_planned_where_trees_go() -> None:
    clip, index = b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/MEDIAPRO.XML"
    plan = plan_of([clip, index], ledger=holding(known_paths={clip: FOLDER + b"/odd/C0001.MP4"}), name="")
    assert names(plan) == {clip: b"odd/C0001.MP4", index: b"EOS_DIGITAL-9c33/" + index}


def test_a_file_is_never_planned_where_an_earlier_session_made_a_folder() -> None:
    plan = plan_of([b"a"], ledger=holding((b"EOS_DIGITAL-9c33/A/b", TakenName(1))))
    assert names(plan) == {b"a": b"EOS_DIGITAL-9c33-2/a"}


def test_a_tree_that_meets_an_older_one_moves_whole_and_renames_nothing_inside() -> None:
    clip, index = b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/MEDIAPRO.XML"
    taken = holding((b"EOS_DIGITAL-9c33/PRIVATE/M4ROOT/MEDIAPRO.XML", TakenName(77)))
    assert names(plan_of([clip, index], ledger=taken)) == {
        clip: b"EOS_DIGITAL-9c33-2/" + clip,
        index: b"EOS_DIGITAL-9c33-2/" + index,
    }


def test_new_clips_of_a_known_tree_go_beside_the_old_ones_and_a_changed_index_is_kept_apart() -> None:
    old, new = b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/CLIP/C0002.MP4"
    index = b"PRIVATE/M4ROOT/MEDIAPRO.XML"
    home = b"EOS_DIGITAL-9c33/"
    taken = holding(
        (home + old, TakenName(1000)),
        (home + index, TakenName(77)),
        known_paths={old: FOLDER + b"/" + home + old},
    )
    assert names(plan_of([old, new, index], ledger=taken, name="")) == {
        old: home + old,
        new: home + new,
        index: b"EOS_DIGITAL-9c33-2/" + index,
    }


def test_a_file_is_never_planned_where_another_needs_a_folder() -> None:
    check_apart(plan_of([b"PRIVATE/M4ROOT/clip", b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"a", b"A/b", b"X", b"x/y"]))
    check_apart(plan_of([b"PRIVATE/M4ROOT/clip", b"PRIVATE/M4ROOT/CLIP/SUB/deep/C0001.MP4"]))


def test_a_number_that_a_picture_bears_by_itself_is_not_given_to_another() -> None:
    first, second, third = (b"DCIM/10%dCANON/IMG_0001.CR3" % number for number in range(3))
    own = b"DCIM/100CANON/IMG_0001-2.JPG"
    plan = plan_of({own: shot(EVENING - SECOND), first: shot(), second: shot(), third: shot()})
    assert [dests(plan)[path].rpartition(b"/")[2] for path in (own, first, second, third)] == [
        b"IMG_0001-2.JPG",
        b"IMG_0001.CR3",
        b"IMG_0001-3.CR3",
        b"IMG_0001-4.CR3",
    ]


def test_the_numbers_of_one_stem_are_not_those_of_another() -> None:
    told = {
        b"DCIM/%dCANON/IMG_000%d.CR3" % (folder, n): shot(EVENING + n * SECOND) for folder in (100, 101) for n in (1, 2)
    }
    assert names(plan_of(told | {b"DCIM/100CANON/IMG_0003.CR3": shot(EVENING + 3 * SECOND)})) == {
        b"100CANON/IMG_0001.CR3": b"IMG_0001.CR3",
        b"100CANON/IMG_0002.CR3": b"IMG_0002.CR3",
        b"100CANON/IMG_0003.CR3": b"IMG_0003.CR3",
        b"101CANON/IMG_0001.CR3": b"IMG_0001-2.CR3",
        b"101CANON/IMG_0002.CR3": b"IMG_0002-2.CR3",
    }


def test_a_file_that_had_to_go_to_a_second_folder_of_the_card_draws_no_other_there() -> None:
    card = b"EOS_DIGITAL-9c33"
    assert names(plan_of([b"A", b"B", b"a", b"b", b"c"])) == {
        b"A": card + b"/A",
        b"a": card + b"-2/a",
        b"B": card + b"/B",
        b"b": card + b"-2/b",
        b"c": card + b"/c",
    }


def test_two_files_that_remember_one_name_do_not_both_get_it() -> None:
    one, other = b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/101CANON/IMG_0001.CR3"
    name = FOLDER + b"/IMG_0001.CR3"
    taken = holding((b"IMG_0001.CR3", TakenName(1000)), known_paths={one: name, other: name})
    assert names(plan_of([one, other], ledger=taken)) == {
        b"100CANON/IMG_0001.CR3": b"IMG_0001.CR3",
        b"101CANON/IMG_0001.CR3": b"IMG_0001-2.CR3",
    }


def test_a_thousand_pictures_of_one_wish_are_numbered_in_order() -> None:
    paths = {b"DCIM/100CANON/IMG_%04d.CR3" % n: shot(EVENING + n * SECOND) for n in range(1000)}
    plan = plan_of(paths, file="{shoot}")
    assert names(plan)[b"100CANON/IMG_0000.CR3"] == b"Meyer wedding.CR3"
    assert names(plan)[b"100CANON/IMG_0999.CR3"] == b"Meyer wedding-1000.CR3"


class Wishes:
    """All want one name, and count how often they are asked for it."""

    def __init__(self) -> None:
        self.asked = 0
        self.flat = FlatNames(b"shoot", (b"Meyer",), (b".CR3",))

    def wanted(self, nth: int) -> tuple[bytes, ...]:
        self.asked += 1
        return self.flat.wanted(nth)

    def stems(self, nth: int) -> frozenset[str]:
        return self.flat.stems(nth)

    def beside(self, index: int, path: bytes) -> tuple[bytes, ...]:
        return self.flat.beside(index, path)


def test_pictures_of_one_wish_do_not_try_all_the_numbers_of_those_before_them() -> None:
    claims, wishes = Claims({}), Wishes()
    for n in range(50):
        file = card_file(b"DCIM/100CANON/IMG_%04d.CR3" % n)
        (dest,) = claims.settle(Unit((file,), wishes, ObjectTime(EVENING, "exif")))
        assert dest == (b"shoot/Meyer-%d.CR3" % (n + 1) if n else b"shoot/Meyer.CR3")
    assert wishes.asked <= 2 * 50


def check_apart(plan: IngestPlan, taken: frozenset[str] = frozenset()) -> None:
    """All names distinct for a case-insensitive file system, and no file where a folder is."""
    keys = [collision_key(file.dest) for file in plan.files if file.dest]
    assert len(set(keys)) == len(keys)
    parts = {key.rsplit("/", cut)[0] for key in {*keys, *taken} for cut in range(1, key.count("/") + 1)}
    parts |= {collision_key(folder) for folder in plan.folders}
    assert not parts & set(keys)
    assert not taken & set(keys)


@untimed
@given(cards(), plan_settings, st.sampled_from(["", "Meyer wedding"]))
def test_no_two_files_share_a_name_however_odd_the_card_is(card: Card, rules: PlanSettings, name: str) -> None:
    files, told = card
    check_apart(plan_card(Listing(tuple(files)), told, settings=rules, card=CARD, shoot_name=name))


@untimed
@given(cards(), plan_settings, st.sampled_from(["", "Meyer wedding"]), st.randoms(use_true_random=False))
def test_shuffling_the_scan_changes_nothing(card: Card, rules: PlanSettings, name: str, chance: random.Random) -> None:
    files, told = card
    mixed = chance.sample(files, len(files)), dict(chance.sample(list(told.items()), len(told)))
    one, other = (
        plan_card(Listing(tuple(entries)), facts, settings=rules, card=CARD, shoot_name=name)
        for entries, facts in (card, mixed)
    )
    assert one == other


@untimed
@given(listings, listings, plan_settings)
def test_a_second_card_never_wants_a_name_that_the_first_one_took(
    first: list[CardFile], second: list[CardFile], rules: PlanSettings
) -> None:
    told = {file.path: Capture(wall("2026-03-14 12:00"), "exif") for file in (*first, *second)}
    one = plan_card(Listing(tuple(first)), told, settings=rules, card=CARD, shoot_name="Meyer wedding")
    shoots = [
        ExistingShoot(n, shoot.name, shoot.day, shoot.last_day, shoot.folder, shoot.named_by_user)
        for n, shoot in enumerate(one.shoots)
    ]
    taken = taken_names((file.dest, file.source.size, b"x" * 16, None, "") for file in one.files if file.dest)
    ledger = LedgerView(shoots=shoots, taken_in=lambda _: taken)
    two = plan_card(Listing(tuple(second)), told, settings=rules, card=CARD, ledger=ledger, shoot_name="Meyer wedding")
    check_apart(two, frozenset(taken))
