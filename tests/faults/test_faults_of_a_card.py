"""A card, or its reader, that fails, lies or changes its mind: what it gave twice is copied, all else is named."""

from pathlib import Path

import pytest
from loops import needs_loops
from nothing_false import is_not_safe, nothing_is_false, photographs, sample, the_same_command_makes_it_safe
from rigs import faulty_file_system, hostile_card, needs_fuse
from studio import tree_of

from ingest.session.reread import SecondRead

pytestmark = [pytest.mark.root, needs_loops, needs_fuse]

SAMPLES = Path(__file__).resolve().parents[2] / "sample_cards"
SECOND = "IMG_0002.JPG"
SECOND_PATH = f"DCIM/100CANON/{SECOND}"


def on_a_card(studio, card, **words):
    """Photographs on the card's medium; nothing of it is in memory."""
    pictures = photographs(studio, **words)
    card.plug_in_again()
    return pictures


@pytest.mark.parametrize("action", ["flip", "zero"])
def test_wrong_bytes_that_the_card_gives_once_are_found_by_the_second_read(studio, bad_card, action):
    """F052. The first read alone was wrong, and every copy equals it: nothing but a second read finds that."""
    pictures = on_a_card(studio, bad_card)
    bad_card.fail("read", action, holds=sample(pictures[SECOND]), times=1)
    answer = studio.ingest()
    assert bad_card.fired() == 1
    assert (answer.code, answer.level) == (0, "safe")
    [warning] = [event for event in answer.events("warned") if event["code"] == "copied again"]
    assert warning["paths"] == [SECOND_PATH]
    nothing_is_false(studio, pictures)
    assert studio.holds_everything()
    assert len(studio.suspects(studio.ssd)) == len(studio.suspects(studio.nas)) == 1


def test_wrong_bytes_in_the_second_read_of_the_card_cost_one_more_read_and_a_warning(studio, bad_card):
    """F052. The copies were right all along; the card or its reader is told to be unsteady."""
    pictures = on_a_card(studio, bad_card)
    bad_card.fail("read", "flip", holds=sample(pictures[SECOND]), nth=2)
    answer = studio.ingest()
    assert bad_card.fired() == 1
    assert (answer.code, answer.level) == (0, "safe")
    assert [event["paths"] for event in answer.events("warned") if event["code"] == "unsteady card"] == [[SECOND_PATH]]
    bad_card.repair()
    nothing_is_false(studio, pictures)
    assert studio.holds_everything()


def test_a_photograph_that_the_medium_does_not_give_is_named_and_all_others_are_proven(studio, bad_card):
    """F048. EIO of the device in the middle of one file."""
    pictures = on_a_card(studio, bad_card)
    bad_card.fail("read", "errno:EIO", holds=sample(pictures[SECOND]))
    answer = studio.ingest()
    assert bad_card.fired() >= 1
    is_not_safe(answer, "do_not_format")
    assert answer.names("unreadable") == [SECOND_PATH]
    assert answer.counts["proven"] == 3
    assert len(studio.copies(studio.ssd)) == len(studio.copies(studio.nas)) == 3
    bad_card.repair()
    bad_card.plug_in_again()
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


def test_a_folder_whose_listing_fails_may_hold_photographs(studio, faulty_card):
    """F049. All files that could be seen were copied; that proves nothing of those in that folder."""
    pictures = photographs(studio)
    pictures["IMG_0009.JPG"] = b"nobody can see this"
    studio.put("DCIM/101CANON/IMG_0009.JPG", pictures["IMG_0009.JPG"])
    faulty_card.fail("readdir", "errno:EIO", path="/DCIM/101CANON")
    answer = studio.ingest()
    assert faulty_card.fired() >= 1
    is_not_safe(answer, "do_not_format")
    assert answer.names("unlistable") == ["DCIM/101CANON"]
    assert answer.counts["proven"] == 4
    faulty_card.repair()
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("moment", ["before the first read", "before the second read"])
def test_a_card_that_answers_no_more_is_not_safe_and_plugged_in_again_becomes_so(studio, bad_card, sabotage, moment):
    """F050. Every read of its device fails from then on."""
    pictures = on_a_card(studio, bad_card, size=2 << 20)
    if moment == "before the first read":
        bad_card.fail("read", "errno:EIO", size_min=64 << 10)
    else:
        real = SecondRead.start
        sabotage.setattr(SecondRead, "start", lambda second: (bad_card.tell("gone"), real(second))[1])
    answer = studio.ingest()
    assert (answer.level in ("not_yet", "do_not_format"), answer.code != 0) == (True, True)
    assert {"unreadable", "card gone", "unlistable"} & set(answer.codes)
    sabotage.undo()
    bad_card.repair()
    bad_card.plug_in_again()
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


