"""What comes after an ingest: verify, restore, clearing the card, doctor, and what programs read."""

import json
import os
import sqlite3

import pytest
from studio import EVENING, tree_of


@pytest.fixture
def done(studio):
    """A card that was ingested and is safe."""
    for number in range(4):
        studio.put(f"DCIM/100CANON/IMG_{number:04d}.JPG", b"picture %d" % number * 1000)
    studio.put(".DS_Store", b"litter")
    assert studio.ingest("--shoot", "Meyer").code == 0
    return studio


def a_copy(place, name="IMG_0001.JPG"):
    return next(place.rglob(name))


def flip(path):
    """One byte changed in place, size and time as before."""
    info = path.stat()
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def test_verify_reads_every_copy_again_and_says_so(done):
    run = done.run("verify", "--json")
    assert run.code == 0
    assert [(line["destination"], line["ok"]) for line in run.events("verify")] == [("ssd", 4), ("nas", 4)]
    assert (run.last["type"], run.last["looked_at"], run.last["good"]) == ("summary", 8, True)
    assert (run.last["copies"], run.last["bytes"], run.last["looks_for_all"]) == (8, run.last["bytes_of_all"], 1)


def test_verify_finds_a_flipped_bit_and_from_then_on_the_card_is_not_to_be_formatted(done):
    flip(a_copy(done.nas))
    assert done.check().code == 0  # names, sizes and times are as they were: only reading finds it
    run = done.run("verify", "--at", "nas")
    assert run.code == 18
    assert "1 file with OTHER BYTES: IMG_0001.JPG" in run.out
    check = done.check()
    assert (check.code, check.codes[0]) == (10, "mismatch")
    assert "1 SUSPECT" in done.run("status").out


def test_a_suspect_copy_is_made_anew_from_the_card_and_the_bad_one_stays_for_the_photographer(done):
    bad = a_copy(done.nas)
    flip(bad)
    done.run("verify")
    run = done.ingest()
    assert (run.code, run.last["level"]) == (0, "safe")
    good = (done.card / "DCIM/100CANON/IMG_0001.JPG").read_bytes()
    assert good in done.copies(done.nas).values()
    assert bad.read_bytes() != good


def test_verify_finds_a_copy_that_is_gone(done):
    a_copy(done.ssd).unlink()
    run = done.run("verify", "Meyer", "--json")
    assert run.code == 18
    assert [line["gone"] for line in run.events("verify")] == [["2025/2025-06-14 Meyer/IMG_0001.JPG"], []]
    assert "1 missing" in done.run("status").out


def test_verify_of_nothing_is_a_failure_and_no_praise(studio):
    run = studio.run("verify")
    assert run.code == 18
    assert "Nothing was looked at" in run.out


@pytest.mark.parametrize("how", ["edited", "deleted", "replaced"])
def test_a_copy_that_was_touched_since_its_proof_does_not_count_any_more(done, how):
    copy = a_copy(done.ssd)
    if how == "edited":
        copy.write_bytes(copy.read_bytes() + b"rating")
    elif how == "deleted":
        copy.unlink()
    else:
        data = copy.read_bytes()
        info = copy.stat()
        copy.rename(copy.with_name("kept"))
        copy.write_bytes(data)
        os.utime(copy, ns=(info.st_atime_ns, info.st_mtime_ns))
    check = done.check()
    assert (check.code, check.last["level"]) == (11, "not_yet")
    assert check.last["counts"]["open"] == 1


def test_restore_brings_a_shoot_back_byte_for_byte_with_its_times(done, tmp_path):
    target = tmp_path / "back"
    target.mkdir()
    run = done.run("restore", "Meyer", "--to", target, "--from", "nas", "--json")
    assert run.code == 0
    assert run.last["by_source"] == {"nas": 4}
    back = target / "2025" / "2025-06-14 Meyer"
    for path in (done.card / "DCIM" / "100CANON").iterdir():
        assert (back / path.name).read_bytes() == path.read_bytes()
        assert (back / path.name).stat().st_mtime_ns == path.stat().st_mtime_ns
    again = done.run("restore", "Meyer", "--to", target, "--json")
    assert (again.code, again.last["there_already"], again.last["restored"]) == (0, 4, 0)


def test_restore_never_replaces_a_file_that_lies_there(done, tmp_path):
    theirs = tmp_path / "back" / "2025" / "2025-06-14 Meyer" / "IMG_0001.JPG"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"somebody's own")
    run = done.run("restore", "Meyer", "--to", tmp_path / "back", "--json")
    assert run.code == 0
    assert theirs.read_bytes() == b"somebody's own"
    assert len(run.last["kept_aside"]) == 1
    ours = tmp_path / "back" / run.last["kept_aside"][0]
    assert ours.read_bytes() == (done.card / "DCIM/100CANON/IMG_0001.JPG").read_bytes()


def test_restore_refuses_wrong_bytes_and_takes_the_next_copy(done, tmp_path):
    flip(a_copy(done.ssd))
    (tmp_path / "back").mkdir()
    run = done.run("restore", "Meyer", "--to", tmp_path / "back", "--json")
    assert run.code == 0
    assert run.last["by_source"] == {"ssd": 3, "nas": 1}
    back = tmp_path / "back" / "2025" / "2025-06-14 Meyer" / "IMG_0001.JPG"
    assert back.read_bytes() == (done.card / "DCIM/100CANON/IMG_0001.JPG").read_bytes()


