import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.errors import LedgerError
from ingest.ledger import db
from ingest.ledger.assets import NewFile, Upload, record, record_finding
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import backup, check, migrations, open_ledger
from ingest.ledger.known import copies_of_asset
from ingest.ledger.places import known_marker, remember_card, remember_destination
from ingest.ledger.runs import forget_intents, intend, leftovers, open_run
from ingest.ledger.shoots import add_shoot
from ingest.ledger.verdicts import VerdictFile, record_verdict
from ingest.ledger.views import shoot_view
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.places import Destination, DestinationKind, Volume

DIGEST = Digest(5, b"x" * 16, b"s" * 20)


class Desk(EmptyDesk):
    def copy(self, name, path=b"2025/M/A.JPG", **changes):
        values = {"method": Method.DIRECT, "matched": True, "xxh128": DIGEST.xxh128, "at": 2.0, **changes}
        return NewCopy(self.ids[name], path, 7, 8, **values)

    def record(self, *copies, digest=DIGEST, path=b"DCIM/A.JPG", upload=None):
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        new = NewFile(CardFile(path, 5, 8), digest, b"h" * 16, read, copies, None, self.shoot, copies[0].path, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="boot", files=[new], upload=upload, now=2.0)
        return self.db.execute("SELECT max(id) FROM asset").fetchone()[0]

    def verdict(self, level, files, devices=2, total=None):
        return record_verdict(
            self.db,
            run_id=self.run,
            card_id=self.card,
            level=level,
            at=3.0,
            fingerprint=b"f" * 16,
            devices_required=devices,
            files=files,
            total=len(files) if total is None else total,
            body="{}",
        )


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "ledger.sqlite")


def test_the_ledger_is_opened_so_that_a_power_cut_loses_no_commit(desk):
    assert desk.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert desk.db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert desk.db.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_safe_with_two_proofs_on_two_devices_is_accepted(desk):
    asset = desk.record(desk.copy("ssd"), desk.copy("nas"))
    assert desk.verdict("safe", [VerdictFile(b"DCIM/A.JPG", asset), VerdictFile(b".DS_Store", None, ".DS_Store")]) == 1


@pytest.mark.parametrize("kind", ["one copy", "one device", "only cached", "a mismatch", "no file", "a file unnamed"])
def test_the_database_itself_refuses_a_safe_that_its_rows_do_not_carry(desk, kind):
    files, total, devices = [], None, 2
    if kind == "one copy":
        files = [VerdictFile(b"A", desk.record(desk.copy("ssd")))]
    elif kind == "one device":
        files = [VerdictFile(b"A", desk.record(desk.copy("ssd"), desk.copy("nas")))]
        devices = 3
    elif kind == "only cached":
        files = [VerdictFile(b"A", desk.record(desk.copy("ssd"), desk.copy("nas", method=Method.CACHED)))]
    elif kind == "a mismatch":
        bad = desk.copy("nas", matched=False, xxh128=b"y" * 16)
        files = [VerdictFile(b"A", desk.record(desk.copy("ssd"), bad))]
    elif kind == "a file unnamed":
        files = [VerdictFile(b"A", desk.record(desk.copy("ssd"), desk.copy("nas")))]
        total = 2
    with pytest.raises(sqlite3.IntegrityError, match="SAFE"):
        desk.verdict("safe", files, devices=devices, total=total)
    assert desk.db.execute("SELECT count(*) FROM verdict_file").fetchone()[0] == 0


def test_a_copy_cannot_be_called_proven_without_a_matching_proof(desk):
    desk.record(desk.copy("ssd", method=Method.CACHED))
    with pytest.raises(sqlite3.IntegrityError, match="only by a matching proof"):
        desk.db.execute("UPDATE copy SET state = 'proven'")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE proof SET matched = 0",
        "DELETE FROM proof",
        "UPDATE source_read SET nth = 2",
        "UPDATE asset SET size = 1",
    ],
)
def test_what_was_observed_is_never_rewritten(desk, sql):
    desk.record(desk.copy("ssd"))
    with pytest.raises(sqlite3.IntegrityError):
        desk.db.execute(sql)


def test_verdicts_are_append_only(desk):
    desk.verdict("not_yet", [])
    for sql in ("UPDATE verdict SET level = 'safe'", "DELETE FROM verdict"):
        with pytest.raises(sqlite3.IntegrityError):
            desk.db.execute(sql)


