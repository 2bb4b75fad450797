"""The way back of a copy: found by `verify`, healed by `repair`, and nothing else changes."""

import contextlib
import errno
import importlib
import os
import random
import signal
import sqlite3
from pathlib import Path

import pytest
from filelock import FileLock
from loops import SilentMount, frozen, loop_disk, needs_loops
from studio import EVENING, Run, Studio, cloud_at, tree_of

from ingest.care import looking

ENOUGH = 60  # seconds; far more than any of these need
PATIENCE = "[copying]\npatience = 2\n"
ONE = "IMG_0003.JPG"


@pytest.fixture(autouse=True)
def trash(tmp_path, monkeypatch):
    """The trash of a user whose home lies on the disk of the studio; send2trash finds it when it is imported."""
    folder = tmp_path / "user" / "Trash"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(folder))
    return folder / "files"


def photographs(studio: Studio, count: int, size: int = 3000) -> None:
    for number in range(count):
        studio.put(f"DCIM/100CANON/IMG_{number:04d}.JPG", random.Random(number).randbytes(size))


@pytest.fixture
def done(studio):
    """A few photographs that are safe."""
    photographs(studio, 6)
    assert studio.ingest("--shoot", "Meyer").code == 0
    return studio


@pytest.fixture
def sent(studio, server):
    """The photographs lie in the cloud as well."""
    studio.configure(extra=cloud_at(server.url))
    photographs(studio, 6)
    assert studio.ingest("--shoot", "Meyer").code == 0
    assert studio.run("cloud", "run", "--json").last["sent"] == 6
    return studio


def flip(path: Path, bit: int) -> None:
    """One bit of a file at rest; a disk that forgets changes no time."""
    info = path.stat()
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def pictures(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*.JPG") if ".safelight" not in path.parts)


def trees(studio: Studio) -> list[dict[str, tuple[int, int, bytes]]]:
    """Every file with its mode, time and bytes, and every folder's name: a repair adds none and takes none away."""
    found = [tree_of(studio.ssd), tree_of(studio.nas), tree_of(studio.card)]
    return [{p: (m, 0 if m & 0o40000 and not d else t, d) for p, (m, t, d) in tree.items()} for tree in found]


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 65536)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def states(studio: Studio) -> list[tuple[str, int]]:
    return studio.ask("SELECT state, count(*) FROM copy GROUP BY state ORDER BY state")


def apart(studio: Studio, *words: str) -> Run:
    """The command as a process of its own: it must end, although its children cannot."""
    process = studio.start(*words, "--json")
    try:
        out, err = process.communicate(timeout=ENOUGH)
    finally:
        process.kill()
    answer = Run(process.returncode, out, err)
    answer.check(is_json=True)
    return answer


def test_of_a_hundred_flipped_bits_verify_finds_each_and_repair_heals_each_and_nothing_else_changes(studio, trash):
    photographs(studio, 104, 1000)
    assert studio.ingest("--shoot", "Meyer").code == 0
    before, chance = trees(studio), random.Random(7)
    harmed = [chance.choice(pair) for pair in zip(pictures(studio.ssd), pictures(studio.nas), strict=True)][:100]
    for path in harmed:
        flip(path, chance.randrange(path.stat().st_size * 8))
    looked = studio.run("verify", "--to-the-end", "--json")
    assert looked.code == 18
    assert sum(len(line["differs"]) for line in looked.events("verify")) == 100
    run = studio.run("repair", "--json")
    assert (run.code, run.last["healed"], run.last["good"]) == (0, 100, True)
    assert trees(studio) == before
    assert names_in(trash) == sorted(path.name for path in harmed)
    again = studio.run("verify", "--json")
    assert (again.code, again.last["looked_at"]) == (0, 208)
    assert studio.check().level == "safe"
    assert studio.run("repair", "--json").last["copies"] == 0


