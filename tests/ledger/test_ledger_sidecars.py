"""What the writing of sidecars asks: what a card holds here, what is new on it, and whose a sidecar beside it is."""

from ingest.ledger.places import remember_card
from ingest.ledger.runs import end_run, open_run
from ingest.ledger.sidecars import (
    CardCopy,
    card_copies,
    last_before_the_newest,
    recorded_sidecars,
    travelled_sidecars,
)
from ingest.model.cards import CardIdentity
from ingest.model.copies import Method


def another_run(desk, card=None, *, command="ingest"):
    desk.run = open_run(desk.db, card, 2.0, "b", command)
    return desk.run


def test_the_files_of_a_card_that_a_session_saw_are_told_with_their_copies_at_one_place(desk):
    first = desk.run
    desk.write(1, b"M/b")
    desk.write(2, b"M/a", ["nas"])
    desk.write(3, b"M/c", ["ssd"], method=Method.CACHED)
    desk.write(4, b"M/d", matched=False)
    desk.write(5, b"M/e")
    desk.lose(5, "ssd")
    assert list(card_copies(desk.db, desk.card, first, "ssd")) == [
        CardCopy(b"DCIM/M/a", first, b""), CardCopy(b"DCIM/M/b", first, b"M/b"), CardCopy(b"DCIM/M/c", first, b"M/c"),
        CardCopy(b"DCIM/M/d", first, b""), CardCopy(b"DCIM/M/e", first, b""),
    ]  # fmt: skip
    second = another_run(desk, desk.card)
    desk.write(1, b"M/b")
    assert list(card_copies(desk.db, desk.card, second, "ssd")) == [CardCopy(b"DCIM/M/b", first, b"M/b")]
    other = remember_card(desk.db, CardIdentity("5678", "EOS", 64), "exfat", 1.0)
    assert list(card_copies(desk.db, other, second, "ssd")) == []


def test_what_is_newest_on_a_card_came_behind_the_last_session_that_ended_before_it(desk):
    first = desk.run
    desk.write(1, b"M/a")
    assert last_before_the_newest(desk.db, desk.card, first) == 0
    end_run(desk.db, first, 3.0, interrupted=False)
    killed = another_run(desk, desk.card)
    desk.write(1, b"M/a")
    desk.write(2, b"M/b")
    another = another_run(desk, remember_card(desk.db, CardIdentity("5678", "EOS", 64), "exfat", 1.0))
    end_run(desk.db, another, 3.0, interrupted=False)
    check = another_run(desk, desk.card, command="check")
    end_run(desk.db, check, 3.0, interrupted=False)
    third = another_run(desk, desk.card)
    for number, path in ((1, b"M/a"), (2, b"M/b"), (3, b"M/c")):
        desk.write(number, path)
    assert last_before_the_newest(desk.db, desk.card, third) == first
    end_run(desk.db, killed, 4.0, interrupted=False)
    end_run(desk.db, third, 5.0, interrupted=False)
    assert last_before_the_newest(desk.db, desk.card, third) == killed
    assert last_before_the_newest(desk.db, desk.card, 99) == 0


def test_a_sidecar_that_came_from_a_card_is_told_from_one_that_a_sync_brought(desk):
    desk.write(1, b"M/a.XMP")
    desk.write(2, b"M/b.xmp", ["nas"])
    desk.write(3, b"M/c.CR3")
    desk.write(4, b"M/d.xmp")
    desk.lose(4, "ssd")
    another_run(desk, command="sync")
    desk.write(5, b"M/e.xmp")
    assert recorded_sidecars(desk.db, "ssd") == {b"M/a.XMP"}
    assert travelled_sidecars(desk.db, "ssd") == {b"M/e.xmp"}
    assert recorded_sidecars(desk.db, "nas") == {b"M/a.XMP", b"M/b.xmp", b"M/d.xmp"}
    assert recorded_sidecars(desk.db, "new") == travelled_sidecars(desk.db, "new") == frozenset()
