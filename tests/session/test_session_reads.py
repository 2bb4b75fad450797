"""Wrong answers: of the card in the first or the second read, of a destination when it is read back."""

import os
import secrets
import signal
import sqlite3
from dataclasses import replace

import pytest

from ingest.copying import proving
from ingest.model.copies import Method
from ingest.session import reread, run

SECOND = "DCIM/100CANON/IMG_0002.JPG"
REAL = reread.second_read
WRONG = b"wrong bytes of 16"[:16]


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch):
    """The ledger is asked for the first reads of so many files at a time."""
    monkeypatch.setattr(reread, "_AT_ONCE", 2)


@pytest.fixture
def second_reads(sabotage):
    """Change what reading IMG_0002 again answers; takes a function of (number of the call, answer)."""

    def arrange(change):
        real, calls = reread.second_read, []

        def second_read(opener, file, *rest):
            answer = real(opener, file, *rest)
            if file.path != SECOND.encode():
                return answer
            calls.append(file)
            return replace(answer, read=change(len(calls), answer.read))

        sabotage.setattr(reread, "second_read", second_read)

    return arrange


@pytest.fixture
def first_reads(sabotage):
    """Flip a bit of IMG_0002 in the first `times` reads that feed the copies."""

    def arrange(times=1):
        real, left = os.readv, [times]

        def readv(fd, buffers):
            count = real(fd, buffers)
            if count and left[0] > 0 and os.readlink(f"/proc/self/fd/{fd}").endswith("CARD/" + SECOND):
                left[0] -= 1
                buffers[0][0] ^= 1
            return count

        sabotage.setattr(os, "readv", readv)

    return arrange


@pytest.fixture
def read_backs(sabotage, in_threads):
    """Let the next `times` read-backs of new copies at these destinations come with other bytes."""

    def arrange(places, times=1000):
        real, left = proving.read_back, dict.fromkeys(places, times)

        def read_back(place, folder_fd, name, buffer, sinks):
            if left.get(place.name, 0) > 0:
                left[place.name] -= 1
                for sink in sinks:
                    sink(memoryview(b"a flipped bit"))
            return real(place, folder_fd, name, buffer, sinks)

        sabotage.setattr(proving, "read_back", read_back)

    return arrange


def test_a_second_read_that_is_wrong_once_is_asked_again_and_the_card_is_called_unsteady(studio, second_reads):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    [warning] = run.events("warned")
    assert (warning["code"], warning["paths"]) == ("unsteady card", [SECOND])
    [caution] = run.last["cautions"]
    assert (caution["code"], caution["paths"]) == ("unsteady card", [SECOND])
    assert caution["text"] in run.last["notes"]
    assert studio.ask("SELECT count(*) FROM source_read WHERE path = ?", SECOND.encode()) == [(3,)]
    assert studio.holds_everything()


def test_reads_that_never_agree_mean_do_not_format(studio, second_reads, sabotage):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=secrets.token_bytes(16)))
    run = studio.ingest()
    assert (run.code, run.level) == (10, "do_not_format")
    assert run.names("reads disagree") == [SECOND]
    assert run.counts["proven"] == 2
    assert studio.check().level != "safe"
    sabotage.undo()
    assert (studio.ingest().level, studio.holds_everything()) == ("safe", True)


def test_wrong_bytes_in_the_first_read_are_found_set_aside_and_copied_again(studio, first_reads):
    studio.configure(extra='[cloud]\nkind = "b2"\nbucket = "archive"\n')
    pictures = studio.shoot()
    first_reads()
    run = studio.ingest("--shoot", "Wedding")
    assert (run.code, run.level) == (0, "safe")
    assert studio.holds_everything()
    wrong = bytes([pictures["IMG_0002.JPG"][0] ^ 1]) + pictures["IMG_0002.JPG"][1:]
    assert studio.suspects(studio.ssd) == studio.suspects(studio.nas) == [wrong]
    for place in (studio.ssd, studio.nas):
        assert studio.copy_of(place, "IMG_0002.JPG").read_bytes() == pictures["IMG_0002.JPG"]
    [warning] = [event for event in run.events("warned") if event["code"] == "copied again"]
    assert warning["paths"] == [SECOND]
    assert run.counts == {"files": 3, "proven": 3, "new": 3}
    assert (studio.check().level, studio.leftovers()) == ("safe", [])