@pytest.mark.root
@needs_loops
def test_bits_that_flip_beneath_a_warm_cache_are_found_and_healed_and_the_disks_own_trash_takes_the_bad_files(
    studio, tmp_path
):
    photographs(studio, 8, 9000)
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt)
        assert studio.ingest("--shoot", "Meyer").code == 0
        contents = [path.read_bytes() for path in pictures(studio.nas)]
        with disk.image.open("r+b") as medium:
            whole = medium.read()
            for content in contents[:5]:
                where = whole.index(content[:4096]) + 77
                medium.seek(where)
                medium.write(bytes([whole[where] ^ 4]))
            os.fsync(medium.fileno())
        assert [path.read_bytes() for path in pictures(studio.nas)] == contents  # so says the cache
        [ssd, nas] = studio.run("verify", "--json").events("verify")
        assert (len(ssd["differs"]), len(nas["differs"])) == (0, 5)
        run = studio.run("repair", "--json")
        assert (run.code, run.last["healed"]) == (0, 5)
        assert len(names_in(disk.mnt / ".Trash-0" / "files")) == 5
        disk.unmount()
        disk.mount()
        assert [path.read_bytes() for path in pictures(studio.nas) if ".Trash-0" not in path.parts] == contents
        assert studio.run("verify", "--json").code == 0


def test_a_file_whose_every_copy_here_changed_is_healed_from_the_bucket(sent, trash):
    before = trees(sent)
    for place in (sent.ssd, sent.nas):
        flip(sent.copy_of(place, ONE), 801)
    assert sent.run("verify", "--json").code == 18
    run = sent.run("repair", "--json")
    assert (run.code, run.last["healed"]) == (0, 2)
    assert [line["source"] for line in run.events("healed")] == ["b2", "ssd"]  # the second has the first by then
    assert trees(sent) == before
    assert len(names_in(trash)) == 2


def test_a_source_that_gives_other_bytes_becomes_suspect_itself_and_both_are_healed_from_the_next(sent):
    before = trees(sent)
    flip(sent.copy_of(sent.nas, ONE), 5)
    assert sent.run("verify", "--at", "nas").code == 18
    flip(sent.copy_of(sent.ssd, ONE), 99)  # nobody has looked since
    run = sent.run("repair", "--json")
    assert (run.code, run.last["healed"], run.last["wrong_sources"]) == (0, 2, 1)
    assert trees(sent) == before
    told = sent.ask("SELECT what, source FROM care_event ORDER BY id")
    assert told == [("wrong as a source", ""), ("healed", "b2"), ("healed", "nas")]


def test_a_file_that_changed_everywhere_is_told_by_its_name_and_nothing_is_made_worse(done, trash):
    for place in (done.ssd, done.nas):
        flip(done.copy_of(place, ONE), 801)
    flip(done.copy_of(done.nas, "IMG_0004.JPG"), 1)
    assert done.run("verify").code == 18
    before = trees(done)
    run = done.run("repair", "--json")
    assert (run.code, run.last["healed"], run.last["failed"], run.last["good"]) == (18, 1, 2, False)
    assert [(line["kind"], Path(line["path"]).name) for line in run.events("not_healed")] == [("failed", ONE)] * 2
    healed = "2025/2025-06-14 Meyer/IMG_0004.JPG"
    assert trees(done)[1].pop(healed) != before[1].pop(healed)
    assert [{**tree, healed: 0} for tree in trees(done)] == [{**tree, healed: 0} for tree in before]
    assert names_in(trash) == ["IMG_0004.JPG"]
    assert f"NOT healed: nas: 2025/2025-06-14 Meyer/{ONE} (there is no other copy)" in done.run("repair").out


def test_a_copy_that_is_gone_is_brought_back_and_a_file_that_took_its_name_stays_as_it_is(done, trash):
    gone, taken = done.copy_of(done.ssd, "IMG_0001.JPG"), done.copy_of(done.ssd, ONE)
    data = gone.read_bytes(), taken.read_bytes()
    gone.unlink()
    taken.unlink()
    assert done.run("verify").code == 18
    taken.write_bytes(b"somebody's own")
    run = done.run("repair")
    assert run.code == 0
    assert "another file has the name IMG_0003.JPG, so ours stands beside it" in run.out
    assert (gone.read_bytes(), taken.with_name("IMG_0003-2.JPG").read_bytes()) == data
    assert taken.read_bytes() == b"somebody's own"
    assert names_in(trash) == []
    assert done.run("verify", "--json").code == 0
    assert done.run("repair", "--json").last["copies"] == 0


