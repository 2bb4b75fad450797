"""Shoots as they are found again: by day, by name, by what a catalog said, and the names that are taken below them."""

from contextlib import closing
from datetime import datetime

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import shoots
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.shoots import ShootRow
from ingest.model.cards import Capture, CardFile
from ingest.model.copies import Digest, Method, SourceRead

TAKEN = Capture(datetime(2025, 6, 14, 12, 0, 1), "exif", 120, "Canon", "EOS R5", "0123")  # noqa: DTZ001 - camera's clock
MEYER = ShootRow(1, "Hochzeit Meyer", "2025-06-14", "2025-06-15", b"2025/Meyer", True)
STRASSE = ShootRow(2, "Straße", "2025-06-14", "2025-06-14", b"2025/14 \xff", False)
OLDER = ShootRow(3, "1", "2024-01-01", "2024-01-03", b"2024/Meyerhof", False)


@pytest.fixture
def desk(tmp_path):
    """A ledger with three shoots."""
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        desk.db.execute("DELETE FROM shoot")
        for shoot in (MEYER, STRASSE, OLDER):
            assert add(desk, shoot) == shoot.id
        yield desk


def add(desk, shoot, **changes):
    facts = {name: getattr(shoot, name) for name in ("name", "day", "last_day", "folder", "named_by_user")}
    return shoots.add_shoot(desk.db, **facts | changes, now=7.5)


def test_a_shoot_is_kept_as_it_was_given_and_the_newest_is_told_first(desk):
    assert shoots.all_shoots(desk.db) == [STRASSE, MEYER, OLDER]
    assert [type(row.folder) for row in shoots.all_shoots(desk.db)] == [bytes] * 3
    assert desk.db.execute("SELECT DISTINCT created FROM shoot").fetchall() == [(7.5,)]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2025-06-15", "2025-06-30", [MEYER]),
        ("2025-06-01", "2025-06-14", [MEYER, STRASSE]),
        ("2024-01-02", "2024-01-02", [OLDER]),
        ("2024-01-04", "2025-06-13", []),
        ("2023-01-01", "2026-01-01", [MEYER, STRASSE, OLDER]),
    ],
)
def test_the_shoots_that_touch_a_span_of_days(desk, first, last, found):
    assert shoots.shoots_between(desk.db, first, last) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hochzeit meyer", [MEYER]),
        ("2", [STRASSE]),
        ("1", [MEYER, OLDER]),  # the id of one and the name of another
        ("2025/MEYER", [MEYER]),
        ("2024/meyerhof", [OLDER]),
        ("STRASSE", [STRASSE]),
        ("2025/14 \N{REPLACEMENT CHARACTER}", [STRASSE]),
        ("14 \N{REPLACEMENT CHARACTER}", [STRASSE]),
        ("hochzeit", [MEYER]),
        ("meyer", [MEYER, OLDER]),  # in the name of one and the folder of the other
        ("nothing", []),
    ],
)
def test_a_shoot_is_found_by_what_it_is_called_exactly_and_only_else_by_a_part_of_that(desk, text, found):
    assert shoots.find_shoots(desk.db, text) == found


def test_a_folder_that_is_a_shoot_already_stays_that_shoot_and_only_grows(desk):
    assert add(desk, MEYER, name="Other", day="2025-06-16", last_day="2025-06-17", named_by_user=False) == 1
    assert shoots.find_shoots(desk.db, "meyer")[0] == ShootRow(
        1, "Hochzeit Meyer", "2025-06-14", "2025-06-17", b"2025/Meyer", True
    )
    add(desk, MEYER, last_day="2025-06-14")
    assert shoots.find_shoots(desk.db, "meyer")[0].last_day == "2025-06-17"


def test_pictures_of_further_days_widen_a_shoot_and_never_narrow_it(desk):
    shoots.extend_shoot(desk.db, 1, "2025-06-13", "2025-06-16")
    shoots.extend_shoot(desk.db, 1, "2025-06-14", "2025-06-14")
    assert [(row.day, row.last_day) for row in shoots.all_shoots(desk.db)] == [
        ("2025-06-14", "2025-06-14"),
        ("2025-06-13", "2025-06-16"),
        ("2024-01-01", "2024-01-03"),
    ]


