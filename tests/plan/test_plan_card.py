"""plan_card(): one disposition for every entry, counts that add up, and nothing outside the root."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BOTH, CARD, EVENING, card_file, cards, dests, entry, plan_of, settings, shot, untimed, wall

from ingest.errors import ConfigError
from ingest.model.cards import Capture, CardFile, Disposition, EntryKind, Listing
from ingest.model.names import collision_key
from ingest.plan.dispositions import judge_entries, plan_card
from ingest.plan.known import LedgerView
from ingest.plan.planned import CardTag, ExistingShoot, IngestPlan, KnownContent, PlanCounts, PlanSettings, TakenName

RAW = b"DCIM/100CANON/IMG_0001.CR3"
FOLDER = b"2026/2026-03-14 Meyer wedding"
MEYER = ExistingShoot(7, "Meyer wedding", EVENING.date(), EVENING.date(), FOLDER, True)
CLIP, INDEX = b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/MEDIAPRO.XML"


def known(
    proven_at: frozenset[str], path: bytes = RAW, at: bytes = FOLDER + b"/IMG_0001.CR3", **more: Any
) -> LedgerView:
    view: dict[str, Any] = {"shoots": [MEYER], "candidates": {path: KnownContent(42, proven_at, at)}} | more
    return LedgerView(**view)


def plan_files(
    *files: CardFile, ledger: LedgerView | None = None, ignore: tuple[str, ...] = (), name: str = "Meyer wedding"
) -> IngestPlan:
    told = {file.path: shot() for file in files}
    rules = PlanSettings(BOTH, ignore=ignore)
    return plan_card(Listing(files), told, settings=rules, card=CARD, ledger=ledger, shoot_name=name)


def test_a_new_file_is_copied_to_every_required_destination() -> None:
    file = entry(plan_of([RAW]), RAW)
    assert (file.disposition, file.missing_at, file.known) == (Disposition.COPY, BOTH, None)
    assert (file.dest, file.object_key, file.shoot) == (FOLDER + b"/IMG_0001.CR3", "DCIM/100CANON/img_0001", 0)


def test_content_proven_everywhere_is_already_safe_and_content_proven_somewhere_is_copied_to_the_rest() -> None:
    safe = entry(plan_of([RAW], ledger=known(BOTH | {"old drive"})), RAW)
    assert (safe.disposition, safe.missing_at, safe.known) == (Disposition.ALREADY_SAFE, frozenset(), 42)
    half = entry(plan_of([RAW], ledger=known(frozenset({"ssd"}))), RAW)
    assert (half.disposition, half.missing_at, half.known) == (Disposition.COPY, frozenset({"nas"}), 42)
    assert safe.dest == half.dest == FOLDER + b"/IMG_0001.CR3"


def test_where_nothing_is_required_nothing_is_safe() -> None:
    rules = PlanSettings(frozenset())
    plan = plan_card(Listing((card_file(RAW),)), {}, settings=rules, card=CARD, ledger=known(BOTH))
    assert entry(plan, RAW).disposition is Disposition.COPY


def test_an_empty_file_is_recognised_only_where_it_lay_before() -> None:
    empty = card_file(RAW, size=0)
    assert entry(plan_files(empty, ledger=known(BOTH)), RAW).disposition is Disposition.COPY
    assert entry(plan_files(empty, ledger=known(BOTH, at=b"")), RAW).disposition is Disposition.COPY
    assert entry(plan_files(empty, ledger=known(BOTH), name="Portraits"), RAW).dest.endswith(b" Portraits/IMG_0001.CR3")
    again = known(BOTH, known_paths={RAW: FOLDER + b"/IMG_0001.CR3"})
    assert entry(plan_files(empty, ledger=again), RAW).disposition is Disposition.ALREADY_SAFE


@pytest.mark.parametrize("name", [b"/..", b"/../IMG_0001.CR3", b"/a//b.CR3", b"/a:b.CR3", b"/a\x1b.CR3", b"/", b""])
def test_a_remembered_name_that_could_not_have_been_planned_is_not_given_to_anything(name: bytes) -> None:
    ledger = LedgerView(shoots=[MEYER], known_paths={RAW: FOLDER + name})
    assert dests(plan_of([RAW], ledger=ledger)) == {RAW: FOLDER + b"/IMG_0001.CR3"}
    (shoot,) = plan_of([RAW], ledger=ledger, name="Portraits").shoots
    assert shoot.name == "Portraits"


def test_a_file_known_without_its_name_is_still_safe() -> None:
    assert entry(plan_of([RAW], ledger=known(BOTH, at=b"")), RAW).disposition is Disposition.ALREADY_SAFE


def test_a_part_of_a_video_tree_known_from_elsewhere_does_not_leave_a_hole_in_the_tree() -> None:
    elsewhere = FOLDER + b"/OTHER-0000/" + INDEX
    plan = plan_of([CLIP, INDEX], ledger=known(BOTH, INDEX, elsewhere), name="Second day")
    assert {file.disposition for file in plan.files} == {Disposition.COPY}
    assert entry(plan, INDEX).missing_at == BOTH
    nameless = plan_of([CLIP, INDEX], ledger=known(BOTH, INDEX, b""), name="Second day")
    assert entry(nameless, INDEX).disposition is Disposition.COPY


def test_a_companion_known_from_another_shoot_is_copied_to_its_picture() -> None:
    other = ExistingShoot(8, "Other", EVENING.date(), EVENING.date(), b"2026/other", True)
    sidecar = RAW.replace(b"CR3", b"XMP")
    contents = {
        RAW: KnownContent(1, BOTH, FOLDER + b"/IMG_0001.CR3"),
        sidecar: KnownContent(2, BOTH, b"2026/other/a.XMP"),
    }
    ledger = LedgerView(shoots=[MEYER, other], candidates=contents)
    plan = plan_files(card_file(RAW, size=3000), card_file(sidecar, size=30), ledger=ledger)
    assert dests(plan) == {RAW: FOLDER + b"/IMG_0001.CR3", sidecar: FOLDER + b"/IMG_0001.XMP"}
    assert [file.disposition for file in plan.files] == [Disposition.ALREADY_SAFE, Disposition.COPY]


def test_a_video_tree_known_as_a_whole_is_already_safe_as_on_a_mirrored_card() -> None:
    both = {path: KnownContent(n, BOTH, FOLDER + b"/OTHER-0000/" + path) for n, path in enumerate((CLIP, INDEX))}
    plan = plan_of([CLIP, INDEX], ledger=LedgerView(shoots=[MEYER], candidates=both), name="Second day")
    assert {file.disposition for file in plan.files} == {Disposition.ALREADY_SAFE}
    assert [shoot.existing_id for shoot in plan.shoots] == [7]


def test_new_clips_of_a_known_tree_go_to_the_shoot_that_is_named_now() -> None:
    home = FOLDER + b"/EOS_DIGITAL-9c33/"
    ledger = known(BOTH, CLIP, home + CLIP, known_paths={CLIP: home + CLIP})
    new = CLIP.replace(b"C0001", b"C0002")
    told = {CLIP: shot(), new: shot(EVENING + timedelta(days=20))}
    plan = plan_of(told, ledger=ledger, name="Portraits", empty=(b"PRIVATE/M4ROOT/SUB",))
    assert plan.folders == (b"2026/2026-04-03 Portraits/EOS_DIGITAL-9c33/PRIVATE/M4ROOT/SUB",)
    assert entry(plan, CLIP).disposition is Disposition.ALREADY_SAFE
    assert dests(plan) == {CLIP: home + CLIP, new: b"2026/2026-04-03 Portraits/EOS_DIGITAL-9c33/" + new}
    assert entry(plan, CLIP).object_key == entry(plan, new).object_key


def test_an_interrupted_tree_is_continued_where_it_was_begun_when_no_name_is_given() -> None:
    home = FOLDER + b"/EOS_DIGITAL-9c33/"
    ledger = LedgerView(shoots=[MEYER], known_paths={CLIP: home + CLIP})
    plan = plan_of({CLIP: shot(), INDEX: None}, ledger=ledger, name="")
    assert dests(plan) == {CLIP: home + CLIP, INDEX: home + INDEX}


def test_what_is_no_file_or_has_a_problem_is_unreadable_and_says_why() -> None:
    files = (
        card_file(b"a", kind=EntryKind.SYMLINK),
        card_file(b"b", kind=EntryKind.SPECIAL),
        card_file(b"c", kind=EntryKind.UNLISTABLE, problem="Permission denied"),
        card_file(b"d", problem="Input/output error"),
        card_file(b"../e"),
        card_file(b"/f"),
        card_file(b"g//h"),
    )
    plan = plan_files(*files)
    assert {file.source.path: file.problem for file in plan.files} == {
        b"a": "a symbolic link, which is not followed",
        b"b": "not a regular file",
        b"c": "Permission denied",
        b"d": "Input/output error",
        b"../e": "its name cannot be used as a path",
        b"/f": "its name cannot be used as a path",
        b"g//h": "its name cannot be used as a path",
    }
    assert {file.disposition for file in plan.files} == {Disposition.UNREADABLE}
    assert (plan.shoots, dests(plan)) == ((), {})


def test_a_name_listed_twice_is_not_believed_the_second_time() -> None:
    plan = plan_files(card_file(RAW, size=2), card_file(RAW, size=1))
    assert [(file.source.size, file.disposition, file.problem) for file in plan.files] == [
        (1, Disposition.COPY, ""),
        (2, Disposition.UNREADABLE, "the card lists this name twice"),
    ]


def test_what_is_listed_twice_is_judged_the_same_in_whatever_order_it_is_listed() -> None:
    later, link = EVENING + timedelta(seconds=2), EntryKind.SYMLINK
    twice = [
        (card_file(RAW), card_file(RAW, at=later)),
        (card_file(RAW), card_file(RAW, kind=link)),
        (card_file(RAW, problem="Input/output error"), card_file(RAW, problem="Permission denied")),
    ]
    for one, other in twice:
        assert judge_entries((one, other), ()) == judge_entries((other, one), ())


def test_what_is_new_goes_to_an_unnamed_shoot_of_its_day_where_no_name_is_given() -> None:
    plan = plan_card(Listing((card_file(RAW),)), {RAW: shot()}, settings=PlanSettings(BOTH), card=CARD)
    assert [(shoot.name, shoot.day, shoot.named_by_user) for shoot in plan.shoots] == [
        ("Unnamed", EVENING.date(), False)
    ]


def test_a_rule_may_leave_out_a_link_or_an_unlistable_folder_by_name_and_is_named() -> None:
    trash = card_file(b".Trashes", kind=EntryKind.UNLISTABLE, problem="Permission denied")
    link = card_file(b"x/._link", kind=EntryKind.SYMLINK)
    plan = plan_files(trash, link, card_file(b"x/._other"), ignore=(".Trashes", "._*"))
    assert [(file.disposition, file.rule) for file in plan.files] == [
        (Disposition.IGNORED, ".Trashes"),
        (Disposition.IGNORED, "._*"),
        (Disposition.IGNORED, "._*"),
    ]
    assert plan.counts().by_rule == ((".Trashes", 1), ("._*", 2))


def test_what_becomes_of_the_files_is_counted_in_files_and_in_bytes() -> None:
    safe, new, other = (RAW.replace(b"0001", b"000%d" % number) for number in (1, 2, 3))
    files = [card_file(safe, 1), card_file(new, 20), card_file(other, 300), card_file(b"a/._x", 4000)]
    files += [card_file(b"b/._x", 50_000), card_file(b"trash", 600_000), card_file(b"z", 7_000_000, problem="torn")]
    plan = plan_files(*files, ledger=known(BOTH), ignore=("._*", "trash"))
    assert plan.counts() == PlanCounts(
        files=7,
        copy=2,
        already_safe=1,
        ignored=3,
        unreadable=1,
        size=7_654_321,
        copy_size=320,
        already_safe_size=1,
        by_rule=(("._*", 2), ("trash", 1)),
    )


def test_objects_stay_together_and_names_keep_their_case() -> None:
    stills = [b"IMG_0001.CR3", b"IMG_0001.JPG", b"IMG_0001.WAV", b"IMG_0001.xmp", b"MVI_0002.MP4", b"MVI_0002.thm"]
    others = [CLIP, b"PRIVATE/M4ROOT/CLIP/C0001M01.XML", INDEX, b"MISC/AUTPRINT.MRK", b"DCIM/CANONMSC/M0100.CTG"]
    plan = plan_of([*(b"DCIM/100CANON/" + name for name in stills), *others])
    assert dests(plan) == {
        **{b"DCIM/100CANON/" + name: FOLDER + b"/" + name for name in stills},
        **{path: FOLDER + b"/EOS_DIGITAL-9c33/" + path for path in others},
    }


def test_a_card_of_an_unknown_layout_keeps_its_whole_tree() -> None:
    paths = [b"Video/Reel1/A001.xyz", b"Video/index.bin", b"notes.txt"]
    assert dests(plan_of(paths)) == {path: FOLDER + b"/EOS_DIGITAL-9c33/" + path for path in paths}


def test_empty_folders_of_video_trees_and_unknown_layouts_are_made_again() -> None:
    empty = (b"PRIVATE/M4ROOT/SUB", b"PRIVATE/M4ROOT/a:b", b"DCIM/101MSDCF", b"MISC", b".Trashes")
    plan = plan_of([CLIP, RAW], empty=empty, ignore=(".Trashes",))
    tree = FOLDER + b"/EOS_DIGITAL-9c33/PRIVATE/M4ROOT/"
    assert plan.folders == (tree + b"SUB", tree + b"a%3Ab")
    unknown = plan_of([b"Video/x"], empty=(b"Audio", b".Trashes"), ignore=(".Trashes",))
    assert unknown.folders == (FOLDER + b"/EOS_DIGITAL-9c33/Audio",)
    assert plan_of([], empty=(b"Audio",)).folders == ()


def test_empty_folders_follow_a_tree_that_moved() -> None:
    taken = {collision_key(FOLDER + b"/EOS_DIGITAL-9c33/" + CLIP): TakenName(5)}
    plan = plan_of([CLIP], empty=(b"PRIVATE/M4ROOT/SUB",), ledger=LedgerView(shoots=[MEYER], taken_in=lambda _: taken))
    assert plan.folders == (FOLDER + b"/EOS_DIGITAL-9c33-2/PRIVATE/M4ROOT/SUB",)


def test_a_template_with_a_mistake_stops_the_plan() -> None:
    with pytest.raises(ConfigError):
        plan_of([RAW], file="{orignal}")


def test_an_empty_card_gives_an_empty_plan() -> None:
    plan = plan_of([])
    assert (plan.files, plan.shoots, plan.counts().files) == ((), (), 0)


def test_a_thousand_levels_and_names_over_255_bytes_are_planned() -> None:
    deep, long = b"a/" * 1000 + b"x.jpg", b"DCIM/100CANON/" + b"y" * 300 + b".CR3"
    plan = plan_of([deep, long])
    assert dests(plan)[deep].endswith(deep)
    assert len(dests(plan)[long].rpartition(b"/")[2]) == 255


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Listing, dict[bytes, Capture], LedgerView]:
    """A card, its captures, and a ledger that remembers some of its files, rightly or not."""
    files, told = draw(cards())
    below = [
        b"/IMG_0001.CR3",
        b"/IMG_0001-2.JPG",
        b"/EOS_DIGITAL-9c33/PRIVATE/M4ROOT/CLIP/IMG_0001.CR3",
        b"/../x",
        b"/a//b",
    ]
    names = st.sampled_from([b"", b"elsewhere/x", b"/x", FOLDER, *(FOLDER + name for name in below)])
    proven = st.sets(st.sampled_from(["ssd", "nas", "drive"])).map(frozenset)
    candidates = {file.path: KnownContent(1, draw(proven), draw(names)) for file in files if draw(st.booleans())}
    remembered = {file.path: draw(names) for file in files if draw(st.booleans())}
    taken = {
        collision_key(FOLDER + name): TakenName(draw(st.integers(0, 3)))
        for name in draw(st.sets(st.sampled_from(below)))
    }
    ledger = LedgerView([MEYER], candidates, remembered, lambda folder: taken if folder == FOLDER else {})
    return Listing(tuple(files), (b"PRIVATE/M4ROOT/SUB", b"../x", b"a/../../b")), told, ledger


World = tuple[Listing, dict[bytes, Capture], LedgerView]


@untimed
@given(worlds(), settings, st.sampled_from(["", "Meyer wedding", "../..", "a\0b"]))
def test_every_entry_has_exactly_one_disposition_and_the_counts_add_up(
    world: World, rules: PlanSettings, name: str
) -> None:
    listing, told, ledger = world
    plan = plan_card(listing, told, settings=rules, card=CARD, ledger=ledger, shoot_name=name)
    assert Counter(file.source for file in plan.files) == Counter(listing.files)
    counts = plan.counts()
    assert counts.files == len(plan.files) == counts.copy + counts.already_safe + counts.ignored + counts.unreadable
    assert counts.size == sum(file.size for file in listing.files)
    assert counts.ignored == sum(number for _, number in counts.by_rule)
    for file in plan.files:
        planned = file.disposition in (Disposition.COPY, Disposition.ALREADY_SAFE)
        assert planned == bool(file.dest) == (file.shoot is not None) == bool(file.object_key)
        assert (file.disposition is Disposition.IGNORED) == bool(file.rule)
        assert (file.disposition is Disposition.UNREADABLE) == bool(file.problem)
        assert (file.disposition is Disposition.COPY) == bool(file.missing_at)
        assert file.disposition is not Disposition.ALREADY_SAFE or file.known is not None
        assert not planned or (file.source.kind is EntryKind.FILE and not file.source.problem)


@untimed
@given(worlds(), settings, st.text(max_size=300), st.text(max_size=300))
def test_no_planned_path_leaves_the_root(world: World, rules: PlanSettings, name: str, label: str) -> None:
    listing, told, ledger = world
    tag = CardTag(label, b"\x00\xff")
    plan = plan_card(listing, told, settings=rules, card=tag, ledger=ledger, shoot_name=name)
    for path in (*plan.folders, *(file.dest for file in plan.files if file.dest)):
        assert not any(byte < 32 or byte == 127 for byte in path)
        for part in path.split(b"/"):
            assert 0 < len(part) <= 255
            assert part not in (b".", b"..")
            part.decode("utf-8")


@untimed
@given(worlds(), settings, st.sampled_from(["", "Meyer wedding"]))
def test_every_file_lies_in_its_shoot_and_shares_its_name_with_no_other(
    world: World, rules: PlanSettings, name: str
) -> None:
    listing, told, ledger = world
    plan = plan_card(listing, told, settings=rules, card=CARD, ledger=ledger, shoot_name=name)
    planned = [file for file in plan.files if file.shoot is not None]
    assert len({collision_key(file.dest) for file in planned}) == len(planned)
    for file in planned:
        assert file.dest.startswith(plan.shoots[file.shoot or 0].folder + b"/")


def test_a_future_or_ancient_clock_is_planned_like_any_other() -> None:
    times = ("1970-01-01", "1980-01-01 04:00", "2107-12-31 23:59:58", "9999-12-31 23:59:59.999999", "0001-01-01")
    told = {b"DCIM/100CANON/IMG_%04d.CR3" % number: shot(wall(at)) for number, at in enumerate(times)}
    assert [shoot.day.year for shoot in plan_of(told, name="").shoots] == [1, 1969, 1980, 2107, 9999]
