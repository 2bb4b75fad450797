"""Where contents stand, for an audit: of several copies at one destination the best, of its proofs the newest."""

import pytest
from ledger_desk import EmptyDesk

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


def test_what_another_program_writes_between_two_questions_is_not_seen(desk, tmp_path):
    other = questions.sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    with one_state(desk.db):
        assert questions.sizes_of_shoots(desk.db) == {}
        other.execute("INSERT INTO shoot_asset VALUES (?, 1, x'61', 'a')", (desk.shoot,))
        assert questions.sizes_of_shoots(desk.db) == {}
    assert questions.sizes_of_shoots(desk.db) == {desk.shoot: 1}
    other.close()
