"""Shoots: new ones, joined ones, and where the undated goes."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BOTH, CARD, EVENING, card_file, cards, dests, entry, plan_of, shot, untimed, wall

from ingest.model.cards import CameraObject, Capture, CardFile, Listing
from ingest.model.layouts import is_litter
from ingest.plan.clock import ObjectTime
from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.planned import ExistingShoot, KnownContent, PlanSettings, ShootPlan
from ingest.plan.shoots import UNNAMED, ShootRules, TimedObject, assign_shoots, shoot_day

MEYER = ExistingShoot(7, "Meyer wedding", date(2026, 3, 14), date(2026, 3, 14), b"2026/2026-03-14 Meyer wedding", True)
DAY = timedelta(days=1)
FOLDER = b"DCIM/100CANON/"


def taken(
    path: bytes, days: float | None, *, undated: datetime = EVENING, home: ExistingShoot | None = None
) -> TimedObject:
    """An object of that many days behind the evening, or (None) of a file time alone."""
    at = ObjectTime(undated, "mtime", False) if days is None else ObjectTime(EVENING + days * DAY, "exif")
    return TimedObject(CameraObject("key", (card_file(path),)), at, home)


def assigned(
    *objects: TimedObject, name: str = "", folder: str = "{shoot}", existing: tuple[ExistingShoot, ...] = ()
) -> tuple[tuple[ShootPlan, ...], tuple[int, ...]]:
    return assign_shoots(objects, ShootRules(name, folder, time(4), existing), is_litter)


def days_of(*objects: TimedObject) -> list[int]:
    """Of what shoot each object becomes a part, by its days behind the evening."""
    shoots, homes = assigned(*objects)
    return [(shoots[home].day - EVENING.date()).days for home in homes]


def picture(number: int) -> bytes:
    return b"DCIM/100CANON/IMG_%04d.CR3" % number


def test_the_shoot_day_ends_at_four_in_the_morning() -> None:
    assert shoot_day(wall("2026-03-15 03:59:59"), time(4)) == date(2026, 3, 14)
    assert shoot_day(wall("2026-03-15 04:00"), time(4)) == date(2026, 3, 15)
    assert shoot_day(wall("2026-03-15 00:30"), time(0)) == date(2026, 3, 15)


@untimed
@given(st.datetimes(), st.times())
def test_a_shoot_day_is_the_day_or_the_day_before(local: datetime, day_starts: time) -> None:
    assert local.date() - shoot_day(local, day_starts) in (timedelta(), DAY)


def test_a_name_makes_one_shoot_of_all_days_with_the_earliest_in_its_folder() -> None:
    plan = plan_of({picture(1): shot(EVENING + DAY), picture(2): shot(EVENING), picture(3): None})
    (shoot,) = plan.shoots
    assert (shoot.name, shoot.named_by_user, shoot.existing_id) == ("Meyer wedding", True, None)
    assert (shoot.day, shoot.last_day) == (date(2026, 3, 14), date(2026, 3, 15))
    assert shoot.folder == b"2026/2026-03-14 Meyer wedding"


def test_a_file_time_does_not_date_a_named_shoot_that_has_pictures() -> None:
    files = (card_file(picture(1)), card_file(b"notes.txt", at=wall("1980-01-01")))
    plan = plan_card(Listing(files), {picture(1): shot()}, settings=PlanSettings(BOTH), card=CARD, shoot_name="M")
    assert [shoot.day for shoot in plan.shoots] == [date(2026, 3, 14)]


def test_without_a_name_each_shoot_day_is_a_shoot_and_a_night_is_not_torn() -> None:
    late = wall("2026-03-15 01:00")
    plan = plan_of({picture(1): shot(), picture(2): shot(late), picture(3): shot(EVENING + DAY)}, name="  ")
    assert [(shoot.name, shoot.day, shoot.named_by_user) for shoot in plan.shoots] == [
        (UNNAMED, date(2026, 3, 14), False),
        (UNNAMED, date(2026, 3, 15), False),
    ]
    assert [entry(plan, picture(n)).shoot for n in (1, 2, 3)] == [0, 0, 1]


def test_a_clip_in_utc_and_its_stills_are_one_shoot_day() -> None:
    clip = b"DCIM/100CANON/MVI_0002.MP4"
    told = {
        picture(1): shot(wall("2026-03-15 05:00"), offset_minutes=120),
        clip: Capture(wall("2026-03-15 03:05"), "quicktime mvhd", is_utc=True),
    }
    (shoot,) = plan_of(told, name="").shoots
    assert shoot.day == date(2026, 3, 15)


def test_an_undated_picture_goes_to_the_shoot_of_its_neighbours() -> None:
    told = {picture(1): shot(), picture(2): None, picture(3): shot(EVENING + DAY)}
    files = tuple(card_file(path, at=wall("1980-01-01")) for path in told)
    plan = plan_card(
        Listing(files), {p: c for p, c in told.items() if c}, settings=PlanSettings(BOTH), card=CARD, shoot_name=""
    )
    assert [entry(plan, picture(n)).shoot for n in (1, 2, 3)] == [0, 0, 1]


def test_what_has_no_neighbours_goes_by_its_file_time_and_litter_makes_no_shoot_of_its_own() -> None:
    files = (
        card_file(picture(1)),
        card_file(b"MISC/AUTPRINT.MRK", at=EVENING - 30 * DAY),
        card_file(b"notes.txt", at=EVENING - 5 * DAY),
        card_file(b"old.txt", at=wall("1980-01-01")),
    )
    plan = plan_card(Listing(files), {picture(1): shot()}, settings=PlanSettings(BOTH), card=CARD)
    assert [shoot.day for shoot in plan.shoots] == [date(2026, 3, 9), date(2026, 3, 14)]
    assert [entry(plan, file.path).shoot for file in files] == [1, 1, 0, 1]


def test_a_card_without_any_date_goes_by_file_times() -> None:
    plan = plan_of({picture(1): None}, name="")
    assert [shoot.day for shoot in plan.shoots] == [date(2026, 3, 14)]


def test_the_second_card_of_a_job_joins_its_shoot_within_a_week_and_keeps_the_folder() -> None:
    ledger = LedgerView(shoots=[MEYER])
    (joined,) = plan_of({picture(1): shot(EVENING + 7 * DAY)}, ledger=ledger, name="meyer WEDDING").shoots
    assert (joined.existing_id, joined.folder, joined.name) == (7, MEYER.folder, "Meyer wedding")
    assert (joined.day, joined.last_day) == (date(2026, 3, 14), date(2026, 3, 21))
    (fresh,) = plan_of({picture(1): shot(EVENING + 8 * DAY)}, ledger=ledger).shoots
    assert (fresh.existing_id, fresh.folder) == (None, b"2026/2026-03-22 Meyer wedding")


def test_the_nearest_of_two_shoots_of_one_name_is_joined() -> None:
    later = ExistingShoot(8, MEYER.name, date(2026, 3, 20), date(2026, 3, 20), b"2026/2026-03-20 Meyer wedding", True)
    (joined,) = plan_of({picture(1): shot(EVENING + 5 * DAY)}, ledger=LedgerView(shoots=[MEYER, later])).shoots
    assert joined.existing_id == 8


def test_unnamed_shoots_join_the_unnamed_shoot_of_their_day_and_no_named_one() -> None:
    unnamed = ExistingShoot(9, UNNAMED, date(2026, 3, 14), date(2026, 3, 14), b"2026/2026-03-14 Unnamed", False)
    plan = plan_of(
        {picture(1): shot(), picture(2): shot(EVENING + DAY)}, ledger=LedgerView(shoots=[MEYER, unnamed]), name=""
    )
    assert [shoot.existing_id for shoot in plan.shoots] == [9, None]


def test_two_shoots_never_share_a_folder() -> None:
    old = ExistingShoot(3, "meyer", date(2020, 1, 1), date(2020, 1, 1), b"meyer", True)
    (shoot,) = plan_of([picture(1)], ledger=LedgerView(shoots=[old]), name="Meyer", folder="{shoot}").shoots
    assert (shoot.existing_id, shoot.folder) == (None, b"Meyer-2")
    plan = plan_of({picture(1): shot(), picture(2): shot(EVENING + DAY)}, name="", folder="{shoot}")
    assert [shoot.folder for shoot in plan.shoots] == [b"Unnamed", b"Unnamed-2"]


def test_what_a_shoot_already_holds_stays_there_whatever_the_new_name_is() -> None:
    old = MEYER.folder + b"/IMG_0001.CR3"
    ledger = LedgerView(shoots=[MEYER], candidates={picture(1): KnownContent(4, BOTH, old)})
    plan = plan_of({picture(1): shot(), picture(2): shot(EVENING + 20 * DAY)}, ledger=ledger, name="Portraits")
    assert [(shoot.existing_id, shoot.day) for shoot in plan.shoots] == [
        (7, date(2026, 3, 14)),
        (None, date(2026, 4, 3)),
    ]
    assert dests(plan) == {picture(1): old, picture(2): b"2026/2026-04-03 Portraits/IMG_0002.CR3"}


def test_a_sidecar_that_looks_like_an_old_one_does_not_draw_its_picture_into_an_old_shoot() -> None:
    sidecar = b"DCIM/100CANON/IMG_0001.XMP"
    ledger = LedgerView(shoots=[MEYER], candidates={sidecar: KnownContent(4, BOTH, MEYER.folder + b"/IMG_0777.XMP")})
    files = (card_file(picture(1), size=30_000_000), card_file(sidecar, size=300))
    told = {picture(1): shot(EVENING + 20 * DAY)}
    plan = plan_card(
        Listing(files), told, settings=PlanSettings(BOTH), card=CARD, ledger=ledger, shoot_name="Portraits"
    )
    assert {dest.rpartition(b"/")[0] for dest in dests(plan).values()} == {b"2026/2026-04-03 Portraits"}
    assert entry(plan, sidecar).missing_at == BOTH


def test_the_first_day_of_the_calendar_has_none_before_it() -> None:
    assert shoot_day(wall("0001-01-01 01:00"), time(4)) == date(1, 1, 1)
    assert shoot_day(wall("0001-01-02 01:00"), time(4)) == date(1, 1, 1)


def test_an_undated_picture_belongs_to_the_nearest_before_it_in_its_folder_else_behind_it() -> None:
    other = b"dcim/101CANON/"
    assert days_of(
        taken(other + b"IMG_0006.CR3", 5),
        taken(other + b"IMG_0004.CR3", None),
        taken(other + b"IMG_0005.CR3", None),
        taken(FOLDER + b"IMG_0001.CR3", 0),
        taken(FOLDER + b"IMG_0002.CR3", None),
        taken(FOLDER + b"IMG_0003.CR3", None),
        taken(FOLDER + b"IMG_0007.CR3", 9),
        taken(other + b"IMG_0008.CR3", None),
    ) == [5, 5, 5, 0, 0, 0, 9, 5]


def test_beside_a_picture_of_an_older_shoot_the_undated_goes_there_too() -> None:
    beside = taken(FOLDER + b"IMG_0001.CR3", 3, home=MEYER), taken(FOLDER + b"IMG_0002.CR3", None)
    shoots, homes = assigned(*beside, taken(b"DCIM/101CANON/IMG_0003.CR3", 0), existing=(MEYER,))
    assert [shoots[home].existing_id for home in homes] == [7, 7, None]
    assert shoots[homes[0]] == ShootPlan(MEYER.name, MEYER.day, MEYER.last_day, MEYER.folder, 7, True)


@pytest.mark.parametrize(
    ("path", "file_time", "home"),
    [
        (b"notes/2.txt", EVENING + 2 * DAY, 2),  # elsewhere than in DCIM neighbours say nothing
        (b"notes/2.txt", EVENING, 0),
        (b"notes/2.txt", wall("1990-01-01 04:00"), (date(1990, 1, 1) - EVENING.date()).days),
        (b"notes/2.txt", wall("1990-01-01 03:59"), 0),
        (b"MISC/AUTPRINT.MRK", EVENING + 2 * DAY, 0),  # the older of two that are as near
        (b"MISC/AUTPRINT.MRK", EVENING + 2.5 * DAY, 4),
        (b"MISC/AUTPRINT.MRK", EVENING + 4 * DAY, 4),
        (b"MISC/AUTPRINT.MRK", EVENING + 30 * DAY, 4),
        (b"MISC/AUTPRINT.MRK", EVENING - 30 * DAY, 0),
    ],
)
def test_a_file_time_makes_a_shoot_unless_its_clock_never_ran_or_the_camera_keeps_the_file_for_itself(
    path: bytes, file_time: datetime, home: int
) -> None:
    dated = taken(b"notes/1.txt", 4), taken(b"notes/3.txt", 0)
    assert days_of(taken(path, None, undated=file_time), *dated) == [home, 4, 0]


def test_litter_beside_what_is_none_does_not_lose_its_day() -> None:
    both = CameraObject("key", (card_file(b"MISC/a.CTG"), card_file(b"x/a.JPG")))
    mixed = TimedObject(both, ObjectTime(EVENING + 2 * DAY, "mtime", False))
    assert days_of(mixed, taken(b"notes/1.txt", 0)) == [2, 0]


def test_a_named_shoot_lasts_from_the_first_to_the_last_that_is_new_and_dated() -> None:
    objects = [
        taken(b"1", 3),
        taken(b"2", 1),
        taken(b"3", 2),
        taken(b"4", None, undated=EVENING - 9 * DAY),
        taken(b"5", 30, home=MEYER),
    ]
    shoots, homes = assigned(*objects, name=" Portraits ", existing=(MEYER,))
    assert [(shoot.name, shoot.day, shoot.last_day) for shoot in shoots] == [
        ("Meyer wedding", date(2026, 3, 14), date(2026, 3, 14)),
        ("Portraits", date(2026, 3, 15), date(2026, 3, 17)),
    ]
    assert homes == (1, 1, 1, 1, 0)
    undated = [taken(b"1", None), taken(b"2", None, undated=EVENING - 2 * DAY)]
    ((shoot,), _) = assigned(*undated, name="Portraits")
    assert (shoot.day, shoot.last_day) == (date(2026, 3, 12), date(2026, 3, 14))


@pytest.mark.parametrize(
    ("days", "joins"), [((8,), False), ((7,), True), ((7, 8), True), ((0, 30), True), ((-7,), True), ((-8,), False)]
)
def test_a_card_joins_a_shoot_of_its_name_that_ended_or_began_within_a_week(days: tuple[int, ...], joins: bool) -> None:
    objects = [taken(b"%d" % day, day) for day in days]
    ((shoot,), _) = assigned(*objects, name="MEYER wedding ", existing=(MEYER,))
    assert shoot.existing_id == (7 if joins else None)
    if joins:
        assert shoot.day == EVENING.date() + min(0, *days) * DAY
        assert shoot.last_day == EVENING.date() + max(0, *days) * DAY
        assert (shoot.name, shoot.folder, shoot.named_by_user) == (MEYER.name, MEYER.folder, True)


def shoot_of(number: int, name: str, days: int = 0, more: int = 0, *, named: bool = True) -> ExistingShoot:
    """One of the ledger that began that many days behind the evening and lasted that many more."""
    day = EVENING.date() + days * DAY
    return ExistingShoot(number, name, day, day + more * DAY, b"%d" % number, named)


@pytest.mark.parametrize(
    ("name", "existing", "joined"),
    [
        ("Meyer", [shoot_of(2, "Meyer"), shoot_of(1, "Meyer")], 1),  # the older of two alike
        ("Meyer", [shoot_of(1, "Meyer", -3), shoot_of(2, "Meyer", -2)], 2),  # the nearer one
        ("Meyer", [shoot_of(1, "Meyer", 3), shoot_of(2, "Meyer", 2)], 2),
        ("Meyer", [shoot_of(1, "Meyer", -5, 4), shoot_of(2, "Meyer", -2)], 1),
        ("Meyer", [shoot_of(2, "Meyer", -5, 10), shoot_of(1, "Meyer", 1)], 2),  # this day lies within it
        ("Meyer", [shoot_of(2, "Meyer", -5, 10), shoot_of(1, "Meyer", -1, 2)], 1),  # within is within
        ("Meyer", [shoot_of(1, " meyer ")], 1),
        ("Caf\u00e9 \udce9", [shoot_of(1, "CAFE\u0301 \udce9")], 1),
        ("Meyer", [shoot_of(1, "Meyer", named=False), shoot_of(2, "Meier")], None),
        (UNNAMED, [shoot_of(1, UNNAMED, named=False)], None),
        ("", [shoot_of(1, UNNAMED, 1, named=False), shoot_of(2, UNNAMED, -1, named=False)], None),
        ("", [shoot_of(3, UNNAMED), shoot_of(1, "Named later", -3, 5, named=False)], 1),
    ],
)
def test_which_of_the_ledgers_shoots_is_joined(name: str, existing: list[ExistingShoot], joined: int | None) -> None:
    ((shoot,), _) = assigned(taken(b"x", 0), name=name, existing=tuple(existing))
    assert shoot.existing_id == joined


def test_shoots_that_would_be_named_alike_are_numbered_by_their_days() -> None:
    old = [replace(shoot_of(n, "x", -90), folder=folder) for n, folder in enumerate((b"unnamed", b"UNNAMED-3"))]
    shoots, homes = assigned(*(taken(b"%d" % day, day) for day in (2, 0, 1)), existing=tuple(old))
    assert [(shoot.folder, shoot.existing_id, shoot.named_by_user) for shoot in shoots] == [
        (b"Unnamed-2", None, False),
        (b"Unnamed-4", None, False),
        (b"Unnamed-5", None, False),
    ]
    assert homes == (2, 0, 1)


@untimed
@given(cards(), st.sampled_from(["", "M"]))
def test_every_shoot_holds_something_and_no_two_share_a_folder(
    card: tuple[list[CardFile], dict[bytes, Capture]], name: str
) -> None:
    files, told = card
    plan = plan_card(Listing(tuple(files)), told, settings=PlanSettings(BOTH), card=CARD, shoot_name=name)
    assert {file.shoot for file in plan.files if file.shoot is not None} == set(range(len(plan.shoots)))
    assert len({shoot.folder for shoot in plan.shoots}) == len(plan.shoots)
    assert all(shoot.day <= shoot.last_day for shoot in plan.shoots)
    assert not name or len(plan.shoots) <= 1
