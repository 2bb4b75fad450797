"""Reads that disagreed: what is told of a card, and of others that came back differently from the same reader."""

from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.places import remember_card
from ingest.ledger.runs import open_run
from ingest.ledger.unsteady import Unsteady, record_unsteady, unsteady_of
from ingest.model.cards import CardIdentity


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        yield desk


def saw(desk, card, reader, *files, now=2.0):
    run = open_run(desk.db, card, 1.0, "boot", "ingest")
    with desk.transaction():
        record_unsteady(desk.db, run_id=run, card_id=card, reader=reader, files=files, now=now)
    return run


def test_a_card_whose_reads_always_agreed_has_nothing_told_of_it(desk):
    saw(desk, desk.card, "reader X")
    assert unsteady_of(desk.db, desk.card) is None


def test_what_disagreed_is_written_file_by_file(desk):
    run = saw(desk, desk.card, "reader X", (b"A", 2), (b"B", 5), now=3.0)
    assert desk.rows("unsteady_read") == [
        (1, run, desk.card, b"A", 2, "reader X", 3.0),
        (2, run, desk.card, b"B", 5, "reader X", 3.0),
    ]


def test_the_newest_session_is_told_with_how_many_there_were(desk):
    other = remember_card(desk.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
    saw(desk, desk.card, "reader X", (b"OLD", 2), now=9.0)
    saw(desk, desk.card, "reader Y", (b"B", 2), (b"A", 3), (b"B", 4), now=3.0)
    saw(desk, other, "reader Z", (b"C", 2), now=4.0)
    assert unsteady_of(desk.db, desk.card) == Unsteady((b"A", b"B"), "reader Y", 3.0, 2, 0)
    assert unsteady_of(desk.db, other) == Unsteady((b"C",), "reader Z", 4.0, 1, 0)


@pytest.mark.parametrize(("reader", "others"), [("reader X", 2), ("/media/card", 0)])
def test_other_cards_of_the_same_reader_are_counted_once_each_where_it_tells_its_name(desk, reader, others):
    cards = [remember_card(desk.db, CardIdentity(f"999{n}", "X", 1), "exfat", 1.0) for n in range(3)]
    for card, by in ((cards[0], reader), (cards[0], reader), (cards[1], reader), (cards[2], "another")):
        saw(desk, card, by, (b"A", 2))
    saw(desk, desk.card, reader, (b"A", 2))
    assert unsteady_of(desk.db, desk.card) == Unsteady((b"A",), reader, 2.0, 1, others)