def test_the_wrong_bytes_of_a_first_read_are_in_no_shoot_no_upload_and_no_restore(studio, first_reads):
    studio.configure(extra='[cloud]\nkind = "b2"\nbucket = "archive"\n')
    studio.shoot()
    first_reads()
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    shoot = studio.run("status", "--json").events("shoot")[0]
    assert (shoot["files"], [place["proven"] for place in shoot["places"]]) == (3, [3, 3])
    keys = [key for (key,) in studio.ask("SELECT key FROM upload_job ORDER BY key")]
    assert [key.rpartition("/")[2] for key in keys] == ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG"]
    (studio.base / "back").mkdir()
    restored = studio.run("restore", "Wedding", "--to", studio.base / "back", "--json")
    assert (restored.code, restored.last["restored"], restored.last["failed"]) == (0, 3, {})
    assert sorted(path.read_bytes() for path in (studio.base / "back").rglob("*.JPG")) == studio.on_card()
    assert studio.run("verify", "--json").code == 0
    assert studio.run("repair", "--dry-run", "--json").last["copies"] == 0


def test_a_first_read_that_stays_wrong_is_never_safe_and_leaves_no_wrong_bytes_under_a_final_name(studio, first_reads):
    pictures = studio.shoot()
    first_reads(times=100)
    run = studio.ingest()
    assert (run.code, run.level) == (10, "do_not_format")
    assert run.names("reads disagree") == [SECOND]
    del pictures["IMG_0002.JPG"]
    assert run.counts["proven"] == 2
    assert set(pictures.values()) <= set(studio.contents(studio.ssd))


@pytest.mark.parametrize("places", [["nas"], ["ssd", "nas"]])
def test_a_copy_that_keeps_coming_back_with_other_bytes_means_do_not_format(studio, read_backs, places):
    studio.shoot()
    read_backs(places)
    run = studio.ingest()
    assert (run.code, run.level) == (14, "do_not_format")
    assert len(run.names("mismatch")) == 3
    assert studio.copies(studio.nas) == {}
    assert studio.contents(studio.ssd) == ([] if "ssd" in places else studio.on_card())
    assert studio.leftovers() == []
    assert studio.check().level != "safe"


def test_a_copy_that_came_back_wrong_once_is_made_again(studio, read_backs):
    studio.shoot()
    read_backs(["nas"], times=1)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_destination_whose_cache_always_answers_proves_nothing(studio, sabotage):
    studio.shoot()
    real = proving.read_around_cache

    def cached(fd, sinks, buffer, ceiling):
        answer = real(fd, sinks, buffer, ceiling)
        return replace(answer, method=Method.CACHED) if "/nas/" in os.readlink(f"/proc/self/fd/{fd}") else answer

    sabotage.setattr(proving, "read_around_cache", cached)
    run = studio.ingest()
    assert (run.code, run.level) == (11, "not_yet")
    assert len(run.names("unproven")) == 3
    sabotage.undo()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


def test_a_second_read_that_came_from_the_cache_counts_as_none(studio, second_reads):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, method=Method.CACHED))
    run = studio.ingest()
    assert (run.code, run.level) == (11, "not_yet")
    assert run.names("read once") == [SECOND]


def test_one_read_is_enough_where_the_settings_say_so_and_the_verdict_tells_it(studio, sabotage):
    studio.configure(reads=1)
    studio.shoot()
    sabotage.setattr(reread, "second_read", lambda *_: pytest.fail("it was read again"))
    screen = studio.run("ingest", studio.card)
    assert screen.code == 0
    assert "SAFE TO FORMAT" in screen.out
    assert "the card was read once only, as set" in screen.out


@pytest.fixture
def plugged_in(sabotage):
    """What the card is in."""
    for module in ("scene", "reread", "check"):
        sabotage.setattr(f"ingest.session.{module}.reader_of", lambda volume: "Generic USB3.0 CRW (/dev/sdb1)")


def unsteady(run):
    return [caution["text"] for caution in run.last["cautions"] if caution["code"] == "unsteady card"]


