"""The copies of a card are looked at some at a time: what is wrong with any of them, or goes meanwhile, counts."""

import pytest

from ingest.model.cards import Listing
from ingest.session import evidence, reader


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
