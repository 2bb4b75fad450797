"""Where a card's empty folders are made again."""

from datetime import timedelta
from typing import Any

import pytest
from plan_samples import BOTH, EVENING, plan_of, shot

from ingest.model.names import collision_key
from ingest.plan.known import LedgerView
from ingest.plan.planned import ExistingShoot, KnownContent, TakenName

FIRST, SECOND = b"2026/2026-03-14 Unnamed", b"2026/2026-03-15 Unnamed"
CARD_FOLDER = b"/EOS_DIGITAL-9c33"
MORNING, NEXT_DAY = shot(), shot(EVENING + timedelta(days=1))
RAW = b"DCIM/100CANON/IMG_0001.CR3"
CLIP, INDEX, SUB = b"PRIVATE/M4ROOT/CLIP/C0001.MP4", b"PRIVATE/M4ROOT/MEDIAPRO.XML", b"PRIVATE/M4ROOT/SUB"
OLD = ExistingShoot(7, "Old", EVENING.date(), EVENING.date(), b"2025/old", True)


def made(told: dict[bytes, Any], *empty: bytes, **more: Any) -> tuple[bytes, ...]:
    return plan_of(told, empty=empty, name="", **more).folders


def test_those_of_a_video_tree_go_where_its_tree_goes_whichever_shoot_that_is() -> None:
    assert made({RAW: MORNING, CLIP: NEXT_DAY}, SUB) == (SECOND + CARD_FOLDER + b"/" + SUB,)
    assert made({RAW: NEXT_DAY, CLIP: MORNING}, SUB) == (FIRST + CARD_FOLDER + b"/" + SUB,)
    odd = {RAW: MORNING, b"PRIVATE/M4ROOT/a:b": NEXT_DAY}
    assert made(odd, SUB) == (SECOND + CARD_FOLDER + b"/" + SUB,)


def test_a_tree_that_is_empty_itself_goes_where_the_cards_first_file_goes() -> None:
    told = {RAW: NEXT_DAY, b"a.txt": MORNING, b"b.txt": NEXT_DAY}
    assert made(told, b"PRIVATE/M4ROOT") == (SECOND + CARD_FOLDER + b"/PRIVATE/M4ROOT",)


def test_each_tree_of_a_card_keeps_its_own() -> None:
    told = {CLIP: MORNING, b"PRIVATE/AVCHD/a.MTS": NEXT_DAY}
    folders = made(told, SUB, b"PRIVATE/AVCHD/b/c")
    assert folders == (SECOND + CARD_FOLDER + b"/PRIVATE/AVCHD/b/c", FIRST + CARD_FOLDER + b"/" + SUB)


@pytest.mark.parametrize("picture", [RAW, RAW.lower()])
def test_those_beside_pictures_are_what_cameras_make_on_every_card_and_are_not_made(picture: bytes) -> None:
    assert made({picture: MORNING, b"notes.txt": MORNING}, b"MISC", b"DCIM/101CANON") == ()


def test_those_of_a_card_without_pictures_go_to_the_shoot_of_its_first_file() -> None:
    told = {b"a/x": NEXT_DAY, b"b/y": MORNING}
    assert made(told, b"Audio") == (SECOND + CARD_FOLDER + b"/Audio",)
    assert made(told, b"Audio", b"../x", b"/y", b"Audio") == (SECOND + CARD_FOLDER + b"/Audio",)


def test_a_card_that_gives_nothing_to_a_shoot_makes_no_folder() -> None:
    assert made({}, b"Audio") == ()
    assert made({b"x": MORNING}, b"Audio", ignore=("x",)) == ()


def test_a_tree_of_which_a_part_is_at_home_elsewhere_keeps_its_folders_where_it_is_copied_now() -> None:
    home = b"2025/old/EARLIER-0000/"
    ledger = LedgerView(
        shoots=[OLD], candidates={CLIP: KnownContent(1, BOTH, home + CLIP)}, known_paths={CLIP: home + CLIP}
    )
    told = {CLIP: MORNING, INDEX: shot(EVENING + timedelta(days=30))}
    plan = plan_of(told, empty=(SUB,), name="Portraits", ledger=ledger)
    assert plan.folders == (b"2026/2026-04-13 Portraits" + CARD_FOLDER + b"/" + SUB,)
    alone = plan_of({CLIP: MORNING}, empty=(SUB,), name="Portraits", ledger=ledger)
    assert alone.folders == (home + SUB,)


def test_a_folder_whose_name_a_file_has_goes_to_the_next_free_folder_of_the_card() -> None:
    taken = {collision_key(b"2025/old" + CARD_FOLDER + mark + b"/Audio"): TakenName(5) for mark in (b"", b"-2")}
    ledger = LedgerView(shoots=[OLD], taken_in=lambda _: taken)
    plan = plan_of({b"x": MORNING}, empty=(b"Audio",), name="Old", ledger=ledger)
    assert plan.folders == (b"2025/old" + CARD_FOLDER + b"-3/Audio",)
    home = b"2025/old" + CARD_FOLDER + b"/"
    taken = {collision_key(home + SUB): TakenName(5), collision_key(home + CLIP): TakenName(1000)}
    ledger = LedgerView(shoots=[OLD], taken_in=lambda _: taken, known_paths={CLIP: home + CLIP})
    plan = plan_of({CLIP: MORNING}, empty=(SUB,), name="Old", ledger=ledger)
    assert plan.folders == (b"2025/old" + CARD_FOLDER + b"-2/" + SUB,)
