"""A ledger that is lost or damaged comes back from what lies on the destinations; nothing in it is believed unread."""

import gzip
import os
import sqlite3
from contextlib import closing

import pytest
from filelock import FileLock
from studio import tree_of

from ingest.care.ledger_rebuild import shoot_of
from ingest.ledger.soundness import look


def lose(studio):
    for path in studio.home.glob("ledger.sqlite*"):
        path.unlink()


def backups(place):
    return sorted((place / ".safelight" / "ledger").glob("*.gz"))


def forget_backups(studio):
    for place in (studio.ssd, studio.nas):
        for path in backups(place):
            path.unlink()


def pictures(studio):
    """Everything at the destinations that is not Safelight's own."""
    trees = {place: tree_of(place) for place in (studio.ssd, studio.nas)}
    return {place: {k: v for k, v in tree.items() if ".safelight" not in k} for place, tree in trees.items()}


def is_sound(studio):
    with closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        return look(ledger).problems == ()


@pytest.fixture
def done(studio):
    """A card that is safe, with its backups."""
    studio.shoot(4)
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    return studio


def states(studio):
    return dict(studio.ask("SELECT state, count(*) FROM copy GROUP BY state"))


def each(run, what):
    return {line["destination"]: line[what] for line in run.events("rebuilt")}


@pytest.mark.parametrize("source", ["a backup", "the histories"])
def test_a_lost_ledger_comes_back_and_is_safe_only_after_every_copy_and_the_card_were_read_again(done, source):
    """F011. The ledger or its disk lost: rebuilt by hashing; no SAFE from memory."""
    lose(done)
    if source == "the histories":
        forget_backups(done)
    before = pictures(done)
    run = done.run("ledger", "rebuild", "--json")
    assert (run.code, run.last["was"]) == (0, "missing")
    assert each(run, "proven") == {"ssd": 4, "nas": 4}
    assert run.last["made_from"].startswith("test-" if source == "a backup" else "the histories")
    assert states(done) == {"proven": 8}
    assert is_sound(done)
    assert [name for (name,) in done.ask("SELECT name FROM shoot")] == ["Wedding"]

    check = done.check()
    assert (check.code, check.level, check.codes) == (11, "not_yet", ["not copied"])
    assert check.last["reasons"][0]["next_step"] == "Run: safelight ingest"
    again = done.ingest()
    assert (again.level, again.counts) == ("safe", {"files": 4, "proven": 4, "already_safe": 4})
    assert pictures(done) == before  # not one file was copied again
    assert done.holds_everything()
    assert done.check().level == "safe"


@pytest.mark.parametrize("source", ["a backup", "the histories"])
def test_what_lies_there_with_other_bytes_or_is_gone_is_told_and_not_believed(done, source):
    lose(done)
    if source == "the histories":
        forget_backups(done)
    changed, gone = done.copy_of(done.nas, "IMG_0001.JPG"), done.copy_of(done.ssd, "IMG_0002.JPG")
    times = changed.stat()
    changed.write_bytes(changed.read_bytes()[::-1])
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    gone.unlink()
    run = done.run("ledger", "rebuild", "--json")
    assert run.code == 18
    assert [len(each(run, "differs")[name]) for name in ("ssd", "nas")] == [0, 1]
    assert [len(each(run, "gone")[name]) for name in ("ssd", "nas")] == [1, 0]
    assert states(done)["proven"] == 6
    assert is_sound(done)
    verdict = done.ingest()
    assert (verdict.level, done.check().level) == ("safe", "safe")  # made anew from the card


def test_without_hashing_nothing_is_proven_and_the_next_step_is_said(done):
    lose(done)
    run = done.run("ledger", "rebuild", "--no-hash", "--json")
    assert (run.code, each(run, "unread"), each(run, "proven")) == (0, {"ssd": 4, "nas": 4}, {"ssd": 0, "nas": 0})
    assert states(done) == {"written": 8}
    assert done.check().level == "not_yet"
    again = done.run("ledger", "rebuild", "--json")  # goes on where it stopped
    assert (again.last["was"], each(again, "proven")) == ("sound", {"ssd": 4, "nas": 4})
    third = done.run("ledger", "rebuild", "--json")
    assert each(third, "proven_before") == {"ssd": 4, "nas": 4}


