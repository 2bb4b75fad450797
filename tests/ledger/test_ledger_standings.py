"""Where contents stand, for an audit: of several copies at one destination the best, of its proofs the newest."""

from contextlib import closing

import pytest
from ledger_desk import ContentDesk, EmptyDesk

from ingest.ledger import standings as questions
from ingest.ledger.standings import newest_proofs, one_state, paths_of_asset
from ingest.session.standings import Standings
from ingest.tagging.audit import Standing


@pytest.fixture
def desk(tmp_path):
    made = EmptyDesk(tmp_path / "ledger.sqlite")
    for number in (1, 2, 3):
        made.db.execute(
            "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, first_run)"
            " VALUES (?, ?, zeroblob(16), zeroblob(20), zeroblob(16), x'61', 1, ?)",
            (number, number, made.run),
        )
    yield made
    made.db.close()


def copy(desk, asset, place, path, *proofs, state=None):
    """A copy that was read back at these times; lost, suspect and written as it is told, else proven when read."""
    key = desk.db.execute(
        "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
        " VALUES (?, ?, ?, '', 'written', 1, 1, ?)",
        (asset, desk.ids[place], path, desk.run),
    ).lastrowid
    for at in proofs:
        desk.db.execute(
            "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"
            " VALUES (?, ?, ?, 'boot', 'direct', 1, zeroblob(16))",
            (key, desk.run, at),
        )
    desk.db.execute("UPDATE copy SET state = ? WHERE id = ?", (state or ("proven" if proofs else "written"), key))
    return key


@pytest.mark.parametrize("few", [4, 0])
def test_a_content_stands_as_its_best_copy_at_each_destination_and_as_its_newest_proof(desk, monkeypatch, few):
    monkeypatch.setattr(questions, "_FEW_PROOFS", few)  # both ways of finding the newest proof
    copy(desk, 1, "nas", b"a", 50.0, 40.0)  # by id: a clock that was set back makes no proof older
    copy(desk, 1, "ssd", b"a", 10.0, state="suspect")
    copy(desk, 1, "ssd", b"b", 30.0)
    copy(desk, 1, "ssd", b"c")
    copy(desk, 2, "ssd", b"d", 20.0, state="lost")
    copy(desk, 2, "nas", b"d")
    standing_of = Standings(desk.db, "")
    assert standing_of(1) == Standing((("ssd", "proven", 30.0), ("nas", "proven", 40.0)), "")
    assert standing_of(2) == Standing((("nas", "written", 0.0),), "")
    assert standing_of(3) == Standing((), "")


def test_copies_that_were_never_read_have_no_proof(desk):
    copy(desk, 1, "ssd", b"a")
    assert [*newest_proofs(desk.db)] == []
    assert Standings(desk.db, "")(1) == Standing((("ssd", "written", 0.0),), "")


def test_of_the_third_copies_only_those_of_the_bucket_count(desk):
    for asset in (1, 2):
        copy(desk, asset, "ssd", b"%d" % asset, 1.0)
    for asset, bucket in ((1, "archive"), (2, "another")):
        desk.db.execute(
            "INSERT INTO upload_job (asset_id, bucket, key, created) VALUES (?, ?, 'k', 1.0)", (asset, bucket)
        )
    standing_of = Standings(desk.db, "archive")
    assert [standing_of(asset).cloud for asset in (1, 2, 3)] == ["waiting", "", ""]
    assert Standings(desk.db, "")(1).cloud == ""


def test_paths_are_those_of_the_copies_that_are_not_lost(desk):
    copy(desk, 1, "nas", b"a")
    copy(desk, 1, "ssd", b"a-2")
    copy(desk, 1, "ssd", b"gone", state="lost")
    assert paths_of_asset(desk.db, 1) == [("ssd", b"a-2"), ("nas", b"a")]


def test_a_working_copy_that_was_let_go_is_still_known_by_its_path_until_another_content_has_the_name(desk):
    for (name,) in desk.db.execute("SELECT name FROM sqlite_schema WHERE tbl_name = 'released' AND type = 'trigger'"):
        desk.db.execute(f"DROP TRIGGER {name}")
    gone = copy(desk, 1, "ssd", b"a", state="lost")
    copy(desk, 1, "nas", b"a", 1.0)
    assert paths_of_asset(desk.db, 1) == [("nas", b"a")]
    desk.db.execute("INSERT INTO released (copy_id, at, why) VALUES (?, 1.0, 'room')", (gone,))
    copy(desk, 2, "nas", b"elsewhere")
    assert paths_of_asset(desk.db, 1) == [("ssd", b"a"), ("nas", b"a")]
    copy(desk, 2, "ssd", b"a")
    assert paths_of_asset(desk.db, 1) == [("nas", b"a")]


