"""Names and entries as hostile or careless as a card may hold them: copied byte for byte, shown without a trick."""

import contextlib
import os
import random
import socket
import unicodedata
from dataclasses import replace

import pytest
from studio import EVENING, Studio

from ingest.session import reader

FOLDER = b"DCIM/100CANON/"
HOSTILE = {
    "a line break": b"IMG\n0001.JPG",
    "an escape sequence": b"IMG\x1b[31m\x1b]0;owned\x07.JPG",
    "text that runs backwards": "IMG_‮GPJ.JPG".encode(),
    "an invisible character": "IMG_​0001.JPG".encode(),
    "an emoji": "IMG_📷👩‍👩‍👧.JPG".encode(),
    "decomposed accents": unicodedata.normalize("NFD", "Müßiggang é.JPG").encode(),
    "no UTF-8": b"IMG_\xff\xfe\x80.JPG",
    "255 bytes": b"x" * 251 + b".JPG",
    "255 bytes of umlauts": "ü".encode() * 125 + b"x.JPG",
    "a leading dash": b"-rf.JPG",
    "a shell command": b"$(id)`id`;id|id&.JPG",
    "a format": b"%n%s%x{0}.JPG",
    "a backslash and quotes": b"a\\b'\"<>.JPG",
    "Windows' own name": b"CON.JPG",
    "a colon and a trailing dot": b"a:b?.JPG.",
    "spaces around": b" IMG .JPG ",
    "a tab": b"IMG\t1.JPG",
    "a line separator": "IMG\u2028.JPG".encode(),
    "only a dot-file": b".hidden",
    "two dots": b"..JPG",
}


def test_hostile_names_are_copied_byte_for_byte_and_every_one_is_in_the_verdict(studio):
    contents = {FOLDER + name: what.encode() for what, name in HOSTILE.items()}
    for path, data in contents.items():
        studio.put(path, data)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert run.counts["proven"] == len(HOSTILE)
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(contents.values())
    assert {bytes(path) for (path,) in studio.ask("SELECT path FROM verdict_file")} == set(contents)
    assert studio.check().level == "safe"
    assert studio.run("verify").code == 0
    assert studio.run("ingest", studio.card).code == 0


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_name_that_must_be_told_is_shown_on_one_line_without_its_tricks(studio, what):
    studio.put(FOLDER + b"IMG_0001.JPG", b"x")
    studio.put(FOLDER + HOSTILE[what], b"")
    run = studio.check()
    [name] = run.names("empty file")
    assert name.startswith("DCIM/100CANON/")
    screen = studio.run("check", studio.card)  # Studio.run looks for raw control characters
    assert (run.code, screen.code) == (11, 11)
    [line] = [line for line in screen.out.splitlines() if "holds no bytes" in line]
    assert line.endswith(name.rpartition("/")[2])


def test_what_is_no_file_is_neither_followed_nor_waited_for_and_not_safe_until_acknowledged(studio):
    studio.shoot()
    (studio.base / "secret").write_bytes(b"secret")
    (studio.card / "link.JPG").symlink_to(studio.base / "secret")
    (studio.card / "loop").symlink_to(studio.card)
    os.mkfifo(studio.card / "pipe.JPG")
    with socket.socket(socket.AF_UNIX) as listener:
        with contextlib.chdir(studio.card):  # a whole path may be too long for a socket
            listener.bind("sock")
        run = studio.ingest()
        assert (run.code, run.level) == (11, "not_yet")
        assert sorted(run.names("not a file")) == ["link.JPG", "loop", "pipe.JPG", "sock"]
        assert run.counts == {"files": 7, "proven": 3, "new": 3, "open": 4}
        assert b"secret" not in studio.contents(studio.ssd)
        known = studio.ingest("--acknowledge")
        assert (known.code, known.level) == (0, "safe")
        assert known.counts == {"files": 7, "proven": 3, "already_safe": 3, "acknowledged": 4}
        assert studio.check().level == "safe"
    (studio.card / "another").symlink_to("/etc/passwd")
    assert studio.check().level == "not_yet"


def test_a_file_without_a_byte_is_copied_and_not_safe_until_acknowledged(studio):
    studio.shoot(2)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"")
    run = studio.ingest()
    assert (run.code, run.level, run.codes) == (11, "not_yet", ["empty file"])
    assert run.counts == {"files": 3, "proven": 2, "new": 2, "open": 1}
    assert "--acknowledge" in run.last["reasons"][0]["next_step"]
    assert studio.copy_of(studio.nas, "IMG_0009.JPG").stat().st_size == 0
    known = studio.ingest("--acknowledge")
    assert (known.code, known.level, known.counts["acknowledged"]) == (0, "safe", 1)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"now it holds something", EVENING + 10**10)
    assert studio.check().level == "not_yet"


def test_two_different_files_that_want_one_name_are_both_kept(studio):
    studio.put("DCIM/100CANON/IMG_0001.JPG", b"first")
    studio.put("DCIM/101CANON/IMG_0001.JPG", b"second")
    run = studio.ingest()
    assert (run.level, run.counts) == ("safe", {"files": 2, "proven": 2, "new": 2})
    assert studio.holds_everything()
    assert len({name.rpartition("/")[2] for name in studio.copies(studio.ssd)}) == 2