def test_new_content_cannot_be_taken_up_without_reading_it_and_is_counted(done):
    lose(done)
    forget_backups(done)
    run = done.run("ledger", "rebuild", "--no-hash", "--json")
    assert (each(run, "unknowable"), states(done)) == ({"ssd": 4, "nas": 4}, {})
    assert "run it again without --no-hash" in done.run("ledger", "rebuild", "--no-hash").out


def test_a_damaged_ledger_is_kept_aside_byte_for_byte(done):
    """F083. A torn ledger is found, and rebuilt."""
    path = done.home / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()[: 20 * 4096]
    path.write_bytes(data)
    assert done.ingest().code == 19
    run = done.run("ledger", "rebuild", "--json")
    assert (run.code, run.last["was"]) == (0, "damaged")
    [aside] = [each for each in done.home.glob("ledger.sqlite.aside-*") if each.name.endswith("Z")]
    assert aside.read_bytes() == data
    assert is_sound(done)
    assert done.ingest().level == "safe"


def test_rows_of_an_old_backup_are_proved_again_before_they_count(done):
    """F084. A ledger restored from an old backup: rows are proved again before use."""
    for place in (done.ssd, done.nas):
        done.copy_of(place, "IMG_0003.JPG").unlink()  # since the backup was made
    lose(done)
    assert done.run("ledger", "rebuild", "--no-hash", "--json").code == 0
    verdict = done.check()
    assert verdict.level == "not_yet"
    assert done.run("ledger", "rebuild", "--json").code == 18
    assert states(done) == {"proven": 6, "lost": 2}
    assert done.check().level == "not_yet"
    assert done.ingest().level == "safe"
    assert done.holds_everything()


