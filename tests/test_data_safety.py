"""Each way of losing a picture, as a photographer would meet it: one sentence, one test.

The first words of a docstring are the cases of `faults/matrix.toml`: F of our own list, P of faults seen in other
programs. A case that another test shows already is not written twice: ARCHITECTURE.md's matrix names that one.
"""

import itertools
import os
import subprocess
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from studio import EVENING, Studio, tree_of

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer
from ingest.session import ending, judge

FIRST, SECOND = "DCIM/100CANON/IMG_0001.JPG", "DCIM/100CANON/IMG_0002.JPG"
YEAR = 365.25 * 86400  # seconds


@pytest.fixture(autouse=True)
def pictures_are_not_opened(monkeypatch):
    """What a decoder says changes no verdict, and starting one is most of the time of a small ingest."""
    pool = SimpleNamespace(healths=lambda files: (() for _ in files))
    monkeypatch.setattr("ingest.session.pictures.ParserPool", lambda *_, **__: nullcontext(pool))
    monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))


@pytest.fixture
def sabotage():
    """Patches of a test's own, so that `sabotage.undo()` repairs what it broke and nothing else."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


def safe(run):
    assert (run.code, run.level) == (0, "safe"), run.out + run.err
    return run


def refused(run, *codes, level="not_yet"):
    """Not SAFE, also by the exit code, for these reasons and each with a next step."""
    assert (run.level, run.code != 0) == (level, True), run.out + run.err
    assert set(codes) <= set(run.codes), run.out
    assert all(reason["text"] and reason["next_step"] for reason in run.last["reasons"])
    return run


# -- on the way -------------------------------------------------------------------------------------------------------
def test_a_bit_that_flips_on_the_way_to_a_destination_never_gets_a_name(studio, sabotage):
    """F020, P18. Always at the NAS: the wrong bytes lie nowhere, and the verdict is no warning but a refusal."""
    pictures, real = studio.shoot(), Writer._write

    def write(writer, file, view):
        if writer.place.name == "nas" and bytes(view) == pictures["IMG_0002.JPG"]:
            view = memoryview(bytes((view[0] ^ 1,)) + bytes(view[1:]))
        real(writer, file, view)

    sabotage.setattr(Writer, "_write", write)
    run = refused(studio.ingest(), "mismatch", level="do_not_format")
    assert (run.code, run.names("mismatch")) == (14, [SECOND])
    assert set(studio.contents(studio.nas)) < set(pictures.values())
    sabotage.undo()
    safe(studio.ingest())
    assert studio.holds_everything()


def test_a_photograph_that_is_cut_short_on_its_way_is_no_copy(studio, sabotage):
    """F021, P19. The destination took all bytes and kept half of them."""
    pictures, real = studio.shoot(), Writer._write

    def write(writer, file, view):
        real(writer, file, view)
        if writer.place.name == "ssd":
            os.ftruncate(file.fd, len(view) // 2)

    sabotage.setattr(Writer, "_write", write)
    refused(studio.ingest(), "mismatch", level="do_not_format")
    assert studio.copies(studio.ssd) == {}
    assert studio.contents(studio.nas) == sorted(pictures.values())


def test_a_file_of_the_same_name_and_length_is_not_taken_for_the_photograph(studio):
    """F069, P02, P03, P04, P05. Nor with the same time; it stays as it is, and the photograph lies beside it."""
    pictures = studio.shoot()
    safe(studio.ingest())
    other, theirs = Studio(studio.base / "another station"), bytes(len(pictures["IMG_0002.JPG"]))
    other.shoot()
    for number, mtime_ns in ((2, EVENING), (3, EVENING + 10**12)):
        taken = other.ssd / studio.copy_of(studio.ssd, f"IMG_{number:04}.JPG").relative_to(studio.ssd)
        taken.parent.mkdir(parents=True, exist_ok=True)
        taken.write_bytes(theirs)
        os.utime(taken, ns=(mtime_ns, mtime_ns))
    safe(other.ingest())
    assert other.contents(other.ssd) == sorted([theirs, theirs, *pictures.values()])
    assert other.copy_of(other.ssd, "IMG_0002.JPG").read_bytes() == theirs
    assert other.copy_of(other.ssd, "IMG_0003.JPG").read_bytes() == theirs


def test_a_copy_that_fails_leaves_the_good_older_picture_of_that_name_as_it_was(studio, sabotage):
    """F016, P17. The camera's counter began anew: another picture of the same name, and the disk refuses it."""
    old = studio.shoot()
    safe(studio.ingest("--shoot", "Wedding"))
    before = tree_of(studio.ssd)
    studio.put(SECOND, b"another picture")

    def write(writer, *_):
        raise OSError(5, "Input/output error")

    sabotage.setattr(Writer, "_write", write)
    refused(studio.ingest("--shoot", "Wedding"))
    after = tree_of(studio.ssd)
    assert {path: after.get(path) for path in before if path.endswith(".JPG")} == {
        path: info for path, info in before.items() if path.endswith(".JPG")
    }
    sabotage.undo()
    safe(studio.ingest("--shoot", "Wedding"))
    assert studio.contents(studio.ssd) == sorted([*old.values(), b"another picture"])