def test_an_upload_is_born_with_the_proof_of_its_source_and_not_before(desk):
    upload = Upload("bucket", {b"DCIM/A.JPG": "originals/A.JPG"})
    desk.record(desk.copy("ssd", method=Method.CACHED), upload=upload)
    assert desk.db.execute("SELECT count(*) FROM upload_job").fetchone()[0] == 0
    desk.record(desk.copy("ssd"), upload=upload)
    assert desk.db.execute("SELECT key, state FROM upload_job").fetchall() == [("originals/A.JPG", "waiting")]
    desk.record(desk.copy("nas"), upload=upload)
    assert desk.db.execute("SELECT count(*) FROM upload_job").fetchone()[0] == 1


def test_a_batch_that_fails_in_the_middle_leaves_nothing_behind(desk, monkeypatch):
    from ingest.ledger import assets

    monkeypatch.setattr(assets, "_remember_card_files", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.record(desk.copy("ssd"))
    for table in ("asset", "copy", "proof", "source_read"):
        assert desk.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_a_mismatching_proof_makes_a_proven_copy_suspect_and_both_proofs_stay(desk):
    asset = desk.record(desk.copy("ssd"))
    desk.record(desk.copy("ssd", matched=False, xxh128=b"y" * 16))
    [copy] = copies_of_asset(desk.db, asset)
    assert copy.state == "suspect"
    assert desk.db.execute("SELECT count(*) FROM proof").fetchone()[0] == 2


def test_another_content_under_an_old_name_makes_the_old_copy_lost(desk):
    old = desk.record(desk.copy("ssd"))
    new = desk.record(desk.copy("ssd", xxh128=b"n" * 16), digest=Digest(5, b"n" * 16, b"t" * 20))
    assert copies_of_asset(desk.db, old) == []
    assert [copy.state for copy in copies_of_asset(desk.db, new)] == ["proven"]


def test_the_copies_of_a_shoot_add_up_at_every_destination(desk):
    desk.record(desk.copy("ssd"), desk.copy("nas", method=Method.CACHED))
    desk.record(desk.copy("ssd", path=b"2025/M/B.JPG", xxh128=b"n" * 16), digest=Digest(5, b"n" * 16, b"t" * 20))
    view = shoot_view(desk.db, desk.shoot)
    assert view.files == 2
    for place in view.places:
        assert place.proven + place.written + place.suspect + place.missing == view.files
    assert {place.name: place.proven for place in view.places} == {"ssd": 2, "nas": 0}
    assert {place.name: place.written for place in view.places} == {"ssd": 0, "nas": 1}


def test_only_earlier_sessions_of_the_same_card_are_swept(desk):
    other = remember_card(desk.db, CardIdentity("9999", "X", 1), "exfat", 1.0)
    theirs = open_run(desk.db, other, 1.0, "boot", "ingest")
    intend(desk.db, desk.run, desk.ids, [("ssd", b"t1", b"A"), ("nas", b"t2", b"A")])
    intend(desk.db, theirs, desk.ids, [("ssd", b"t3", b"B")])
    now = open_run(desk.db, desk.card, 2.0, "boot", "ingest")
    assert leftovers(desk.db, desk.card, now) == {"ssd": [b"t1"], "nas": [b"t2"]}
    forget_intents(desk.db, desk.ids["ssd"], [b"t1"])
    assert leftovers(desk.db, desk.card, now) == {"nas": [b"t2"]}
    assert leftovers(desk.db, desk.card, now, stale=1.5) == {"nas": [b"t2"], "ssd": [b"t3"]}


def test_a_destination_that_was_renamed_in_the_settings_stays_the_same(desk):
    place = Destination("fast", DestinationKind.SSD, b"/mnt/ssd")
    assert remember_destination(desk.db, place, volume("disk:a"), "marker-ssd", 5.0) == desk.ids["ssd"]
    assert known_marker(desk.db, "fast") == "marker-ssd"


def test_a_ledger_from_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite"
    open_ledger(path).close()
    newer = migrations()[-1][0] + 1
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version={newer}")
    with pytest.raises(LedgerError, match="newer Safelight"):
        open_ledger(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == newer


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(LedgerError, match="cannot be used"):
        open_ledger(path)


def test_a_flipped_bit_in_the_ledger_is_found_by_the_check(desk, tmp_path):
    for n in range(300):
        add_shoot(
            desk.db,
            name=f"S{n}",
            day="2025-06-14",
            last_day="2025-06-14",
            folder=b"f%d" % n,
            named_by_user=False,
            now=1.0,
        )
    desk.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.db.close()
    path = tmp_path / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    page = 4096 * (len(data) // 4096 - 1)
    data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)
    assert check(open_ledger(path), thorough=True)


def test_a_ledger_on_a_network_or_fuse_file_system_is_refused(tmp_path, monkeypatch):
    for fs_type in ("nfs4", "cifs", "fuse.sshfs"):
        monkeypatch.setattr(db, "volume_of", lambda _path, named, kind=fs_type: Volume(
            b"/", kind, "x", 1, "", "", frozenset({"x"}), 1, 1, False
        ))  # fmt: skip
        with pytest.raises(LedgerError, match="forgets at a power cut"):
            open_ledger(tmp_path / "ledger.sqlite")
        assert not (tmp_path / "ledger.sqlite").exists()


def test_a_migration_and_the_record_of_it_are_one_transaction(tmp_path, monkeypatch):
    good = migrations()
    broken = [
        *good,
        (good[-1][0] + 1, "CREATE TABLE half (a INTEGER) STRICT;\nCREATE TABLE half (b INTEGER) STRICT;\n"),
    ]
    monkeypatch.setattr(db, "migrations", lambda: broken)
    with pytest.raises(LedgerError):
        open_ledger(tmp_path / "ledger.sqlite")
    with sqlite3.connect(tmp_path / "ledger.sqlite") as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == 0  # nor a part of the older ones
        assert not raw.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchone()


def test_two_programs_that_open_a_new_ledger_at_once_both_get_it(tmp_path):
    errors = []

    def go():
        try:
            open_ledger(tmp_path / "ledger.sqlite").close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_ledger_that_another_program_is_just_making_is_waited_for(tmp_path):
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")  # in the mode that a new file is in until somebody changes it
        waits = threading.Timer(0.3, other.execute, ("ROLLBACK",))
        waits.start()
        open_ledger(tmp_path / "ledger.sqlite").close()
        waits.join()


def test_a_backup_is_a_whole_ledger_of_its_own(desk, tmp_path):
    asset = desk.record(desk.copy("ssd"), desk.copy("nas"))
    backup(desk.db, tmp_path / "copy.sqlite")
    other = open_ledger(tmp_path / "copy.sqlite")
    assert check(other, thorough=True) == []
    assert len(copies_of_asset(other, asset)) == 2


def test_every_migration_ships_with_the_package():
    folder = Path(db.__file__).parent / "migrations"
    assert [number for number, _ in migrations()] == list(range(1, len(list(folder.glob("*.sql"))) + 1))


def test_a_shoot_counts_the_best_copy_of_each_file_and_tells_the_newest_proof(desk):
    desk.record(desk.copy("ssd", at=2.0), desk.copy("nas", method=Method.CACHED, at=2.0))
    desk.record(desk.copy("ssd", path=b"2025/M/A-2.JPG", matched=False, xxh128=b"y" * 16, at=5.0))
    record_finding(desk.db, 1, "truncated jpeg", "ends early", 3.0)
    record_finding(desk.db, 1, "no thumbnail", "has none", 3.0)
    view = shoot_view(desk.db, desk.shoot)
    assert (view.files, view.findings) == (2, 2)  # one content under two names, both of them damaged
    assert {place.name: (place.proven, place.written, place.last_proof) for place in view.places} == {
        "ssd": (2, 0, 5.0),
        "nas": (0, 2, 2.0),
    }


def test_a_shoot_without_a_file_has_nothing_anywhere(desk):
    view = shoot_view(desk.db, desk.shoot)
    assert (view.files, view.size, view.findings) == (0, 0, 0)
    assert [(place.proven, place.missing, place.last_proof) for place in view.places] == [(0, 0, 0), (0, 0, 0)]


def test_ctrl_c_while_a_transaction_begins_leaves_none_open(tmp_path):
    class Interrupted(sqlite3.Connection):
        def execute(self, sql, *rest):
            answer = super().execute(sql, *rest)
            if sql.startswith("BEGIN"):
                raise KeyboardInterrupt
            return answer

    ledger = sqlite3.connect(tmp_path / "ledger", isolation_level=None, factory=Interrupted)
    with pytest.raises(KeyboardInterrupt), db.transaction(ledger):
        pass
    assert not ledger.in_transaction
    ledger.close()
