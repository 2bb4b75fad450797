"""Shoots: new ones, joined ones, and where the undated goes."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BOTH, CARD, EVENING, card_file, cards, dests, entry, plan_of, shot, untimed, wall

from ingest.model.cards import Capture, CardFile, Listing
from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.planned import ExistingShoot, KnownContent, PlanSettings
from ingest.plan.shoots import UNNAMED, shoot_day

MEYER = ExistingShoot(7, "Meyer wedding", date(2026, 3, 14), date(2026, 3, 14), b"2026/2026-03-14 Meyer wedding", True)
DAY = timedelta(days=1)


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