def test_the_card_is_left_exactly_as_it_was(studio):
    """F062, P01, P13. Bytes, times, modes and folders; and the copies hold the card's bytes and none besides."""
    studio.shoot()
    studio.put("DCIM/100CANON/IMG_0001.THM", b"thumbnail")
    studio.put("DCIM/100CANON/IMG_0003.CR2", b"raw")
    studio.put("MISC/AUTPRINT.MRK", b"print order")
    before = tree_of(studio.card)
    safe(studio.ingest())
    assert tree_of(studio.card) == before
    assert studio.holds_everything()


def test_two_cards_that_come_home_at_once_lose_no_picture_and_no_history(studio, tmp_path):
    """F067, P06, P23. The same names on both, one evening, the same destinations, one ledger."""
    pictures = list(studio.shoot().values())
    second = tmp_path / "CARD 2"
    for number in (1, 2, 3):
        path = second / f"DCIM/100CANON/IMG_{number:04}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"of the second card %d" % number)
        os.utime(path, ns=(EVENING, EVENING))
        pictures.append(path.read_bytes())
    both = [studio.start("ingest", card, "--json", "--shoot", "Wedding") for card in (studio.card, second)]
    answers = [command.communicate(timeout=60)[0] for command in both]
    assert [command.returncode for command in both] == [0, 0], answers
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(pictures)
    for place in (studio.ssd, studio.nas):
        history = b"".join(path.read_bytes() for path in place.rglob("*.mhl"))
        assert all(os.path.basename(path).encode() in history for path in studio.copies(place))


def test_an_interrupted_ingest_that_goes_on_leaves_a_history_of_every_photograph(studio, sabotage):
    """F002, P08, P21. Stopped when some were done; none of these is copied again, and none is missing in the list."""
    studio.shoot(6)
    real = Prover._publish

    def publish(prover, file, path):
        if path.endswith(b"IMG_0004.JPG"):
            raise OSError(28, "No space left on device")
        real(prover, file, path)

    sabotage.setattr(Prover, "_publish", publish)
    refused(studio.ingest())
    sabotage.undo()
    inodes = {path: (studio.ssd / path).stat().st_ino for path in studio.copies(studio.ssd)}
    safe(studio.ingest())
    assert {path: (studio.ssd / path).stat().st_ino for path in inodes} == inodes
    history = b"".join(path.read_bytes() for path in studio.ssd.rglob("*.mhl"))
    assert [name for name in studio.copies(studio.ssd) if os.path.basename(name).encode() not in history] == []


# -- when the verdict is made -----------------------------------------------------------------------------------------
def test_a_card_that_was_never_copied_is_never_safe(studio):
    """P01. Also where its pictures lie at both destinations already, put there by somebody else."""
    for name, data in studio.shoot().items():
        for place in (studio.ssd, studio.nas):
            (place / name).write_bytes(data)
    refused(studio.check(), "not copied")


def test_a_photograph_that_vanishes_behind_its_copy_is_not_forgotten(studio, sabotage):
    """F055, F058, P33. It is copied, but the card is not the one that was read: somebody uses it."""
    studio.shoot()
    real = ending.write_manifests
    sabotage.setattr(ending, "write_manifests", lambda session: os.unlink(studio.card / SECOND) or real(session))
    refused(studio.ingest(), "card changed")


def test_one_more_photograph_and_the_verdict_does_not_hold(studio):
    """F054. SAFE belongs to the card as it was at that moment."""
    studio.shoot()
    safe(studio.ingest())
    safe(studio.check())
    studio.put("DCIM/100CANON/IMG_0099.JPG", b"taken after the verdict")
    assert refused(studio.check(), "not copied").names("not copied") == ["DCIM/100CANON/IMG_0099.JPG"]