def test_names_that_differ_by_case_or_accents_alone_are_told_apart_for_every_file_system(studio):
    names = ["IMG.JPG", "img.jpg", unicodedata.normalize("NFC", "é.JPG"), unicodedata.normalize("NFD", "é.JPG")]
    for name in names:
        studio.put(FOLDER + name.encode(), name.encode())
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
    keys = {unicodedata.normalize("NFC", name).casefold() for name in studio.copies(studio.nas)}
    assert len(keys) == 4


def test_one_content_under_two_names_is_kept_and_restored_under_both(studio):
    for name in ("IMG_0001.JPG", "IMG_0007.JPG"):
        studio.put(f"DCIM/100CANON/{name}", b"the same bytes")
    assert studio.ingest("--shoot", "Twins").level == "safe"
    assert studio.holds_everything()
    (studio.base / "back").mkdir()
    restored = studio.run("restore", "Twins", "--to", studio.base / "back", "--json")
    assert (restored.code, restored.last["restored"]) == (0, 2)
    assert sorted(path.name for path in (studio.base / "back").rglob("*.JPG")) == ["IMG_0001.JPG", "IMG_0007.JPG"]
    again = studio.ingest()
    assert (again.level, again.counts["already_safe"]) == ("safe", 2)
    assert studio.holds_everything()


def test_a_second_card_with_the_same_names_and_other_pictures_keeps_both(studio):
    studio.shoot()
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    first = studio.on_card()
    studio.card = studio.base / "CARD B"
    for number in range(1, 4):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"second body %d" % number)
    run = studio.ingest("--shoot", "Wedding")
    assert (run.level, run.counts["new"]) == ("safe", 3)
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(first + studio.on_card())


def test_the_order_of_the_scan_changes_no_name(tmp_path, sabotage):
    named = []
    for seed in range(3):
        studio = Studio(tmp_path / str(seed))
        for folder in (100, 101, 102):
            for number in (1, 2):
                for kind in ("JPG", "CR3"):
                    data = f"{folder} {number} {kind}".encode()
                    studio.put(f"DCIM/{folder}CANON/IMG_{number:04}.{kind}", data)
        scan, order = reader.scan, random.Random(seed)

        def shuffled(root, scan=scan, order=order):
            listing = scan(root)
            return replace(listing, files=tuple(order.sample(listing.files, len(listing.files))))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reader, "scan", shuffled)
            assert studio.ingest().level == "safe"
        named.append(studio.copies(studio.ssd))
    assert len(named[0]) == 12
    assert named[0] == named[1] == named[2]


def test_a_sony_card_keeps_its_clip_tree_with_every_companion_and_empty_folder(studio):
    tree = {
        "PRIVATE/M4ROOT/CLIP/C0001.MP4": b"clip",
        "PRIVATE/M4ROOT/CLIP/C0001M01.XML": b"<clip/>",
        "PRIVATE/M4ROOT/THMBNL/C0001T01.JPG": b"thumbnail",
        "PRIVATE/M4ROOT/MEDIAPRO.XML": b"<media/>",
        "PRIVATE/M4ROOT/STATUS.BIN": b"status",
    }
    for path, data in tree.items():
        studio.put(path, data)
    studio.put("DCIM/100MSDCF/DSC00001.ARW", b"raw")
    for folder in ("PRIVATE/M4ROOT/SUB", "PRIVATE/M4ROOT/GENERAL"):
        (studio.card / folder).mkdir()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
    for place in (studio.ssd, studio.nas):
        [root] = place.rglob("M4ROOT")
        kept = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        assert kept == {path.removeprefix("PRIVATE/M4ROOT/"): data for path, data in tree.items()}
        assert (root / "SUB").is_dir()
        assert (root / "GENERAL").is_dir()


def test_sidecars_and_voice_memos_stay_beside_their_picture_and_take_its_new_name(studio):
    for folder in (100, 101):
        for suffix in ("CR3", "JPG", "WAV", "XMP", "CR3.xmp"):
            studio.put(f"DCIM/{folder}CANON/IMG_0001.{suffix}", f"{folder} {suffix}".encode())
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
    beside: dict[str, set[bytes]] = {}
    for name, data in studio.copies(studio.ssd).items():
        stem = name.rpartition("/")[2].partition(".")[0]
        beside.setdefault(stem, set()).add(data.split()[0])
    assert len(beside) == 2
    assert all(len(folders) == 1 for folders in beside.values())


def test_unknown_kinds_of_files_are_copied_and_left_out_ones_are_named_by_their_rule(studio):
    studio.put("DCIM/100CANON/IMG_0001.XYZ", b"a format of next year")
    studio.put("MISC/AUTPRINT.MRK", b"print order")
    studio.put("notes without a suffix", b"notes")
    studio.put("DCIM/.DS_Store", b"finder")
    studio.put("DCIM/100CANON/._IMG_0001.XYZ", b"finder")
    run = studio.ingest()
    assert (run.level, run.counts) == ("safe", {"files": 5, "proven": 3, "new": 3, "left_out": 2})
    assert run.last["left_out"] == {".DS_Store": 1, "._*": 1}
    assert studio.contents(studio.nas) == sorted([b"a format of next year", b"print order", b"notes"])
    assert "Left out on purpose: 2 files (1 x .DS_Store, 1 x ._*)" in studio.run("check", studio.card).out
