"""The rung of the siblings: one Object, one time."""

from camera_file_builders import TAKEN, wall

from ingest.card.capture import fill_from_siblings
from ingest.model.cards import Capture


def test_a_memo_takes_the_time_of_its_picture() -> None:
    picture = Capture(TAKEN, "exif", 60, model="R5")
    filled = fill_from_siblings({b"D/IMG_1.WAV": None, b"D/IMG_1.CR3": picture, b"D/IMG_1.XMP": None})
    assert filled[b"D/IMG_1.CR3"] is picture
    assert filled[b"D/IMG_1.WAV"] == filled[b"D/IMG_1.XMP"] == Capture(TAKEN, "sibling", 60, model="R5")


def test_a_sibling_beats_a_name_and_its_own_time_stays() -> None:
    own = Capture(wall("2026-03-14 15:30"), "wav bext")
    named = Capture(wall("2026-01-01"), "file name")
    filled = fill_from_siblings({b"a.wav": own, b"a.jpg": named, b"a.cr3": Capture(TAKEN, "exif")})
    assert filled[b"a.wav"] is own
    assert filled[b"a.jpg"] == Capture(TAKEN, "sibling")


def test_the_picture_lends_its_time_rather_than_a_companion() -> None:
    later = Capture(wall("2026-03-15"), "exif")
    filled = fill_from_siblings({b"a.jpg": later, b"a.crw": Capture(TAKEN, "ciff"), b"a.thm": None})
    assert filled[b"a.thm"] == Capture(TAKEN, "sibling")


def test_a_clip_in_utc_takes_the_zone_of_the_xml_beside_it() -> None:
    utc = Capture(wall("2026-03-14 14:22:33"), "quicktime mvhd", is_utc=True)
    filled = fill_from_siblings(
        {b"C0001.MP4": utc, b"C0001M01.XML": Capture(TAKEN, "clip xml", 60), b"C0001.JPG": None}
    )
    assert filled[b"C0001.MP4"] == Capture(TAKEN, "quicktime mvhd", 60)
    assert filled[b"C0001.JPG"] == Capture(TAKEN, "sibling", 60)


def test_two_zones_in_one_object_mend_nothing() -> None:
    utc = Capture(wall("2026-03-14 14:22:33"), "quicktime mvhd", is_utc=True)
    zoned = {b"a.xml": Capture(TAKEN, "clip xml", 60), b"a.heic": Capture(TAKEN, "exif", 120)}
    assert fill_from_siblings({b"a.mp4": utc, **zoned})[b"a.mp4"] is utc


def test_siblings_without_a_time_stay_without() -> None:
    assert fill_from_siblings({b"a.wav": None, b"a.thm": None}) == {b"a.wav": None, b"a.thm": None}


def test_a_rung_nobody_knows_is_the_weakest() -> None:
    remembered = Capture(wall("2025-01-01"), "a rung of another version")
    filled = fill_from_siblings({b"a.cr3": remembered, b"a.jpg": Capture(TAKEN, "exif")})
    assert filled[b"a.cr3"] == Capture(TAKEN, "sibling")
    assert fill_from_siblings({b"a.cr3": remembered}) == {b"a.cr3": remembered}