def test_another_card_with_the_same_names_sizes_and_times_is_not_taken_for_the_first(studio):
    """F051, P20, P32. Formatted in the camera and filled anew: only the bytes differ."""
    pictures = studio.shoot()
    safe(studio.ingest())
    for name, data in pictures.items():
        studio.put(f"DCIM/100CANON/{name}", data[::-1])
    refused(studio.check(), "card changed")
    safe(studio.ingest())
    assert studio.contents(studio.ssd) == sorted([*pictures.values(), *(data[::-1] for data in pictures.values())])


def test_with_one_destination_alone_nothing_is_begun(studio):
    """P07. One copy is no backup, and a photographer who sees it made would format."""
    studio.shoot()
    text = (studio.home / "config.toml").read_text()
    (studio.home / "config.toml").write_text(text[: text.rindex("[[destinations]]")])
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (4, "error")
    assert "one copy is no backup" in str(run.last["mistakes"])
    assert studio.copies(studio.ssd) == {}


def test_a_destination_that_is_away_is_named_and_nothing_is_safe_without_it(studio):
    """F037, P35. The check answers nevertheless."""
    studio.shoot()
    safe(studio.ingest())
    studio.nas.rename(studio.base / "unplugged")
    run = refused(studio.check(), "destination")
    assert any("nas" in reason["text"] for reason in run.last["reasons"])


def test_a_folder_at_the_place_of_the_nas_is_not_the_nas(studio):
    """F037, P24. An unmounted share leaves an empty folder, or one with a copy of everything but the marker."""
    studio.shoot()
    safe(studio.ingest())
    away = studio.base / "unmounted"
    studio.nas.rename(away)
    studio.nas.mkdir()
    refused(studio.check(), "destination")
    refused(studio.ingest(), "destination")
    assert tree_of(studio.nas) == {}
    studio.nas.rmdir()
    away.rename(studio.nas)
    safe(studio.check())


def test_copies_that_are_no_longer_as_they_were_proven_take_the_verdict_with_them(studio):
    """F081, F087, P20. Whatever the photographer, an editor or a tool for syncing did: each is named, none counts."""
    pictures = studio.shoot(5)
    safe(studio.ingest())
    for number in (1, 2, 3, 4):
        studio.copy_of(studio.nas, f"IMG_{number:04}.JPG").unlink()  # the first stays deleted
    folder = studio.copy_of(studio.nas, "IMG_0005.JPG").parent
    (folder / "IMG_0002.JPG").touch()
    (folder / "IMG_0003.JPG").symlink_to(studio.copy_of(studio.ssd, "IMG_0003.JPG"))
    (folder / "IMG_0004.JPG").write_bytes(bytes(len(pictures["IMG_0004.JPG"])))
    changed = [f"DCIM/100CANON/IMG_{number:04}.JPG" for number in (1, 2, 3, 4)]
    assert refused(studio.check(), "unproven").names("unproven") == changed
    safe(studio.ingest())
    assert set(pictures.values()) <= set(studio.contents(studio.nas))
    assert studio.contents(studio.ssd) == sorted(pictures.values())


def test_a_destination_that_was_emptied_and_kept_its_marker_is_found(studio):
    """F046, P24. All its copies are gone at once."""
    studio.shoot()
    safe(studio.ingest())
    for path in studio.copies(studio.nas):
        (studio.nas / path).unlink()
    assert len(refused(studio.check(), "unproven").names("unproven")) == 3
    safe(studio.ingest())
    assert studio.holds_everything()


def test_a_clock_that_jumps_by_ten_years_changes_no_verdict_and_forgets_nothing(studio, monkeypatch):
    """F085. Back, forth, and to and fro in the middle of a session; photographs keep their own times."""
    studio.shoot()
    safe(studio.ingest())
    real, ticks = time.time, itertools.count()
    for years in (-10, 10):
        monkeypatch.setattr(time, "time", lambda jump=years * YEAR: real() + jump)
        safe(studio.check())
    assert safe(studio.ingest()).counts == {"files": 3, "proven": 3, "already_safe": 3}
    studio.put("DCIM/100CANON/IMG_0099.JPG", b"a new one")
    monkeypatch.setattr(time, "time", lambda: real() + (next(ticks) % 3 - 1) * 10 * YEAR)
    assert safe(studio.ingest()).counts["new"] == 1
    monkeypatch.setattr(time, "time", real)
    safe(studio.check())
    assert studio.holds_everything()
    assert {(studio.ssd / path).stat().st_mtime_ns for path in studio.copies(studio.ssd)} == {EVENING}
    assert studio.ask("SELECT level FROM verdict ORDER BY id") == [("safe",)] * 3


