"""What stands on a sheet, and in which order: from the rows that the ledger has of a shoot."""

import pytest

from ingest.ledger.pictures import ShootPicture
from ingest.ledger.shoots import ShootRow
from ingest.sheets.contents import contents_of
from ingest.sheets.words import count_of, days_of, spans_days, time_of

EVENING = "2025-06-14T23:40:12"


def shoot(last_day: str = "2025-06-14") -> ShootRow:
    return ShootRow(1, "Meyer", "2025-06-14", last_day, b"2025/Meyer", True)


@pytest.fixture
def sheet(monkeypatch):
    """The contents of a shoot of these files: (path, object, capture time, zone, rating, pick, label)."""

    def of(*files, last_day="2025-06-14"):
        rows = [
            ShootPicture(number, path, key, 10, *(*more, None, None, None, None, None)[:5])
            for number, (path, key, *more) in enumerate(files, 1)
        ]
        monkeypatch.setattr("ingest.sheets.contents.pictures_of_shoot", lambda _ledger, _shoot: rows)
        return contents_of(None, shoot(last_day))

    return of


def test_what_one_press_made_is_one_picture_and_the_jpeg_is_shown(sheet):
    names = ("IMG_1.CR3", "IMG_1.JPG", "IMG_1.WAV", "IMG_1.xmp", "IMG_1.THM")
    [picture] = sheet(*((f"2025/Meyer/{name}".encode(), "DCIM/IMG_1", EVENING) for name in names)).pictures
    assert (picture.name, picture.kind, picture.asset_id) == ("IMG_1.JPG", "RAW + JPEG", 2)


def test_a_heif_is_shown_before_its_raw_and_a_raw_alone_as_it_is(sheet):
    found = sheet(
        (b"a/IMG_1.CR3", "1", EVENING), (b"a/IMG_1.HIF", "1", EVENING), (b"a/IMG_2.NEF", "2", EVENING)
    ).pictures  # fmt: skip
    assert [(each.name, each.kind) for each in found] == [("IMG_1.HIF", "RAW + HIF"), ("IMG_2.NEF", "RAW")]


def test_of_a_video_tree_each_clip_is_one_and_its_small_twins_are_none(sheet):
    tree = "PRIVATE/M4ROOT//"
    paths = ("CLIP/C0001.MP4", "CLIP/C0002.MP4", "CLIP/C0001M01.XML", "SUB/C0001S03.MP4", "THMBNL/C0001T01.JPG")
    found = sheet(*((f"a/PRIVATE/M4ROOT/{path}".encode(), tree, EVENING) for path in paths)).pictures
    assert [each.name for each in found] == ["C0001.MP4", "C0002.MP4"]


def test_chapters_of_one_recording_are_shown_each(sheet):
    found = sheet((b"a/GH010001.MP4", "gopro 0001", EVENING), (b"a/GH020001.MP4", "gopro 0001", EVENING)).pictures
    assert len(found) == 2


def test_what_is_no_picture_stands_on_no_sheet(sheet):
    names = (b"a/M0100.CTG", b"a/AUTPRINT.MRK", b"a/.JPG", b"a/README", b"a/IMG_1.WAV", b"a/IMG_1.xmp")
    assert sheet(*((name, "x", EVENING) for name in names)).pictures == ()


def test_pictures_stand_in_the_order_of_the_clock_and_those_without_a_time_come_last(sheet):
    found = sheet(
        (b"a/c.JPG", "c"), (b"a/b.JPG", "b", "2025-06-15T00:01:00"), (b"a/a.JPG", "a", "2025-06-14T23:59:59.250000"),
        (b"a/d.JPG", "d", "2025-06-14T23:59:59"), last_day="2025-06-15",
    )  # fmt: skip
    assert [each.name for each in found.pictures] == ["d.JPG", "a.JPG", "b.JPG", "c.JPG"]
    assert spans_days(found)
    assert [time_of(each, with_day=True) for each in found.pictures] == [
        "14 Jun 23:59:59", "14 Jun 23:59:59", "15 Jun 00:01:00", "",
    ]  # fmt: skip


def test_a_time_keeps_the_zone_that_the_ledger_knows(sheet):
    [picture] = sheet((b"a/a.JPG", "a", EVENING, 120)).pictures
    assert picture.taken is not None
    assert picture.taken.isoformat() == "2025-06-14T23:40:12+02:00"


def test_a_pair_has_the_best_that_its_catalogs_say_of_either(sheet):
    [picture] = sheet(
        (b"a/a.CR3", "a", EVENING, None, 4, 0, "Red"), (b"a/a.JPG", "a", EVENING, None, 2, 1, None)
    ).pictures  # fmt: skip
    assert (picture.rating, picture.pick, picture.label) == (4, 1, "Red")


def test_a_rejected_picture_is_rejected_also_where_its_twin_has_no_word(sheet):
    [picture] = sheet((b"a/a.CR3", "a", EVENING, None, None, -1), (b"a/a.JPG", "a", EVENING)).pictures
    assert (picture.rating, picture.pick, picture.label) == (None, -1, None)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("2025-06-14", "14 June 2025"),
        ("2025-06-15", "14 to 15 June 2025"),
        ("2025-07-01", "14 June 2025 to 1 July 2025"),
    ],
)
def test_the_days_of_a_shoot_are_said_as_people_do(sheet, last, words):
    contents = sheet((b"a/a.JPG", "a", EVENING), last_day=last)
    assert (days_of(contents), count_of(contents)) == (words, "1 picture")
