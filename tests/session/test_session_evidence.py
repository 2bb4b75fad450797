"""The copies of a card are looked at some at a time: what is wrong with any of them, or goes meanwhile, counts."""

import os

import pytest

from ingest.disk.fs_rules import FsRules
from ingest.model.cards import Listing
from ingest.session import evidence, judge, reader


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch):
    monkeypatch.setattr(evidence, "_AT_ONCE", 2)


def test_a_card_of_many_pages_is_safe_when_every_page_is(studio):
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    assert studio.check().level == "safe"
    assert studio.check().counts["proven"] == 5


@pytest.mark.parametrize("number", range(1, 6))
def test_one_copy_that_is_gone_is_found_on_whichever_page_it_is(studio, number):
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.nas, f"IMG_{number:04}.JPG").unlink()
    answer = studio.check()
    assert (answer.level, answer.counts["proven"]) == ("not_yet", 4)
    assert answer.names("unproven") == [f"DCIM/100CANON/IMG_{number:04}.JPG"]


@pytest.fixture
def last_look(sabotage):
    """Do something to the destinations just before the copies are looked at for the verdict."""

    def arrange(change):
        real = judge.gather

        def gather(*words):
            change()
            return real(*words)

        sabotage.setattr(judge, "gather", gather)

    return arrange


def states(studio, name):
    """Copy states of one picture, by destination."""
    return dict(
        studio.ask(
            "SELECT d.name, c.state FROM copy c JOIN destination d ON d.id = c.destination_id WHERE c.display LIKE ?",
            f"%{name}",
        )
    )


def test_a_copy_that_the_last_look_finds_gone_is_lost_in_the_ledger_too(studio, last_look, sabotage):
    studio.shoot(4)
    last_look(lambda: studio.copy_of(studio.nas, "IMG_0003.JPG").unlink())
    run = studio.ingest()
    assert (run.level, run.names("unproven")) == ("not_yet", ["DCIM/100CANON/IMG_0003.JPG"])
    assert states(studio, "IMG_0003.JPG") == {"ssd": "proven", "nas": "lost"}
    [shoot] = studio.run("status", "--json").events("shoot")
    assert {place["name"]: (place["proven"], place["missing"]) for place in shoot["places"]} == {
        "ssd": (4, 0),
        "nas": (3, 1),
    }
    sabotage.undo()
    assert (studio.ingest().level, studio.holds_everything()) == ("safe", True)
    assert studio.run("ledger", "check", "--json").code == 0


@pytest.mark.parametrize("harm", ["longer", "other time"])
def test_a_copy_that_the_last_look_finds_changed_is_suspect_until_it_is_read_again(studio, last_look, harm):
    studio.shoot(4)

    def change():
        path = studio.copy_of(studio.nas, "IMG_0003.JPG")
        data, at = path.read_bytes(), path.stat().st_mtime
        path.write_bytes(data + b"x" * (harm == "longer"))
        os.utime(path, (at, at + 60 * (harm == "other time")))

    last_look(change)
    assert studio.ingest().level == "not_yet"
    assert states(studio, "IMG_0003.JPG") == {"ssd": "proven", "nas": "suspect"}
    assert studio.run("verify", "--json").code == (18 if harm == "longer" else 0)
    assert states(studio, "IMG_0003.JPG")["nas"] == ("suspect" if harm == "longer" else "proven")


def test_copies_of_a_destination_that_is_away_at_the_last_look_stay_what_they_are(studio, last_look):
    studio.shoot(2)
    last_look(lambda: studio.nas.rename(studio.base / "unplugged"))
    assert studio.ingest().level == "not_yet"
    assert states(studio, "IMG_0001.JPG") == {"ssd": "proven", "nas": "proven"}


def test_check_writes_nothing_of_what_it_finds(studio):
    studio.shoot(2)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.nas, "IMG_0001.JPG").unlink()
    assert studio.check().level == "not_yet"
    assert states(studio, "IMG_0001.JPG") == {"ssd": "proven", "nas": "proven"}


def test_a_card_that_cannot_be_read_around_the_cache_is_not_sent_to_be_read_again(studio, sabotage):
    """On FUSE no second read counts, however often the command is run: what would help is said instead."""
    studio.shoot(2)
    sabotage.setattr(reader, "rules_for", lambda _: FsRules())
    run = studio.ingest()
    [reason] = [each for each in run.last["reasons"] if each["code"] == "read once"]
    assert (run.level, studio.check().last["reasons"]) == ("not_yet", run.last["reasons"])
    assert "reads the card again" not in reason["next_step"]
    assert "kernel's own driver" in reason["next_step"]
    assert "reads = 1" in reason["next_step"]
    studio.configure(reads=1)
    assert studio.ingest().level == "safe"


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_destination_that_goes_while_its_copies_are_looked_at_counts_for_nothing(studio, sabotage, call):
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    real, calls = evidence.begin_look, []

    def begin_look(*words):
        calls.append(words)
        if len(calls) == call:
            studio.nas.rename(studio.base / "unplugged")
        return real(*words)

    sabotage.setattr(evidence, "begin_look", begin_look)
    answer = studio.check()
    assert answer.level == "not_yet"
    assert any("nas" in reason["text"] for reason in answer.last["reasons"])


@pytest.mark.parametrize("number", range(5))
def test_a_name_that_a_damaged_card_lists_twice_is_proven_once_on_whichever_page_it_is(studio, sabotage, number):
    studio.shoot(5)
    assert studio.ingest().level == "safe"
    scan = reader.scan

    def listed_twice(root):
        files = scan(root).files
        return Listing((*files[: number + 1], *files[number:]))

    sabotage.setattr(reader, "scan", listed_twice)
    answer = studio.check()
    assert (answer.level, answer.counts["proven"], answer.counts["files"]) == ("not_yet", 5, 6)
    assert answer.names("not copied") == [f"DCIM/100CANON/IMG_{number + 1:04}.JPG"]