def test_a_card_whose_reads_disagreed_is_named_with_its_reader_now_and_from_then_on(
    studio, second_reads, sabotage, plugged_in
):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
    [text] = unsteady(studio.ingest())
    assert text.startswith("IMG_0002.JPG came back differently on two reads (card CARD")
    assert "reader Generic USB3.0 CRW (/dev/sdb1), 20" in text
    assert "two reads agree and the proven copies equal them. Try another reader or cable" in text
    assert "do not trust this card with the next job" in text
    sabotage.undo()  # it was in that reader then
    assert (unsteady(studio.check()), studio.check().level) == ([text], "safe")
    assert text in studio.run("check", studio.card).out
    [card] = studio.run("cards", "--json").events("card")
    assert (card["unsteady"], card["reader"], card["level"]) == (1, "Generic USB3.0 CRW (/dev/sdb1)", "safe")
    listed = " ".join(studio.run("cards").out.split())
    assert "two reads disagreed (Generic USB3.0 CRW (/dev/sdb1)). Do not trust it with the next job" in listed


def test_it_is_still_told_when_the_card_was_formatted_and_used_again(studio, second_reads, sabotage):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
    studio.ingest()
    for picture in (studio.card / "DCIM/100CANON").iterdir():
        picture.unlink()
    studio.put("DCIM/100CANON/IMG_0100.JPG", b"the next job")
    run = studio.ingest()
    assert (run.level, len(unsteady(run))) == ("safe", 1)
    assert "sessions by now" not in unsteady(run)[0]
    sabotage.undo()
    studio.put("DCIM/100CANON/IMG_0002.JPG", b"the job after that")
    second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
    assert "Reads of this card disagreed in 2 sessions by now." in unsteady(studio.ingest())[0]


@pytest.mark.parametrize(("reader", "is_blamed"), [("Generic USB3.0 CRW (/dev/sdb1)", True), ("/media/EOS", False)])
def test_a_reader_that_did_it_with_another_card_is_blamed_and_a_path_is_not(
    studio, second_reads, sabotage, reader, is_blamed
):
    sabotage.setattr("ingest.session.reread.reader_of", lambda volume: reader)
    for name in ("A", "B"):
        studio.card = studio.base / name
        studio.shoot(size=2000 + ord(name))
        sabotage.setattr(reread, "second_read", REAL)
        second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
        [text] = unsteady(studio.ingest())
    assert ("The same reader did it with another card too" in text) is is_blamed


def test_a_wrong_first_read_that_was_copied_again_is_told_as_well(studio, first_reads):
    studio.shoot()
    first_reads()
    run = studio.ingest()
    assert run.level == "safe"
    assert "two reads agree and the proven copies equal them" in unsteady(run)[0]


def test_where_no_two_reads_agree_the_verdict_names_card_and_reader_and_after_five_reads_no_more_are_made(
    studio, second_reads, plugged_in
):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=secrets.token_bytes(16)))
    run = studio.ingest()
    [reason] = [reason for reason in run.last["reasons"] if reason["code"] == "reads disagree"]
    assert "(card CARD" in reason["text"]
    assert "reader Generic USB3.0 CRW (/dev/sdb1))" in reason["text"]
    assert "it is not settled yet which bytes are right" in unsteady(run)[0]
    assert studio.ask("SELECT reads FROM unsteady_read") == [(5,)]


def test_a_card_whose_reads_agree_is_trusted(studio):
    studio.shoot()
    run = studio.ingest()
    assert (unsteady(run), studio.ask("SELECT * FROM unsteady_read")) == ([], [])
    assert run.last["card"]["reader"]
    assert "disagreed" not in studio.run("cards").out


def test_what_was_seen_of_a_card_cannot_be_forgotten(studio, second_reads):
    studio.shoot()
    second_reads(lambda nth, read: replace(read, xxh128=WRONG) if nth == 1 else read)
    studio.ingest()
    for question in ("DELETE FROM unsteady_read", "UPDATE unsteady_read SET reads = 2"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            studio.ask(question)


def test_wrong_bytes_in_the_first_read_end_in_an_answer_when_no_destination_is_left(studio, first_reads):
    studio.shoot()
    first_reads()

    def sabotage():
        real = run.read_again

        def read_again(session, second):
            wrong = real(session, second)
            session.absent.update(dict.fromkeys(session.place_ids, "gone"))
            return wrong

        run.read_again = read_again
        signal.alarm(60)  # an end, should there be no other

    answer = studio.run_apart(sabotage, "ingest", studio.card, "--json")
    assert (answer.code, answer.level) == (13, "do_not_format")
    assert answer.names("reads disagree") == [SECOND]
