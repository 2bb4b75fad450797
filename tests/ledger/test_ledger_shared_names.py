"""Two cards with files of the same names, home at once in one shoot: every content keeps an entry of its own there."""

from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.places import remember_card
from ingest.ledger.runs import open_run
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        desk.theirs = remember_card(desk.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
        desk.their_run = open_run(desk.db, desk.theirs, 1.0, "boot", "ingest")
        yield desk


def bring(desk, *files, card=None):
    """Write (number of a content, its name in the shoot) as one batch; their names on the card tell the number."""
    batch = []
    for number, path in files:
        digest = Digest(number, b"%016d" % number, b"%020d" % number)
        copy = NewCopy(desk.ids["ssd"], b"%b/%d" % (path, number), 7, 8, Method.DIRECT, True, digest.xxh128, 2.0)
        on_card, read = CardFile(b"DCIM/%d" % number, number, 9), SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        batch.append(NewFile(on_card, digest, b"h" * 16, read, (copy,), None, desk.shoot, path, f"object {number}"))
    run = desk.their_run if card == desk.theirs else desk.run
    with desk.transaction():
        record(desk.db, run_id=run, card_id=card or desk.card, boot_id="b", files=batch, upload=None, now=2.0)


def in_shoot(desk):
    """Name in the shoot -> number of the content."""
    rows = "SELECT sa.path, a.size FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id WHERE shoot_id = ?"
    return dict(desk.db.execute(rows, (desk.shoot,)).fetchall())


@pytest.mark.parametrize(
    ("name", "numbered"),
    [
        (b"2025/M/A.JPG", b"2025/M/A-2.JPG"),
        (b"2025/M/A.B.JPG", b"2025/M/A.B-2.JPG"),
        (b"2025/St. M/A", b"2025/St. M/A-2"),
        (b"A", b"A-2"),
    ],
)
def test_a_name_that_another_card_took_first_is_left_to_it_and_ours_is_numbered(desk, name, numbered):
    bring(desk, (1, name), card=desk.theirs)
    bring(desk, (2, name), (3, b"2025/M/B.JPG"))
    assert in_shoot(desk) == {name: 1, numbered: 2, b"2025/M/B.JPG": 3}
    objects = desk.db.execute("SELECT path, object FROM shoot_asset").fetchall()
    assert dict(objects) == {name: "object 1", numbered: "object 2", b"2025/M/B.JPG": "object 3"}


def test_a_file_that_comes_again_keeps_the_number_that_it_got(desk):
    bring(desk, (1, b"A.JPG"), card=desk.theirs)
    for _ in range(2):
        bring(desk, (2, b"A.JPG"))
        assert in_shoot(desk) == {b"A.JPG": 1, b"A-2.JPG": 2}


def test_a_number_that_this_batch_or_another_card_uses_is_passed_over(desk):
    bring(desk, (1, b"A.JPG"), (2, b"A-2.JPG"), (3, b"A-4.JPG"), card=desk.theirs)
    bring(desk, (4, b"A.JPG"), (5, b"A-3.JPG"))
    assert in_shoot(desk) == {b"A.JPG": 1, b"A-2.JPG": 2, b"A-4.JPG": 3, b"A-3.JPG": 5, b"A-5.JPG": 4}


@pytest.mark.parametrize("order", [(b"A.JPG", b"A-2.JPG"), (b"A-2.JPG", b"A.JPG")])
def test_a_number_never_takes_the_name_of_another_file_of_the_same_card_in_whichever_batch_that_comes(desk, order):
    bring(desk, (1, b"A.JPG"), card=desk.theirs)
    for number, name in enumerate(order, start=2):
        bring(desk, (number, name))
    assert sorted(in_shoot(desk).values()) == [1, 2, 3]
    assert in_shoot(desk)[b"A.JPG"] == 1


def test_a_file_of_the_card_that_became_another_one_under_its_name_is_followed_by_it(desk):
    bring(desk, (1, b"A.JPG"))
    desk.db.execute("UPDATE card_file SET path = CAST('DCIM/2' AS BLOB)")  # it stood where the second stands now
    bring(desk, (2, b"A.JPG"))
    assert in_shoot(desk) == {b"A.JPG": 2}


def test_another_shoot_may_use_the_same_name(desk):
    bring(desk, (1, b"A.JPG"), card=desk.theirs)
    desk.db.execute("INSERT INTO shoot SELECT 9, 'N', day, last_day, CAST('N' AS BLOB), 1, 1.0 FROM shoot")
    desk.shoot = 9
    bring(desk, (2, b"A.JPG"))
    assert in_shoot(desk) == {b"A.JPG": 2}
