"""Cards that fail, change or leave while they are read: all other files are proven, and what is wrong is named."""

import errno
import os
import shutil

import pytest
from studio import EVENING

from ingest.copying.reader import Reader
from ingest.disk.folders import FileOpener
from ingest.session import run
from ingest.session.copy import Copier
from ingest.session.reread import SecondRead

SECOND = b"DCIM/100CANON/IMG_0002.JPG"


@pytest.fixture
def on_open(sabotage):
    """Do something when a card file is opened; gives the function that says what: (path, action)."""
    real, actions = FileOpener.open, {}

    def opening(self, path):
        action = actions.get(path)
        if action:
            action()
        return real(self, path)

    sabotage.setattr(FileOpener, "open", opening)
    return actions


@pytest.fixture
def before_second_read(sabotage):
    """Do something when all was read once, and before anything is read again."""

    def arrange(action):
        real = SecondRead.start
        sabotage.setattr(SecondRead, "start", lambda second: (second._thread is None and action()) or real(second))

    return arrange


def broken():
    raise OSError(errno.EIO, "Input/output error")


def test_an_unreadable_file_in_the_middle_is_named_and_all_others_are_proven(studio, on_open):
    pictures = studio.shoot(5)
    on_open[SECOND] = broken
    answer = studio.ingest()
    assert (answer.code, answer.level) == (3, "do_not_format")
    assert answer.names("unreadable") == [SECOND.decode()]
    assert answer.counts == {"files": 5, "proven": 4, "new": 4, "open": 1, "unreadable": 1}
    del pictures["IMG_0002.JPG"]
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(pictures.values())
    screen = studio.run("check", studio.card)
    assert (screen.code, "IMG_0002.JPG" in screen.out) == (11, True)
    on_open.clear()
    assert (studio.ingest().code, studio.holds_everything()) == (0, True)


def test_a_file_that_can_be_read_at_the_second_try_is_copied(studio, on_open):
    studio.shoot()
    failures = [broken]
    on_open[SECOND] = lambda: failures and failures.pop()()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


def test_a_file_that_fails_in_its_second_read_is_unreadable_although_it_was_copied(
    studio, sabotage, on_open, before_second_read
):
    studio.shoot()
    before_second_read(lambda: on_open.update({SECOND: broken}))
    answer = studio.ingest()
    assert (answer.code, answer.level) == (3, "do_not_format")
    assert answer.names("unreadable") == [SECOND.decode()]
    on_open.clear()
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_a_folder_that_cannot_be_listed_may_hold_photographs(studio, sabotage):
    studio.shoot()
    studio.put("DCIM/101CANON/IMG_0009.JPG", b"nobody can see this")
    real = os.scandir

    def scandir(fd):
        if isinstance(fd, int) and os.readlink(f"/proc/self/fd/{fd}").endswith("/101CANON"):
            broken()
        return real(fd)

    sabotage.setattr("ingest.card.scan.os.scandir", scandir)
    answer = studio.ingest()
    assert (answer.code, answer.level, answer.names("unlistable")) == (3, "do_not_format", ["DCIM/101CANON"])
    assert answer.counts["proven"] == 3
    sabotage.undo()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


@pytest.mark.parametrize("moment", ["looking", "first read", "second read"])
def test_a_card_that_is_pulled_half_way_and_plugged_in_again_becomes_safe(
    studio, sabotage, on_open, before_second_read, moment
):
    studio.shoot(4)
    elsewhere = studio.base / "in a pocket"

    def pull():
        if studio.card.exists():
            studio.card.rename(elsewhere)
        broken()

    if moment == "looking":
        studio.ingest()
    if moment == "second read":
        before_second_read(lambda: on_open.update({SECOND: pull}))
    else:
        on_open[SECOND] = pull
    answer = studio.ingest()
    assert (answer.code, answer.level) == (11, "not_yet")
    assert "card gone" in answer.codes
    assert "Plug the card in again" in answer.last["reasons"][0]["next_step"]
    assert set(studio.copies(studio.ssd).values()) <= {path.read_bytes() for path in elsewhere.rglob("*.JPG")}
    assert studio.leftovers() == []
    sabotage.undo()
    elsewhere.rename(studio.card)
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