def test_a_file_that_was_put_in_the_place_of_a_suspect_one_since_the_look_is_not_touched(done, trash):
    one = done.copy_of(done.nas, ONE)
    flip(one, 7)
    assert done.run("verify").code == 18
    one.unlink()
    one.write_bytes(b"another program's")
    assert done.run("repair").code == 0
    assert (one.read_bytes(), names_in(trash)) == (b"another program's", [])
    assert one.with_name("IMG_0003-2.JPG").read_bytes() == done.copy_of(done.ssd, ONE).read_bytes()


def test_a_file_that_a_program_wrote_goes_to_the_trash_and_that_is_told_before_and_after(done, trash):
    one = done.copy_of(done.nas, ONE)
    one.write_bytes(b"edited")
    assert done.run("verify").code == 18
    assert "what it holds would lie in the trash" in done.run("repair", "--dry-run").out
    assert "A program had written the file that was there; it lies in the trash" in done.run("repair").out
    assert (trash / ONE).read_bytes() == b"edited"
    assert (one.stat().st_mtime_ns, done.run("verify").code) == (EVENING, 0)


def test_a_suspect_copy_that_reads_right_three_times_is_proven_again_by_the_rules_of_any_proof(done):
    with sqlite3.connect(done.home / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE copy SET state = 'suspect' WHERE id = 3")
    ledger.close()
    before, proofs = trees(done), done.ask("SELECT count(*) FROM proof WHERE copy_id = 3")
    run = done.run("repair")
    assert run.code == 0
    assert "was suspect and reads right three times: proven again" in run.out
    assert trees(done) == before
    assert done.ask("SELECT count(*) FROM proof WHERE copy_id = 3") == [(proofs[0][0] + 3,)]
    assert states(done) == [("proven", 12)]


def test_where_there_is_no_trash_the_bad_file_goes_into_the_destinations_own_folder_and_that_is_told(done, monkeypatch):
    def no_trash(_: str) -> None:
        raise OSError("no trash here")

    monkeypatch.setattr("ingest.care.placing.send2trash", no_trash)
    one = done.copy_of(done.nas, ONE)
    flip(one, 9)
    bad = one.read_bytes()
    assert done.run("verify").code == 18
    run = done.run("repair")
    assert run.code == 0
    assert "The bad file lies in .safelight/suspect/" in run.out
    assert done.suspects(done.nas) == [bad]
    assert one.read_bytes() == done.copy_of(done.ssd, ONE).read_bytes()


def test_what_needs_a_destination_that_is_away_is_left_for_later_and_nothing_is_written_at_its_place(done):
    before = trees(done)
    flip(done.copy_of(done.nas, ONE), 9)
    flip(done.copy_of(done.ssd, "IMG_0001.JPG"), 9)
    flip(done.copy_of(done.nas, "IMG_0004.JPG"), 9)
    assert done.run("verify").code == 18
    assert done.run("repair", ONE, "--json").last["healed"] == 1
    away = done.nas.rename(done.base / "away")
    done.nas.mkdir()
    run = done.run("repair", "--json")
    assert (run.code, run.last["healed"], run.last["waiting"], run.last["failed"]) == (18, 0, 2, 0)
    assert "nas is not here" in {line["why"] for line in run.events("not_healed")}
    assert list(done.nas.iterdir()) == []
    done.nas.rmdir()
    away.rename(done.nas)
    assert done.run("repair", "--json").last["healed"] == 2
    assert trees(done) == before


@pytest.mark.root
@needs_loops
def test_a_full_disk_keeps_what_it_has_until_there_is_room(studio, tmp_path):
    photographs(studio, 3, 400_000)
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt)
        assert studio.ingest("--shoot", "Meyer").code == 0
        one = studio.copy_of(studio.nas, "IMG_0001.JPG")
        flip(one, 9)
        bad = one.read_bytes()
        assert studio.run("verify").code == 18
        filler = disk.mnt / "filler"
        fill(filler)
        run = studio.run("repair", "--json")
        assert (run.code, run.last["failed"]) == (18, 1)
        assert run.events("not_healed")[0]["why"] == "No space left on device"
        assert (one.read_bytes(), studio.leftovers()) == (bad, [])
        filler.unlink()
        assert studio.run("repair", "--json").code == 0
        assert one.read_bytes() == studio.copy_of(studio.ssd, "IMG_0001.JPG").read_bytes()


