"""Lightroom's import key from what is known on the card."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model.catalogs import split_import_key
from ingest.tagging.import_key import import_key

WALL = datetime.fromisoformat("2013-12-01T22:39:09.42")


def test_the_key_of_a_picture_with_an_exif_date_counts_its_wall_clock() -> None:
    assert import_key(WALL, 0.0, "_ABC7667.NEF", 14114354) == "407630349:_ABC7667.NEF:14114354"


@pytest.mark.parametrize("hours", [-11, 0, 5.5, 13])
def test_the_zone_of_the_camera_is_left_out(hours: float) -> None:
    zoned = WALL.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert import_key(zoned, 0.0, "a", 1) == import_key(WALL, 0.0, "a", 1)


@pytest.mark.parametrize(
    ("mtime", "seconds"),
    [
        (978_307_200 + 760_000_000.123456, "760000000.12346"),
        (978_307_200 + 760_000_000.5, "760000000.5"),
        (978_307_200 + 760_000_000.0, "760000000"),
        (978_307_199.5, "-0.5"),
    ],
)
def test_without_an_exif_date_the_mtime_counts_with_fourteen_digits(mtime: float, seconds: str) -> None:
    assert import_key(None, mtime, "clip.mp4", 9) == f"{seconds}:clip.mp4:9"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("5:a.jpg:7", ("5", "a.jpg", 7)),
        ("-5.25:a:b:c.jpg:7", ("-5.25", "a:b:c.jpg", 7)),
        ("5:a.jpg", None),
        ("5::7", None),
        ("x:a.jpg:7", None),
        ("5:a.jpg:-7", None),
        ("5:a.jpg:٧", None),
        ("5:a.jpg:" + "9" * 30, None),
        ("", None),
    ],
)
def test_a_key_is_taken_apart_or_refused(text: str, parts: tuple[str, str, int] | None) -> None:
    assert split_import_key(text) == parts


@given(st.datetimes(), st.text(min_size=1), st.integers(0, 1 << 50))
def test_every_key_can_be_taken_apart_again(taken: datetime, name: str, size: int) -> None:
    parts = split_import_key(import_key(taken, 0.0, name, size))
    assert parts is not None
    assert parts[1:] == (name, size)