def test_a_file_that_ends_before_the_size_that_was_listed_is_not_copied_as_it_is(studio, faulty_card):
    """F056. A reader that gives fewer bytes and then says "end": size and listing differ."""
    pictures = photographs(studio)
    faulty_card.fail("read", "short:4096", path=f"*/{SECOND}", off_max=1 << 30, times=1000)
    answer = studio.ingest()
    assert faulty_card.fired() >= 1
    assert (answer.level in ("not_yet", "do_not_format"), answer.code != 0) == (True, True), answer.out
    assert {SECOND_PATH} == {path for reason in answer.last["reasons"] for path in reason["paths"]}
    assert pictures[SECOND] not in studio.contents(studio.ssd)
    assert answer.counts["proven"] == 3
    faulty_card.repair()
    faulty_card.mnt.joinpath("remember").touch()  # the kernel asks for sizes again
    faulty_card.mnt.joinpath("remember").unlink()
    the_same_command_makes_it_safe(studio, pictures)


def test_a_card_whose_later_pictures_are_zeros_is_warned_of_by_name_with_every_verdict(studio, parsers):
    """F059. A card that claims more room than it has: the copies equal it, and the pictures are gone."""
    good = (SAMPLES / "canon/DCIM/101CANON/IMG_0001.JPG").read_bytes()
    pictures = {"IMG_0001.JPG": good, "IMG_0002.JPG": bytes(len(good)), "IMG_0003.JPG": good[:4096] + bytes(len(good))}
    for name, data in pictures.items():
        studio.put(f"DCIM/100CANON/{name}", data)
    answer = studio.ingest()
    warned = {path for event in answer.events("warned") for path in event["paths"]}
    assert warned == {"DCIM/100CANON/IMG_0002.JPG", "DCIM/100CANON/IMG_0003.JPG"}
    assert all("look at it while the card still exists" in event["text"] for event in answer.events("warned"))
    again = studio.check()
    assert sum("already damaged on the card" in note for note in again.last["notes"]) >= 1
    nothing_is_false(studio, pictures)


def test_a_write_protected_card_is_read_and_nothing_else(studio, bad_card):
    """F060, F062. Mounted read-only, as a locked card is: SAFE, and not a byte of its medium changed."""
    pictures = photographs(studio)
    bad_card.disk.unmount()
    bad_card.disk.mount("ro,noload")
    medium = bad_card.image.read_bytes()
    before = tree_of(studio.card)
    the_same_command_makes_it_safe(studio, pictures)
    assert tree_of(studio.card) == before
    assert bad_card.image.read_bytes() == medium


def test_a_card_that_no_file_can_be_mapped_of_is_copied_and_called_read_once(studio, tmp_path):
    """F062. As cameras are mounted that speak PTP: it cannot be known whether a second read came from memory."""
    with faulty_file_system(tmp_path / "camera", "direct_io") as camera:
        studio.configure(card=camera.mnt)
        pictures = photographs(studio)
        answer = studio.ingest()
        is_not_safe(answer)
        assert answer.codes == ["read once"]
        nothing_is_false(studio, pictures)
        studio.configure(reads=1)
        the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("names", [("../../evil",), ("IMG_0001.JPG", "a/b"), ("..evil/../x",)])
def test_a_card_whose_listing_holds_a_path_instead_of_a_name_is_not_safe_and_nothing_leaves_its_root(
    studio, tmp_path, names
):
    """F076. The kernel answers EIO for the whole listing; whatever was seen is kept, the folder may hold more."""
    with hostile_card(tmp_path / "hostile", *names) as card:
        studio.configure(card=card)
        answer = studio.ingest()
        is_not_safe(answer, "do_not_format")
        assert answer.names("unlistable") == ["DCIM"]
    assert not list(studio.base.rglob("*evil*"))
    assert {data for place in (studio.ssd, studio.nas) for data in studio.copies(place).values()} <= {b"hello"}