@pytest.mark.parametrize("setting", ['weakest_method = "cached"', "reads = 0", "devices = 0", "verify = false"])
def test_no_setting_switches_the_proof_off(studio, setting):
    """P10, P19. It is refused as a mistake; nothing is copied under it."""
    studio.shoot()
    name, text = setting.split(" ")[0], (studio.home / "config.toml").read_text()
    kept = "\n".join(line for line in text.splitlines() if not line.startswith(name))
    (studio.home / "config.toml").write_text(kept.replace("[gate]", f"[gate]\n{setting}"))
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (4, "error")
    assert (studio.copies(studio.ssd), studio.copies(studio.nas)) == ({}, {})


def test_a_card_without_a_photograph_seals_no_history_and_is_not_safe(studio):
    """F058, P25. Zero files of zero are no success."""
    (studio.card / "DCIM/100CANON").mkdir(parents=True)
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (11, "error")
    assert not [*studio.ssd.rglob("*.mhl"), *studio.nas.rglob("*.mhl")]


def test_a_verdict_that_cannot_be_written_down_is_not_shown(studio, sabotage):
    """F082. The ledger's disk is full in the last moment."""
    studio.shoot()
    sabotage.setattr(judge, "record_verdict", lambda *_, **__: 1 / 0)
    run = studio.ingest()
    assert run.code != 0
    assert not run.events("verdict")
    assert '"safe"' not in run.out
    sabotage.undo()
    safe(studio.ingest())


def no_such_program(*_, **__):
    raise FileNotFoundError(2, "No such file or directory")


def test_without_any_other_program_on_the_computer_a_card_is_still_proven(studio, monkeypatch):
    """P22. No tool from outside takes part in the proof, so none can be missing, old or another of that name."""
    studio.shoot()
    monkeypatch.setenv("PATH", str(studio.base / "no programs"))
    monkeypatch.setattr(subprocess, "Popen", no_such_program)
    safe(studio.ingest())
    assert studio.holds_everything()


def test_a_program_that_dies_in_the_middle_of_its_answer_has_said_nothing_false(studio, sabotage):
    """F001, F104. An error of ours behind the copies: no verdict, all copies recorded, and the next run is SAFE."""
    studio.shoot()
    sabotage.setattr(judge, "gather", lambda *_: 1 / 0)
    run = studio.ingest()
    assert (run.code, run.events("verdict")) == (1, [])
    sabotage.undo()
    assert safe(studio.ingest()).counts == {"files": 3, "proven": 3, "already_safe": 3}


def test_an_error_of_ours_while_a_name_is_given_is_a_failure_and_no_silence(studio, sabotage):
    """F104. Proven bytes without their name are no copy: the ledger knows of none, and the verdict says so."""
    studio.shoot()
    real = Prover._publish
    sabotage.setattr(
        Prover, "_publish", lambda prover, *file: 1 / 0 if prover.place.name == "nas" else real(prover, *file)
    )
    refused(studio.ingest(), "unproven")
    copies = "SELECT count(*) FROM copy JOIN destination d ON d.id = destination_id WHERE d.name = ?"
    assert (studio.ask(copies, "ssd"), studio.ask(copies, "nas")) == ([(3,)], [(0,)])
    sabotage.undo()
    safe(studio.ingest())


def test_the_command_that_a_script_waits_for_ends_with_0_for_safe_alone(studio):
    """P18, P26, P27. `safelight check && format`: before the ingest, after it, and when a copy is gone."""
    studio.shoot()
    answers = [studio.run("check", studio.card)]
    safe(studio.ingest())
    answers.append(studio.run("check", studio.card))
    studio.copy_of(studio.nas, "IMG_0001.JPG").unlink()
    answers.append(studio.run("check", studio.card))
    assert [answer.code for answer in answers] == [11, 0, 11]
    assert ["SAFE TO FORMAT" in answer.out for answer in answers] == [False, True, False]
