"""What a session told becomes one picture."""

from ingest.events import (
    CardFound,
    DestinationProblem,
    DestinationReady,
    Phase,
    PlanMade,
    Progressed,
    Queued,
    StartEditing,
    Warned,
)
from ingest.stream.store import SessionRow, Told
from ingest.web.scene import fold

CARD = CardFound("EOSR5_A", "9C33-6BBD", 64_000_000_000, "exfat", b"/media/A", 3, 3000)
ROW = SessionRow(7, "ingest", 100, 1.0, 10.0, None, None)


def told(*events):
    """As the recorder writes them, a second apart; a pair is (type, body)."""
    pairs = [(e.to_json()["type"], e.to_json()) if not isinstance(e, tuple) else e for e in events]
    return [Told(number, 7, 10.0 + number, kind, body) for number, (kind, body) in enumerate(pairs, 1)]


def scene(*events, alive=True, row=ROW):
    return fold(row, told(*events), alive=alive)


BEGUN = (
    CARD,
    DestinationReady("ssd", "ssd", b"/ssd", 10**12, ("sda",)),
    DestinationReady("nas", "nas", b"/nas", 10**12, ("nas",)),
    PlanMade(2, 2000, 1, 0, 0, {}, ()),
    Phase("copying", 2000, {"ssd": 2000, "nas": 2000}, 2, {"ssd": 2, "nas": 2}),
)


def verdict(level="safe", at=20.0):
    card = {"label": CARD.label, "uuid": CARD.uuid, "size": CARD.size, "root": "/media/A"}
    return "verdict", {"level": level, "at": at, "card": card, "fingerprint": "aa"}


def test_a_session_that_told_nothing_yet_looks_at_the_card():
    empty = scene()
    assert (empty.card, empty.key, empty.stage, empty.lanes) == (None, None, "Looking at the card", ())
    assert empty.is_working


def test_each_destination_is_told_in_numbers_that_never_pass_their_totals():
    step = Progressed(
        1500,
        {"ssd": 2000, "nas": 1000},
        {"ssd": 2000, "nas": 9999},
        {"ssd": 2, "nas": 0},
        done=("ssd",),
        rate={"nas": 50.0},
        left_by={"nas": 20.0},
        left=20.0,
        percent=70,
    )
    now = scene(*BEGUN, step)
    assert [(lane.name, lane.state, lane.proven, lane.total) for lane in now.lanes] == [
        ("ssd", "done", 2000, 2000),
        ("nas", "copying", 2000, 2000),
    ]
    assert (now.stage, now.percent, now.left, now.lanes[1].rate) == ("Copying and proving", 70, 20.0, 50.0)


def test_what_was_copied_is_still_told_while_the_card_is_read_again():
    step = Progressed(2000, {"ssd": 2000}, {"ssd": 2000}, done=("ssd",))
    now = scene(*BEGUN, step, Phase("reading again", 2000), Progressed(500))
    assert (now.stage, now.read, now.total) == ("Reading the card a second time", 500, 2000)
    assert now.lanes[0].state == "done"


def test_a_destination_that_fails_is_told_with_its_reason_and_one_that_was_never_admitted_too():
    now = scene(*BEGUN, DestinationProblem("nas", "it does not answer", "Wake it"), DestinationProblem("hdd", "away"))
    assert [(lane.name, lane.state, lane.problem) for lane in now.lanes] == [
        ("ssd", "copying", ""),
        ("nas", "problem", "it does not answer"),
        ("hdd", "problem", "away"),
    ]


def test_a_warning_is_told_once_however_often_it_came():
    assert scene(*BEGUN, Warned("x", "One."), Warned("x", "One."), Warned("y", "Two.")).warnings == ("One.", "Two.")


def test_a_verdict_ends_the_work_and_what_comes_behind_it_is_kept():
    now = scene(*BEGUN, StartEditing(("ssd",)), verdict(), Queued("archive", 2, 2000))
    assert not now.is_working
    assert (now.verdict["level"], now.verdict_at, now.moment, now.queued["files"]) == ("safe", 20.0, 20.0, 2)
    assert now.start_editing == 16.0
    assert now.phase == ""


def test_a_session_whose_process_is_gone_without_a_word_was_cut():
    now = scene(*BEGUN, Progressed(500, percent=20), alive=False)
    assert now.was_cut
    assert not now.is_working
    assert (now.phase, now.percent) == ("", None)


def test_a_session_that_ended_with_an_error_was_not_cut():
    row = SessionRow(7, "ingest", 100, 1.0, 10.0, 15.0, 11)
    body = {"exit": 11, "message": "The card is no longer there", "hint": "Plug it in again"}
    now = scene(*BEGUN, ("error", body), alive=False, row=row)
    assert not now.was_cut
    assert now.error["message"] == "The card is no longer there"


def test_an_event_that_a_newer_version_tells_changes_nothing():
    assert scene(*BEGUN, ("something_new", {"x": 1})).lanes == scene(*BEGUN).lanes


def test_a_card_without_a_name_is_one_card_for_event_and_verdict():
    unnamed = CardFound("card", "", 5, "exfat", b"/media/A", 3, 3000)
    body = verdict()[1] | {"card": {"label": "", "uuid": "", "size": 5, "root": "/media/A"}}
    assert scene(unnamed).key == scene(("verdict", body)).key