@pytest.fixture
def filled(tmp_path):
    with closing((desk := ContentDesk(tmp_path / "filled.sqlite")).db):
        desk.write(1, b"A/1", ["ssd"], desk.other)
        desk.write(2, b"M/2")
        desk.write(3, b"M/1", ["nas"], matched=False)
        desk.write(1, b"M/3", ["ssd"])
        desk.lose(2, "nas")
        yield desk


def test_every_file_of_every_shoot_is_told_by_shoot_and_name_or_those_of_one(filled):
    in_m = [
        (3, 3, b"M/1", 9, None, None, b"M/1"), (2, 2, b"M/2", 9, None, None, b"M/2"),
        (1, 1, b"A/1", 9, None, None, b"M/3"),
    ]  # fmt: skip
    in_n = [(1, 1, b"A/1", 9, None, None, b"A/1")]
    as_named = [(row[0], row[1], row[-1]) for row in questions.every_file(filled.db)]
    assert as_named == [(row[0], row[1], row[-1]) for row in (*in_m, *in_n)]
    for shoot, files in ((filled.shoot, in_m), (filled.other, in_n)):
        found = list(questions.files_of_shoot(filled.db, shoot))
        assert [(row[0], row[1], *row[3:]) for row in found] == [(row[0], row[1], *row[3:]) for row in files]
    assert questions.sizes_of_shoots(filled.db) == {filled.shoot: 3, filled.other: 1}


def test_every_copy_but_a_lost_one_is_told_with_its_state_and_at_its_place_with_its_path(filled):
    ssd, nas = filled.ids["ssd"], filled.ids["nas"]
    assert list(questions.every_copy(filled.db)) == [
        (1, 1, ssd, "proven"), (2, 2, ssd, "proven"), (4, 3, nas, "suspect"), (5, 1, ssd, "proven"),
    ]  # fmt: skip
    assert sorted(questions.every_path(filled.db, "ssd")) == [(1, b"A/1"), (1, b"M/3"), (2, b"M/2")]
    assert (list(questions.every_path(filled.db, "nas")), list(questions.every_path(filled.db, "new"))) == (
        [(3, b"M/1")],
        [],
    )
    assert questions.destinations(filled.db) == {ssd: "ssd", nas: "nas"}
    assert (questions.highest_asset(filled.db), questions.highest_copy(filled.db)) == (3, 5)


def test_an_empty_ledger_has_no_highest_number(tmp_path):
    with closing(EmptyDesk(tmp_path / "empty.sqlite").db) as ledger:
        assert (questions.highest_asset(ledger), questions.highest_copy(ledger)) == (0, 0)


def test_from_five_proofs_of_a_copy_on_the_newest_of_each_is_looked_for(desk):
    first, second = copy(desk, 1, "ssd", b"a", 5.0, 4.0), copy(desk, 2, "ssd", b"b", *range(10, 16))
    assert len([*newest_proofs(desk.db)]) == 8
    desk.db.execute(
        "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"
        " VALUES (?, ?, 9.0, 'boot', 'direct', 1, zeroblob(16))",
        (second, desk.run),
    )
    assert [*newest_proofs(desk.db)] == [(first, 4.0), (second, 9.0)]


def test_one_state_ends_with_its_questions_also_where_one_of_them_fails(desk, tmp_path):
    with pytest.raises(questions.sqlite3.OperationalError, match="no such table"), one_state(desk.db):
        desk.db.execute("SELECT 1 FROM no_such")
    assert not desk.db.in_transaction
    with one_state(desk.db):
        desk.db.execute("COMMIT")
    before = questions.state_of(desk.db)
    with closing(questions.sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("UPDATE destination SET last_seen = 9")
    assert questions.state_of(desk.db) != before


def test_what_another_program_writes_between_two_questions_is_not_seen(desk, tmp_path):
    other = questions.sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    with one_state(desk.db):
        assert questions.sizes_of_shoots(desk.db) == {}
        other.execute("INSERT INTO shoot_asset VALUES (?, 1, x'61', 'a')", (desk.shoot,))
        assert questions.sizes_of_shoots(desk.db) == {}
    assert questions.sizes_of_shoots(desk.db) == {desk.shoot: 1}
    other.close()
