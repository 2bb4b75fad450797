"""Frames of a camera that never came here: told with the verdict, which they do not change."""

from datetime import datetime, timedelta

import pytest

from ingest.model.cards import Capture
from ingest.model.names import base_of
from ingest.plan.gaps import frame_number

MISSING = "frames 4127-4180 of this camera (Canon EOS R5 012345) were never seen here: is there another card?"


@pytest.fixture
def camera(sabotage):
    """What the pictures say of themselves: taken in the order of their numbers, one a minute, by this body."""

    def arrange(serial="012345", model="Canon EOS R5"):
        def capture(path):
            number = frame_number(base_of(path))
            taken = datetime.fromisoformat("2025-06-14T12:00:00") + timedelta(minutes=number - 4000)
            return Capture(taken, "exif", None, "Canon", model, serial) if number else None

        def captures(files, _now):
            return (capture(path) for _, path in files)

        sabotage.setattr("ingest.session.look.captures_by_several", captures)

    arrange()
    return arrange


@pytest.fixture
def insert(studio):
    """Another card with these frames: RAW and JPEG each."""

    def arrange(name, *numbers, suffixes=("CR3", "JPG")):
        studio.card = studio.base / name
        for number in numbers:
            for suffix in suffixes:
                studio.put(f"DCIM/100CANON/IMG_{number:04}.{suffix}", f"picture {number} {suffix}".encode())

    return arrange


def gaps(run):
    return [caution["text"] for caution in run.last["cautions"] if caution["code"] == "frames never seen"]


def test_a_card_that_was_forgotten_is_asked_for_and_the_verdict_stays_safe(studio, camera, insert):
    insert("A", 4124, 4125, 4126)
    assert gaps(studio.ingest()) == []
    insert("B", 4181, 4182, 4183)
    run = studio.ingest()
    assert (run.code, run.level, gaps(run)) == (0, "safe", [MISSING])
    assert MISSING in run.last["notes"]
    assert MISSING in studio.run("check", studio.card).out
    studio.card = studio.base / "A"
    assert gaps(studio.check()) == [MISSING]


def test_when_the_forgotten_card_comes_nobody_asks_for_it_any_more(studio, camera, insert):
    for name, numbers in (("A", (4125, 4126)), ("B", (4181, 4182)), ("C", range(4127, 4181))):
        insert(name, *numbers)
        run = studio.ingest()
    assert gaps(run) == []
    for name in "AB":
        studio.card = studio.base / name
        assert (gaps(studio.check()), studio.check().level) == ([], "safe")


def test_a_gap_within_a_card_is_told_and_what_is_listed_but_cannot_be_read_is_seen(studio, camera, insert):
    insert("A", 4126, 4181)
    assert gaps(studio.ingest()) == [MISSING]
    for number in range(4127, 4181):
        studio.put(f"DCIM/100CANON/MVI_{number}.MP4", b"")
    run = studio.ingest()
    assert (run.level, gaps(run)) == ("not_yet", [])


def test_a_card_that_was_formatted_and_filled_again_does_not_count_as_what_it_was(studio, camera, insert):
    """Its rows in the ledger stay; they are what was seen then, and not what lies on it now."""
    insert("A", 4125, 4126)
    assert studio.ingest().level == "safe"
    for path in (studio.card / "DCIM").rglob("*.*"):
        path.unlink()
    insert("A", 4181, 4182)
    assert gaps(studio.ingest()) == [MISSING]


def test_another_body_of_the_same_model_is_not_asked_for_the_first_ones_frames(studio, camera, insert):
    insert("A", 4126)
    studio.ingest()
    camera(serial="777")
    insert("B", 4181)
    assert gaps(studio.ingest()) == []


def test_a_camera_without_a_serial_number_is_asked_for_nothing(studio, camera, insert):
    camera(serial="")
    insert("A", 4126, 4181)
    assert gaps(studio.ingest()) == []


@pytest.mark.parametrize(("model", "closes"), [("", True), ("Canon EOS R5", True), ("ILCE-7M4", False)])
def test_clips_of_an_earlier_card_whose_camera_does_not_tell_its_serial_number_close_a_gap(
    studio, camera, insert, model, closes
):
    camera(serial="", model=model)
    insert("A", *range(4127, 4181), suffixes=("MP4",))
    studio.ingest()
    camera()
    insert("B", 4126, 4181)
    assert (gaps(studio.ingest()) == []) is closes


def test_real_pictures_are_asked_by_what_their_exif_says(studio, parsers):
    from sample_cards.maker.shots import CANON, Shot, photograph

    for minute, number in enumerate((4125, 4126, 4181)):
        shot = Shot(CANON, datetime.fromisoformat(f"2025-06-14T12:{minute:02}:00+02:00"), number)
        studio.put(f"DCIM/100CANON/IMG_{number}.JPG", photograph(shot, 4, 4))
    run = studio.ingest()
    assert (run.level, gaps(run)) == ("safe", [MISSING.replace("Canon EOS R5 012345", f"{CANON.model} {CANON.serial}")])