@pytest.mark.parametrize("damage", ["torn", "flipped", "no ledger within", "newer"])
def test_the_newest_backup_that_is_sound_is_taken_and_the_others_are_told(done, damage):
    assert done.run("ledger", "backup", "--json").code == 0
    good = {place: backups(place)[0].name for place in (done.ssd, done.nas)}
    for place in (done.ssd, done.nas):
        newest = backups(place)[-1]
        data = newest.read_bytes()
        if damage == "torn":
            data = data[: len(data) // 2]
        elif damage == "flipped":
            data = data[: len(data) // 2] + b"\xff\xff" + data[len(data) // 2 + 2 :]
        elif damage == "no ledger within":
            data = gzip.compress(b"something else")
        else:
            plain = done.base / "newer.sqlite"
            plain.write_bytes(gzip.decompress(data))
            with closing(sqlite3.connect(plain)) as raw:
                raw.execute("PRAGMA user_version=999")
            data = gzip.compress(plain.read_bytes())
        newest.write_bytes(data)
    lose(done)
    run = done.run("ledger", "rebuild")
    assert run.code == 0
    assert run.err.count("is not used") == 2
    assert good[done.ssd] in run.out or good[done.nas] in run.out
    assert states(done) == {"proven": 8}


def test_another_stations_backup_is_not_taken_for_ours(done):
    for place in (done.ssd, done.nas):
        for path in backups(place):
            path.rename(path.with_name("other" + path.name[4:]))
    lose(done)
    assert done.run("ledger", "rebuild", "--json").last["made_from"] == "the histories beside the files"


def test_backups_may_lie_in_any_folder_that_is_named(done):
    folder = done.base / "stick"
    folder.mkdir()
    for path in backups(done.ssd):
        path.rename(folder / path.name)
    forget_backups(done)
    lose(done)
    run = done.run("ledger", "rebuild", "--from", folder, "--json")
    assert (run.code, run.last["made_from"].endswith(str(folder))) == (0, True)
    assert states(done) == {"written": 8}  # no destination was named
    one = done.run("ledger", "rebuild", "--from", "ssd", "--from", done.nas / "2025", "--json")
    assert each(one, "proven") == {"ssd": 4, "nas": 4}
    assert done.run("ledger", "rebuild", "--from", "nowhere", "--json").code == 2


def test_with_nothing_to_make_it_from_the_damaged_ledger_stays_where_it_is(studio):
    (studio.home / "ledger.sqlite").write_bytes(b"rubbish" * 1000)
    run = studio.run("ledger", "rebuild", "--json")
    assert (run.code, run.last["type"]) == (18, "error")
    assert "Nothing was changed" in run.last["hint"]
    assert [path.name for path in studio.home.glob("ledger*")] == ["ledger.sqlite"]


def test_a_newer_ledger_is_not_replaced(done):
    with closing(sqlite3.connect(done.home / "ledger.sqlite")) as raw:
        raw.execute("PRAGMA user_version=999")
    before = tree_of(done.home)
    assert done.run("ledger", "rebuild", "--json").code == 19
    after = tree_of(done.home)
    assert {name: after[name] for name in before if "sqlite" in name} == {n: before[n] for n in before if "sqlite" in n}
    assert not list(done.home.glob("*aside*"))


def test_no_ledger_is_exchanged_under_a_session_that_works_with_it(done):
    [lock] = (done.home / "locks").glob("card-*.lock")
    lose(done)
    with FileLock(lock).acquire():
        assert done.run("ledger", "rebuild", "--json").code == 12
    assert not (done.home / "ledger.sqlite").exists()


def test_a_destination_that_is_away_is_told_and_the_other_one_is_taken_up(done):
    lose(done)
    done.nas.rename(done.base / "unplugged")
    run = done.run("ledger", "rebuild", "--json")
    assert (run.code, run.last["missing"]) == (13, ["nas"])
    assert each(run, "problem")["nas"]
    assert done.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(4,)]
    assert done.check().level == "not_yet"


def test_an_interrupted_rebuild_goes_on_where_it_stopped(done, sabotage):
    lose(done)
    forget_backups(done)
    from ingest.care import ledger_rebuild

    sabotage.setattr(ledger_rebuild, "_FILES", 1)
    real, asked = ledger_rebuild.Taking._settle, []

    def stop_at_the_third(self, *args):
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt
        real(self, *args)

    sabotage.setattr(ledger_rebuild.Taking, "_settle", stop_at_the_third)
    assert done.run("ledger", "rebuild", "--json").code == 130
    assert states(done) == {"proven": 2}
    sabotage.undo()
    run = done.run("ledger", "rebuild", "--json")
    assert sum(each(run, "proven").values()) == 6
    assert sum(each(run, "proven_before").values()) == 2
    assert is_sound(done)


def test_a_history_that_was_tampered_with_is_not_believed(done):
    lose(done)
    forget_backups(done)
    [manifest] = done.nas.rglob("0001_*.mhl")
    manifest.write_bytes(manifest.read_bytes().replace(b"IMG_0001", b"IMG_0009"))
    run = done.run("ledger", "rebuild", "--json")
    assert each(run, "proven") == {"ssd": 4, "nas": 0}
    assert "is not believed" in done.run("ledger", "rebuild").out


def test_the_card_of_a_rebuild_is_nobodys_and_is_not_listed(done):
    lose(done)
    forget_backups(done)
    done.run("ledger", "rebuild", "--json")
    assert done.run("cards", "--json").last["cards"] == 0


@pytest.mark.parametrize(
    ("folder", "shoot"),
    [
        (b"2025/2025-06-14 Meyer wedding", ("Meyer wedding", "2025-06-14")),
        (b"2025-06-14", ("2025-06-14", "2025-06-14")),
        (b"2025-13-99 Moon", ("2025-13-99 Moon", "1970-01-02")),
        (b"Hol\xffiday", ("Hol\\xffiday", "1970-01-02")),
    ],
)
def test_a_shoot_is_named_by_its_folder(folder, shoot):
    assert shoot_of(folder, 86400 * 10**9) == shoot


def test_a_ledger_made_anew_serves_restore_and_verify(done):
    """F099. Restore without the ledger, from the histories and the files: full success."""
    lose(done)
    forget_backups(done)
    assert done.run("ledger", "rebuild", "--json").code == 0
    target = done.base / "back"
    target.mkdir()
    run = done.run("restore", "Wedding", "--to", target, "--json")
    assert run.code == 0
    assert sorted(path.read_bytes() for path in target.rglob("*.JPG")) == done.on_card()
    assert done.run("verify", "--json").code == 0