@pytest.mark.root
@needs_loops
def test_a_nas_that_hangs_is_given_up_by_verify_and_repair_and_healed_when_it_answers_again(studio, tmp_path):
    photographs(studio, 3)
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt, extra=PATIENCE)
        assert studio.ingest("--shoot", "Meyer").code == 0
        for path in pictures(studio.nas)[:2]:
            flip(path, 9)
        assert studio.run("verify").code == 18
        with frozen(disk):
            run = apart(studio, "repair")
        assert (run.code, run.last["healed"], run.last["waiting"]) == (18, 0, 2)
        assert run.events("not_healed")[0]["why"] == "nas did not answer for 2 s"
        assert studio.run("repair", "--json").last["healed"] == 2
        assert studio.leftovers() == []
    silent = SilentMount(tmp_path / "silent")
    try:
        studio.configure(nas=silent.mnt)
        run = apart(studio, "verify")
        flip(studio.copy_of(studio.ssd, ONE.replace("3", "2")), 9)
        assert studio.run("verify", "--at", "ssd").code == 18
        repaired = apart(studio, "repair")
    finally:
        silent.close()
    assert run.code == 18
    nas, ssd = sorted(run.events("verify"), key=lambda line: line["destination"])
    assert (ssd["ok"], nas["problem"]) == (3, "nas did not answer for 2 s")
    assert [line["why"] for line in repaired.events("not_healed")] == ["nas did not answer for 2 s"]


def test_hostile_names_are_healed_under_the_same_bytes(studio, trash):
    names = [b"-rf \xff\x1b[31m.JPG", b"%s ..$(x)\n.JPG", "IMG \u202egpj.JPG".encode()]
    for number, name in enumerate(names):
        studio.put(b"DCIM/100CANON/" + name, b"picture %d" % number * 50)
    assert studio.ingest("--shoot", "Meyer").code == 0
    before = trees(studio)
    for path in pictures(studio.nas):
        flip(path, 9)
    assert studio.run("verify").code == 18
    assert studio.run("repair").code == 0
    assert trees(studio) == before
    assert len(names_in(trash)) == 3


def test_of_one_content_under_two_names_the_one_that_changed_and_the_one_that_is_gone_come_back(studio):
    for name in ("IMG_0001.JPG", "IMG_0007.JPG"):
        studio.put(f"DCIM/100CANON/{name}", b"the same bytes")
    assert studio.ingest("--shoot", "Twins").level == "safe"
    before = trees(studio)
    flip(studio.copy_of(studio.nas, "IMG_0007.JPG"), 9)
    studio.copy_of(studio.ssd, "IMG_0001.JPG").unlink()
    assert studio.run("verify").code == 18
    assert studio.run("repair", "--json").last["healed"] == 2
    assert trees(studio) == before


def test_a_suspect_copy_that_the_card_replaced_already_is_healed_under_its_own_name(done, trash):
    one = done.copy_of(done.nas, ONE)
    flip(one, 9)
    assert done.run("verify").code == 18
    assert done.ingest().level == "safe"  # beside the bad one
    assert done.run("repair", "--json").last["healed"] == 1
    assert (
        one.read_bytes() == one.with_name("IMG_0003-2.JPG").read_bytes() == (done.copy_of(done.ssd, ONE)).read_bytes()
    )
    assert names_in(trash) == [ONE]
    assert done.run("verify").code == 0


