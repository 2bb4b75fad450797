"""Names, times and trees as cards may hold them, on destinations that are pickier than the card."""

import os
import subprocess
import unicodedata

import pytest
from loops import loop_disk, needs_loops
from nothing_false import photographs
from rigs import needs_fuse
from studio import EVENING

from ingest.card.scan import scan
from ingest.disk.folders import FileOpener

FOLDER = b"DCIM/100CANON/"
PICKY = {
    "differs by case": b"img_0001.jpg",
    "composed": unicodedata.normalize("NFC", "Müller é.JPG").encode(),
    "decomposed": unicodedata.normalize("NFD", "Müller é.JPG").encode(),
    "a colon and a question mark": b"a:b?.JPG",
    "a trailing dot": b"IMG_0003.JPG.",
    "a trailing space": b"IMG_0004.JPG ",
    "the name of a device": b"CON.JPG",
    "no UTF-8": b"IMG_\xff\xfe.JPG",
    "a line break and a bell": b"IMG\n\x07.JPG",
    "255 bytes": b"x" * 251 + b".JPG",
}


LAST = 2**63 - 1  # ns, in the year 2262: what a ledger can hold


@pytest.mark.root
@needs_loops
@needs_fuse
def test_every_name_finds_a_place_on_a_file_system_that_refuses_half_of_them(studio, tmp_path):
    """F065, F066, F070, F072, F073. exFAT ignores case and refuses `:`, control characters and what is no UTF-8."""
    with loop_disk(tmp_path / "disks", 48, "exfat-fuse") as disk:
        studio.configure(nas=disk.mnt)
        studio.put(FOLDER + b"IMG_0001.JPG", b"the first")
        for what, name in PICKY.items():
            studio.put(FOLDER + name, what.encode())
        answer = studio.ingest()
        assert answer.level == "not_yet"
        assert answer.codes == ["unprovable"] or set(answer.codes) == {"unprovable", "too few copies"}
        expected = sorted([b"the first", *(what.encode() for what in PICKY)])
        assert studio.contents(studio.nas) == studio.contents(studio.ssd) == expected
        assert sorted(studio.copies(studio.nas)) == sorted(studio.copies(studio.ssd))  # one name at all places
        known = {bytes(path) for (path,) in studio.ask("SELECT path FROM card_file")}
        assert known == {FOLDER + b"IMG_0001.JPG", *(FOLDER + name for name in PICKY.values())}


@pytest.mark.parametrize(
    "seconds",
    [0, -86_400, 4_354_819_198, 16_725_225_600],
    ids=["1970", "1969", "2107", "2500"],
)
def test_a_photograph_of_any_time_is_copied_with_it(studio, seconds):
    """F078. A camera whose clock was never set, or is far ahead."""
    studio.put("DCIM/100CANON/IMG_0001.JPG", b"when was that?", seconds * 10**9)
    studio.put("DCIM/100CANON/IMG_0002.JPG", b"this evening", EVENING)
    answer = studio.ingest()
    assert (answer.code, answer.level) == (0, "safe"), answer.out + answer.err
    on_card = os.stat(studio.card / "DCIM/100CANON/IMG_0001.JPG").st_mtime_ns
    for place in (studio.ssd, studio.nas):
        assert studio.copy_of(place, "IMG_0001.JPG").stat().st_mtime_ns == min(on_card, LAST)
    assert studio.holds_everything()
    assert studio.check().level == "safe"
    assert studio.run("status").code == 0


@pytest.fixture
def depths(studio):
    """A thousand folders within one another, and a photograph in the last; gives its path."""
    path, fd = "", os.open(studio.card, os.O_RDONLY)
    for level in range(1000):
        name = f"deep{level:04}"
        os.mkdir(name, dir_fd=fd)
        inner = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        path, fd = f"{path}{name}/", inner
    with os.fdopen(os.open("IMG_0009.JPG", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd), "wb") as file:
        file.write(b"from the deep")
    os.close(fd)
    yield f"{path}IMG_0009.JPG"
    subprocess.run(["rm", "-rf", studio.card, studio.ssd, studio.nas], check=True)


def test_a_photograph_a_thousand_folders_deep_is_copied(studio, depths):
    """F073, F077. Its path is longer than any call takes at once, and deeper than Python calls."""
    pictures = photographs(studio, count=2, size=1000)
    answer = studio.ingest()
    assert (answer.code, answer.level, answer.counts["proven"]) == (0, "safe", 3), answer.out[-2000:]
    assert len(depths) > 4096
    for place in (studio.ssd, studio.nas):
        assert sorted(contents_of(place)) == sorted([*pictures.values(), b"from the deep"])
    assert studio.check().level == "safe"


def contents_of(place):
    """Of the copies, however deep: no path is given to the system as a whole."""
    root = os.fsencode(place)
    with FileOpener(root) as opener:
        for file in scan(root).files:
            if not {b".safelight", b"ascmhl"} & set(file.path.split(b"/")):
                with open(opener.open(file.path), "rb") as copy:
                    yield copy.read()