@pytest.fixture
def during(sabotage):
    """Do something to the card after it was listed and before it is copied."""

    def arrange(action):
        real = Copier.start
        sabotage.setattr(Copier, "start", lambda *words: action() or real(*words))

    return arrange


def test_a_file_that_appears_meanwhile_is_not_forgotten(studio, during):
    studio.shoot()
    during(lambda: studio.put("DCIM/100CANON/IMG_0009.JPG", b"tethered") and None)
    answer = studio.ingest()
    assert (answer.code, answer.level) == (11, "not_yet")
    assert {"card changed", "not copied"} <= set(answer.codes)
    assert answer.names("not copied") == ["DCIM/100CANON/IMG_0009.JPG"]
    assert (studio.ingest().level, studio.holds_everything()) == ("safe", True)


def test_a_file_that_grows_meanwhile_is_not_taken_for_what_was_listed(studio, during, sabotage):
    studio.shoot()
    grown = studio.card / os.fsdecode(SECOND)

    def grow():
        with grown.open("ab") as file:
            file.write(b"more")

    during(grow)
    answer = studio.ingest()
    assert (answer.code, answer.level) == (11, "not_yet")
    assert answer.names("card changed") == [SECOND.decode()]
    assert len(studio.copies(studio.ssd)) == 2
    sabotage.undo()
    assert (studio.ingest().level, studio.holds_everything()) == ("safe", True)


def test_a_file_that_vanishes_meanwhile_leaves_the_card_not_yet_safe(studio, during, sabotage):
    pictures = studio.shoot()
    during((studio.card / os.fsdecode(SECOND)).unlink)
    answer = studio.ingest()
    assert (answer.code, answer.level, answer.codes) == (11, "not_yet", ["card changed"])
    assert answer.counts == {"files": 2, "proven": 2, "new": 2}
    del pictures["IMG_0002.JPG"]
    assert studio.contents(studio.nas) == sorted(pictures.values())
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_a_file_that_is_rewritten_between_its_two_reads_is_found(studio, sabotage, before_second_read):
    studio.shoot()
    path = studio.card / os.fsdecode(SECOND)
    before_second_read(lambda: path.write_bytes(b"x" * 2000) and None)
    answer = studio.ingest()
    assert (answer.code, answer.level) == (11, "not_yet")
    assert "card changed" in answer.codes
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_an_unknown_error_in_the_middle_gives_no_verdict_and_the_same_command_goes_on(studio, sabotage):
    studio.shoot()
    sabotage.setattr(Reader, "_pump", lambda *_: 1 / 0)
    answer = studio.ingest()
    assert (answer.code, answer.last["type"]) == (1, "error")
    assert studio.ask("SELECT count(*) FROM verdict") == [(0,)]
    sabotage.undo()
    assert (studio.ingest().level, studio.holds_everything()) == ("safe", True)


def test_another_card_of_the_same_name_at_the_same_place_is_not_taken_for_the_first(studio):
    studio.shoot()
    assert studio.ingest().code == 0
    shutil.rmtree(studio.card)
    for number in range(1, 4):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", os.urandom(2000), EVENING)
    assert studio.check().level == "not_yet"
    assert studio.ingest().level == "safe"
    assert len(studio.copies(studio.ssd)) == len(studio.copies(studio.nas)) == 6


def test_a_card_that_is_pulled_before_the_first_file_is_read_is_told_to_be_gone(studio, sabotage):
    studio.shoot()
    away, real = studio.base / "in a pocket", run.PictureCheck
    sabotage.setattr(run, "PictureCheck", lambda session: (studio.card.rename(away), real(session))[1])
    answer = studio.ingest()
    assert (answer.code, answer.level, "card gone" in answer.codes) == (11, "not_yet", True)
    assert studio.leftovers() == []
    away.rename(studio.card)
    sabotage.undo()
    assert studio.ingest().level == "safe"