POINTS = {
    "half of it is written": ("ingest.care.repair", "_problem_of", True),
    "it is written, nothing is proven": ("ingest.care.placing", "_Placing._prove", False),
    "it is proven": ("ingest.care.placing", "_Placing._prove", True),
    "the bad file is aside": ("ingest.care.placing", "_Placing._set_bad_aside", True),
    "it has its name": ("ingest.care.placing", "_Placing._publish", True),
    "the name is durable": ("ingest.care.placing", "_Placing._make_durable", True),
    "the ledger knows nothing": ("ingest.care.repair", "record_healed", False),
    "the ledger did not commit": ("ingest.care.repair", "record_healed", True),
    "the history is not written": ("ingest.cli.do_repair", "record_care", False),
}


def ends_at(point, number):
    """A sabotage: the repair gets a signal before or behind a step, whichever of its processes takes that step."""
    module, name, after = POINTS[point]

    def sabotage():
        session, owner = os.getpid(), importlib.import_module(module)
        *classes, attribute = name.split(".")
        for part in classes:
            owner = getattr(owner, part)
        real = getattr(owner, attribute)

        def function(*words, **named):
            answer = real(*words, **named) if after else None
            os.kill(session, number)
            while os.getpid() != session:
                signal.pause()
            return answer

        setattr(owner, attribute, function)

    return sabotage


@pytest.mark.parametrize("point", POINTS)
def test_a_repair_that_is_killed_loses_nothing_and_the_same_command_goes_on(done, trash, point):
    before = trees(done)
    for path in pictures(done.nas)[:2]:
        flip(path, 9)
    bad = [path.read_bytes() for path in pictures(done.nas)[:2]]
    assert done.run("verify").code == 18
    assert done.run_apart(ends_at(point, signal.SIGKILL), "repair", "--json").code == -signal.SIGKILL
    assert done.run("repair", "--json").code == 0
    assert trees(done) == before
    assert done.leftovers() == []
    assert [(trash / name).read_bytes() for name in names_in(trash)] == bad
    assert [row for row in states(done) if row[0] != "lost"] == [("proven", 12)]
    assert done.run("ledger", "check", "--json").code == 0


@pytest.mark.parametrize("point", POINTS)
def test_a_repair_that_is_interrupted_tidies_up_and_the_same_command_goes_on(done, trash, point):
    before = trees(done)
    for path in pictures(done.nas)[:2]:
        flip(path, 9)
    assert done.run("verify").code == 18
    run = done.run_apart(ends_at(point, signal.SIGINT), "repair", "--json")
    assert (run.code, run.last["type"]) == (130, "error")
    assert done.leftovers() == []
    assert done.run("repair", "--json").code == 0
    assert trees(done) == before


def test_a_second_repair_at_the_same_time_does_nothing_and_says_why(done):
    flip(done.copy_of(done.nas, ONE), 9)
    assert done.run("verify").code == 18
    before = trees(done)
    (done.home / "locks").mkdir(exist_ok=True)
    with FileLock(done.home / "locks" / "repair.lock"):
        run = done.run("repair", "--json")
    assert (run.code, run.last["message"]) == (18, "Another repair is under way")
    assert trees(done) == before


def test_a_dry_run_says_what_and_from_where_and_changes_nothing(done):
    flip(done.copy_of(done.nas, ONE), 9)
    assert done.run("verify").code == 18
    with sqlite3.connect(done.home / "ledger.sqlite") as ledger:
        rows = list(ledger.iterdump())
    before = [tree_of(place) for place in (done.ssd, done.nas)]
    run = done.run("repair", "--dry-run", "--json")
    assert (run.code, run.last["copies"]) == (18, 1)
    [plan] = run.events("repair_plan")
    assert (plan["destination"], Path(plan["path"]).name, plan["sources"]) == ("nas", ONE, ["ssd"])
    assert [tree_of(place) for place in (done.ssd, done.nas)] == before
    assert list(ledger.iterdump()) == rows
    ledger.close()
    assert done.run("repair").code == 0
    assert done.run("repair", "--dry-run").code == 0