def test_a_restore_that_could_not_bring_everything_says_what_is_missing(done, tmp_path):
    for place in (done.ssd, done.nas):
        flip(a_copy(place))
    (tmp_path / "back").mkdir()
    run = done.run("restore", "Meyer", "--to", tmp_path / "back")
    assert run.code == 18
    assert "NOT restored: 2025/2025-06-14 Meyer/IMG_0001.JPG" in run.out
    assert not list((tmp_path / "back").rglob("IMG_0001.JPG"))
    assert not list((tmp_path / "back").rglob(".safelight*"))


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("Nobody", "--to", "."), "No shoots match"), (("Meyer", "--to", "/no/such/folder"), "There is no folder")],
)
def test_a_restore_that_makes_no_sense_is_a_usage_error(done, words, hint):
    run = done.run("restore", *words)
    assert run.code == 2
    assert hint in run.err


def test_nothing_on_the_card_changes_whatever_is_asked(done, tmp_path):
    before = tree_of(done.card)
    (tmp_path / "back").mkdir()
    for words in (
        ("ingest", done.card, "--no-input"), ("check", done.card), ("verify",), ("cards",), ("doctor",),
        ("restore", "Meyer", "--to", tmp_path / "back"), ("card", "clear", done.card, "--confirm", "wrong"),
    ):  # fmt: skip
        done.run(*words)
    assert tree_of(done.card) == before


def test_clearing_a_card_sends_exactly_its_proven_files_to_the_trash(done, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # a process of its own: the trash is found at import
    process = done.start("card", "clear", done.card, "--confirm", "CARD", "--json")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["cleared"] == 4
    assert [path.name for path in done.card.rglob("*") if path.is_file()] == [".DS_Store"]
    trashed = {path.name: path.read_bytes() for path in (tmp_path / "data" / "Trash" / "files").iterdir()}
    assert trashed == {f"IMG_{number:04d}.JPG": b"picture %d" % number * 1000 for number in range(4)}


def test_a_card_that_is_not_safe_is_not_cleared(done):
    done.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    before = tree_of(done.card)
    run = done.run("card", "clear", done.card, "--confirm", "CARD")
    assert run.code == 11
    assert "Nothing was touched" in run.out
    assert tree_of(done.card) == before


def test_a_card_is_not_cleared_without_its_name(done):
    before = tree_of(done.card)
    assert done.run("card", "clear", done.card, "--confirm", "card?").code == 2
    assert done.run("card", "clear", done.card).code == 2  # nobody can be asked here
    assert tree_of(done.card) == before


def test_a_dry_run_shows_the_plan_and_writes_nothing(studio):
    studio.put("DCIM/100CANON/IMG_0001.JPG", b"picture")
    studio.run("config", "check")
    before = {place: tree_of(place) for place in (studio.ssd, studio.nas, studio.card)}
    run = studio.ingest("--dry-run")
    assert run.code == 0
    assert run.events("plan_made")[0]["to_copy"] == 1
    assert run.last["dry_run"] is True
    assert {place: tree_of(place) for place in before} == before
    with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
        assert [ledger.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("card", "run", "shoot")] == [0] * 3
    ledger.close()


def test_every_line_for_programs_is_json_with_a_schema_and_the_last_one_ends_the_answer(done):
    for words in (
        ("ingest", done.card), ("check", done.card), ("cards",), ("shoots",), ("status",), ("verify",), ("doctor",),
        ("ingest", "/no/such/card"), ("tag",), ("status", "Nobody"),
    ):  # fmt: skip
        run = done.run(*words, "--json")
        lines = [json.loads(line) for line in run.out.splitlines()]
        assert lines, words
        assert {line["schema"] for line in lines} == {1}
        assert lines[-1]["type"] in ("verdict", "summary", "error"), words


def test_the_counts_of_every_answer_add_up(done):
    done.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    os.symlink("/etc/passwd", done.card / "DCIM" / "link")
    for run in (done.check(), done.ingest(), done.ingest("--acknowledge"), done.check()):
        counts = run.last["counts"]
        assert counts["files"] == counts["proven"] + counts["left_out"] + counts["acknowledged"] + counts["open"] == 7
        assert counts["proven"] == counts["new"] + counts["already_safe"]
    assert run.last["level"] == "safe"


def test_doctor_finds_what_will_be_missing_at_the_next_card(done):
    assert done.run("doctor").code == 0
    done.nas.rename(done.nas.with_name("away"))
    run = done.run("doctor")
    assert run.code == 13
    assert "there is no folder" in run.out


def test_the_same_card_with_one_new_photograph_copies_only_that(done):
    done.put("DCIM/100CANON/IMG_0009.JPG", b"new", EVENING + 10**9)
    check = done.check()
    assert (check.code, check.codes) == (11, ["not copied"])
    run = done.ingest()
    assert (run.code, run.last["counts"]["new"], run.last["counts"]["already_safe"]) == (0, 1, 4)
    [plan] = run.events("plan_made")
    assert (plan["to_copy"], plan["already_safe"]) == (1, 4)
    assert plan["shoots"][0]["name"] == "Meyer"