def test_a_shoot_is_called_by_another_name_and_its_folder_stays(desk):
    shoots.name_shoot(desk.db, 2, "Gasse")
    assert [(row.id, row.name, row.folder) for row in shoots.all_shoots(desk.db)] == [
        (2, "Gasse", STRASSE.folder),
        (1, MEYER.name, MEYER.folder),
        (3, OLDER.name, OLDER.folder),
    ]


def test_the_names_that_are_taken_below_a_folder_at_any_destination_once_each(desk):
    for number, path in enumerate(
        (b"2025/Meyer/A.JPG", b"2025/Meyer/sub/B.JPG", b"2025/Meyer0/C.JPG", b"2025/Meyer-2/D.JPG", b"2025/Meyer/E.JPG")
    ):
        digest = Digest(number, b"%016d" % number, b"%020d" % number)
        copies = tuple(
            NewCopy(place, path, 7, 8, Method.DIRECT, True, digest.xxh128, 2.0) for place in desk.ids.values()
        )
        read, capture = SourceRead(1, digest.xxh128, Method.CACHED, 1.5), TAKEN if number == 0 else None
        new = NewFile(CardFile(b"DCIM/%d" % number, number, 9), digest, b"h" * 16, read, copies, capture, 1, path, "A")
        with desk.transaction():
            record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="b", files=[new], upload=None, now=2.0)
    for (copy,) in desk.db.execute("SELECT id FROM copy WHERE asset_id = 5").fetchall():
        set_copy_state(desk.db, copy, "lost")
    assert sorted(shoots.paths_in_folder(desk.db, b"2025/Meyer")) == [
        (b"2025/Meyer/A.JPG", 0, b"%016d" % 0, "2025-06-14T12:00:01", "0123"),
        (b"2025/Meyer/sub/B.JPG", 1, b"%016d" % 1, None, ""),
    ]


def test_what_each_catalog_said_last_stands_and_the_newest_is_told_first(desk):
    facts = {"labels": ["Blüte"], "keywords": [{"path": ["a"]}]}
    shoots.save_tags(desk.db, 1, "a.lrcat", 5.0, False, {})
    shoots.save_tags(desk.db, 1, "a.lrcat", 6.0, True, facts)
    shoots.save_tags(desk.db, 1, "b.cocatalog", 7.0, False, {"stars": 3})
    shoots.save_tags(desk.db, 2, "a.lrcat", 8.0, False, {})
    assert shoots.tags_of(desk.db, 1) == [("b.cocatalog", 7.0, False, {"stars": 3}), ("a.lrcat", 6.0, True, facts)]
    assert shoots.tags_of(desk.db, 3) == []
    [stored] = desk.db.execute("SELECT facts FROM shoot_tag WHERE as_of = 6.0").fetchone()
    assert "Blüte" in stored  # as people write it, for whoever looks into the ledger


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MEYER", [MEYER]),
        ("trauung", [MEYER]),
        ("orte", [STRASSE]),
        ("best of", [OLDER]),
        ("grün", [STRASSE, OLDER]),
        ("hof im schnee", [OLDER]),
        ("none", []),
        ("xx", []),
    ],
)
def test_shoots_are_found_by_any_word_that_a_catalog_has_for_them(desk, text, found):
    shoots.save_tags(desk.db, 1, "a.lrcat", 5.0, False, {"keywords": [{"path": ["Anlass", "Trauung"]}]})
    shoots.save_tags(desk.db, 2, "a.lrcat", 5.0, False, {"collections": [{"path": ["Orte"]}], "labels": ["Grün"]})
    shoots.save_tags(desk.db, 2, "b.lrcat", 6.0, False, {"name": None})
    shoots.save_tags(desk.db, 3, "a.lrcat", 5.0, False, {"collections": [{"path": ["Jahr", "Best of"]}]})
    shoots.save_tags(desk.db, 3, "b.lrcat", 6.0, False, {"labels": ["grün"], "name": {"name": "Hof im Schnee"}})
    assert shoots.shoots_tagged(desk.db, text) == found