@pytest.mark.parametrize("word", ["{path}", "{name}", "2025/2025-06-14 Meyer/{name}"])
def test_only_what_was_named_is_healed(done, word):
    one, other = done.copy_of(done.nas, ONE), done.copy_of(done.nas, "IMG_0004.JPG")
    flip(one, 9)
    flip(other, 9)
    assert done.run("verify").code == 18
    assert done.run("repair", word.format(path=one, name=ONE), "--json").last["healed"] == 1
    assert one.read_bytes() == done.copy_of(done.ssd, ONE).read_bytes()
    assert done.run("repair", "no such file").code == 2
    assert done.run("repair", "Meyer", "--json").last["healed"] == 1


def test_a_disk_that_stores_other_bytes_than_it_is_given_keeps_what_it_has_and_is_told(done, sabotage, trash):
    flip(done.copy_of(done.nas, ONE), 9)
    assert done.run("verify").code == 18
    before, real = trees(done), os.write
    sabotage.setattr("ingest.care.placing.os.write", lambda fd, data: real(fd, bytes(len(data))))
    run = done.run("repair", "--json")
    sabotage.undo()
    assert (run.code, run.last["failed"]) == (18, 1)
    assert run.events("not_healed")[0]["why"] == "other bytes were read back than were written"
    assert (trees(done), names_in(trash), done.leftovers()) == (before, [], [])


@pytest.mark.parametrize("others_answer", [True, False])
def test_a_file_that_a_medium_does_not_give_is_suspect_where_it_gives_others_and_is_healed(
    done, sabotage, trash, others_answer
):
    real = looking.read_back

    def read_back(place, folder_fd, name, *words):
        if place.name == "nas" and (name == os.fsencode(ONE) or not others_answer):
            raise OSError(errno.EIO, "Input/output error")
        return real(place, folder_fd, name, *words)

    before = trees(done)
    sabotage.setattr(looking, "read_back", read_back)
    run = done.run("verify", "--at", "nas", "--json")
    assert (run.code, len(run.events("verify")[0]["unread"])) == (18, 1 if others_answer else 6)
    assert states(done) == ([("proven", 11), ("suspect", 1)] if others_answer else [("proven", 12)])
    if others_answer:
        assert done.run("repair", "--json").last["healed"] == 1
        assert (trees(done), names_in(trash)) == (before, [ONE])


def test_status_and_history_say_what_was_looked_at_and_healed(done):
    assert done.run("verify").code == 0
    assert "12 of 12 copies, all match" in done.run("status").out
    flip(done.copy_of(done.nas, ONE), 9)
    assert done.run("verify").code == 18
    assert done.run("repair").code == 0
    out = done.run("verify", "--history").out
    assert [line.partition(": ")[2].partition(" copies")[0] for line in out.splitlines()[:3]] == [
        "1 of 1", "12 of 12", "12 of 12",
    ]  # fmt: skip
    assert "1 with OTHER BYTES" in out
    lines = done.run("verify", "--history", "--json").events("care")
    assert [(line["verb"], line["healed"], line["differs"]) for line in lines] == [
        ("repair", 1, 0), ("verify", 0, 1), ("verify", 0, 0),
    ]  # fmt: skip


def test_slices_of_a_few_bytes_go_round_every_copy_the_oldest_proof_first(done):
    [(last,)] = done.ask("SELECT max(id) FROM proof")
    for night in range(4):  # 12 copies of 3,000 bytes
        run = done.run("verify", "--bytes", "9kB", "--json")
        assert (run.code, run.last["looked_at"], run.last["copies"]) == (0, 3, 12)
        assert run.last["looks_for_all"] == 4
        assert done.ask("SELECT count(DISTINCT copy_id) FROM proof WHERE id > ?", last) == [(3 * (night + 1),)]
    assert "Looked at 1 of 12 copies" in done.run("verify", "--bytes", "1kB").out
    assert done.run("verify", "--for", "20m", "--json").last["looked_at"] == 12


@pytest.mark.parametrize("words", [("--for", "soon"), ("--bytes", "0"), ("--bytes", "5 parsec"), ("--for", "-3m")])
def test_an_amount_that_is_none_is_told(done, words):
    assert done.run("verify", *words).code == 2
