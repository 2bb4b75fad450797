"""What makes a benchmark's figure honest: the order of turns, ratios within a round, limits that are felt, refusals."""

import cProfile
import json
import os
import re
import subprocess
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from loops import needs_loops

from benchmarks.cases_growth import last_step
from benchmarks.cases_memory import INGEST_LIMIT
from benchmarks.chart import lines_of
from benchmarks.contest import ONE, TWO, Outcome, contest, order
from benchmarks.disks import PREFIX, Size, four_disks, work_folder
from benchmarks.measure import Figure, Finished, run
from benchmarks.peers import CAT, CP, LEAST_WORK, RCLONE, RSYNC, SHA256, XXHSUM, Peer, Step
from benchmarks.profiling import function_times, where_the_time_goes
from benchmarks.registry import cases
from benchmarks.report import Report, markdown
from benchmarks.stage import Turn, contents, demand_safe, few_large, many_small, peer_turn, stand, wedding
from benchmarks.throttle import CannotLimitError, in_force, limited, rule

MB = 1_000_000
FLIP = 'f=$(find "$3" -name "*0007.JPG"); touch -r "$f" "$4/t"; printf x | dd of="$f" bs=1 seek=99 conv=notrunc'
VERIFYING = [peer for peer in (RSYNC, RCLONE, SHA256, XXHSUM) if not peer.missing]  # what this machine has
COPYING = [CP, *VERIFYING, *[peer for peer in (LEAST_WORK,) if not peer.missing]]


def finished(*lines, code=0):
    return Finished(code, 1.0, 1.0, 0, 0, 0, tuple((0.5, line) for line in lines))


def test_a_ratio_is_taken_within_each_round_and_its_median_counts():
    outcome = Outcome({"a": [Turn(2, 1), Turn(30, 1), Turn(4, 1)], "b": [Turn(1, 1), Turn(10, 1), Turn(1, 1)]})
    ratios = outcome.ratio("a", "b")
    assert ratios == (2, 3, 4)
    assert Figure("a / b", "x", ratios).median == 3


def test_each_contender_comes_first_and_last_equally_often():
    names = ["a", "b", "c"]
    rounds = [order(names, number) for number in range(6)]
    assert all(sorted(each) == names for each in rounds)
    assert sorted(each[0] for each in rounds) == sorted(each[-1] for each in rounds) == ["a", "a", "b", "b", "c", "c"]


@pytest.mark.parametrize(("seconds", "felt"), [(10.0, True), (12.0, True), (9.8, True), (9.0, False), (1.0, False)])
def test_a_limit_is_in_force_when_reading_took_as_long_as_it_allows(seconds, felt):
    assert in_force(1000 * MB, seconds, 100 * MB) is felt


def test_the_rule_of_a_limit_names_the_device_in_the_words_of_its_controller():
    assert rule(True, "7:5", 100) == ("blkio.throttle.read_bps_device", "7:5 100")
    assert rule(False, "7:5", 100) == ("io.max", "7:5 rbps=100")


@pytest.mark.parametrize("level", ["not_yet", "do_not_format"])
def test_an_ingest_that_is_not_safe_gives_no_figure(level):
    demand_safe(finished('{"type": "phase"}', json.dumps({"type": "verdict", "level": "safe"})))
    with pytest.raises(RuntimeError, match="not SAFE"):
        demand_safe(finished(json.dumps({"type": "verdict", "level": level})))
    with pytest.raises(RuntimeError, match="exit code 11"):
        demand_safe(finished(json.dumps({"type": "verdict", "level": "safe"}), code=11))
    with pytest.raises(RuntimeError, match="not SAFE"):
        demand_safe(finished(json.dumps({"type": "summary"})))


@pytest.mark.parametrize("scene", [few_large(2), many_small(30, 20 << 10), wedding(2)], ids=lambda scene: scene.words)
def test_a_card_holds_what_its_scene_says_and_no_two_files_are_alike(tmp_path, scene):
    scene.build(tmp_path)
    sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert len(sizes) == scene.size.files == len(set(contents(tmp_path)))
    assert 0.8 * scene.size.bytes <= sum(sizes) <= scene.size.bytes


def test_every_case_has_a_name_of_its_own_and_one_that_takes_long_is_left_out_of_the_short_form():
    all_of_them = cases()
    names = [case.name for case in all_of_them]
    assert len(set(names)) == len(names)
    assert {case.name for case in all_of_them if not case.short} >= {"slow-100", "memory-100000"}
    assert all(case.long >= case.short for case in all_of_them)
    assert INGEST_LIMIT == 250


def test_a_program_that_is_missing_is_named_and_its_peer_left_out():
    peer = Peer("p", (Step("true"),), ("sh", "no-such-program"))
    assert peer.missing == ("no-such-program",)
    outcome = contest(None, 1, (), (peer,))
    assert outcome.left_out == {"p": ("no-such-program",)}
    assert not outcome.has("p")


def test_memory_that_forked_processes_share_counts_once():
    script = (
        "import os, time; a = bytearray(b'x') * 60_000_000; pids = [os.fork() for _ in range(2)]; time.sleep(0.6);"
        "0 in pids or [os.wait() for _ in pids]"
    )
    done = run(["python3", "-c", script], memory=True).demand()
    assert 60 * MB < done.family_peak < 100 * MB  # four processes stand there
    assert 60 * MB < done.largest < 100 * MB


@pytest.fixture(scope="module")
def stage():
    with stand(many_small(12, 20 << 10)) as standing:
        yield standing


def test_reading_the_card_copies_nothing(stage):
    assert peer_turn(stage, CAT).seconds > 0
    assert contents(stage.disks.ssd) == []


@pytest.mark.parametrize("peer", COPYING, ids=lambda peer: peer.name)
def test_a_peer_copies_the_card_twice(stage, peer):
    assert peer_turn(stage, peer).seconds > 0
    assert contents(stage.disks.ssd) == contents(stage.disks.nas) == stage.wanted


@pytest.mark.parametrize("peer", VERIFYING, ids=lambda peer: peer.name)
def test_the_check_of_a_verifying_peer_finds_a_flipped_byte(stage, peer):
    flip = Step(f'{FLIP}; touch -r "$4/t" "$f"')
    spoiled = replace(peer, steps=(*peer.steps[:-1], flip, peer.steps[-1]))
    with pytest.raises(RuntimeError, match="exit code"):
        peer_turn(stage, spoiled)


def test_a_copy_that_differs_gives_no_figure(stage):
    lossy = replace(CP, steps=(*CP.steps, Step('rm "$3/DCIM/100CANON/IMG_0003.JPG"')))
    with pytest.raises(RuntimeError, match="what arrived at nas"):
        peer_turn(stage, lossy)


def test_both_ways_of_safelight_and_a_peer_take_their_turns(stage):
    outcome = contest(stage, 1, (1, 2), (CP,))
    assert set(outcome.turns) == {ONE, TWO, CP.name}
    for name in (ONE, TWO):
        (turn,) = outcome.turns[name]
        assert 0 < turn.editing <= turn.seconds


@pytest.mark.root
@needs_loops
def test_disks_are_devices_of_their_own_and_nothing_stays_when_the_work_ends():
    with four_disks(Size(10, MB)) as disks:
        assert len({place.stat().st_dev for place in (disks.card, disks.ssd, disks.nas, disks.home)}) == 4
        (disks.card / "a").write_bytes(b"a")
        (disks.ssd / "a").write_bytes(b"a")
        disks.seal_card()
        disks.renew()
        assert [path.name for path in disks.card.iterdir()] == ["a"]
        assert not (disks.ssd / "a").exists()
        with pytest.raises(OSError, match="Read-only"):
            (disks.card / "b").write_bytes(b"")
    assert not disks.folder.exists()
    assert str(disks.folder) not in Path("/proc/self/mountinfo").read_text()
    for device in disks.devices.values():
        backing = Path("/sys/block", device.removeprefix("/dev/"), "loop/backing_file")
        assert not backing.exists() or str(disks.folder) not in backing.read_text()


@pytest.mark.root
@needs_loops
def test_a_card_that_somebody_looks_at_is_taken_out_when_they_have_looked(monkeypatch):
    with four_disks(Size(10, MB)) as disks, (disks.card / "a").open("wb") as held:
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _seconds: held.close())
        monkeypatch.setattr("benchmarks.disks.time", clock)
        disks.take_out("card")
        assert str(disks.card) not in Path("/proc/self/mountinfo").read_text()
        with (disks.ssd / "a").open("wb"):
            monkeypatch.setattr("benchmarks.disks._PATIENCE", -1.0)
            with pytest.raises(subprocess.CalledProcessError):
                disks.take_out("ssd")


@pytest.mark.root
@needs_loops
def test_a_card_that_a_program_with_mounts_of_its_own_holds_is_put_in_when_that_has_ended(monkeypatch):
    holder = ["unshare", "--mount", "--propagation", "private", "sleep", "60"]
    with four_disks(Size(10, MB)) as disks, subprocess.Popen(holder) as process:
        own, card, waited = Path(f"/proc/{process.pid}"), str(disks.card), []

        def sleep(_seconds):
            waited.append(process.kill())
            process.wait()

        try:
            until = time.monotonic() + 30
            while (own / "comm").read_text() != "sleep\n" and time.monotonic() < until:
                time.sleep(0.01)
            disks.take_out("card")
            assert card in (own / "mountinfo").read_text()
            monkeypatch.setattr("benchmarks.disks.time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
            disks._mount("card")  # read-only, which a file system that is in use to be written cannot be
            assert waited
            assert card in Path("/proc/self/mountinfo").read_text()
        finally:
            process.kill()


def test_a_case_that_finds_no_room_says_how_much_it_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFELIGHT_BENCH_IMAGES", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"needs .* GB"), four_disks(Size(10, 10**15)):
        pass


@pytest.mark.root
@needs_loops
def test_what_a_crashed_benchmark_left_is_taken_down_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFELIGHT_BENCH_IMAGES", str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = tmp_path / f"{PREFIX}{dead.pid}-x"
    (left / "mnt").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", left / "mnt"], check=True)
    with work_folder() as work:
        assert work.is_dir()
        assert not list(tmp_path.iterdir())


@pytest.mark.root
@needs_loops
def test_a_limited_card_is_read_no_faster_and_only_by_whom_the_limit_is_for():
    with four_disks(Size(10, 30 * MB)) as disks:
        file = disks.card / "a"
        file.write_bytes(os.urandom(20 * MB))
        disks.seal_card()
        try:
            with limited(disks.card_device, 20 * MB) as prefix:
                held = run([*prefix, "sh", "-c", f"cat {file} > /dev/null"])
                disks.replug()
                free = run(["sh", "-c", f"cat {file} > /dev/null"])
        except CannotLimitError as error:
            pytest.skip(str(error))
    assert in_force(20 * MB, held.demand().seconds, 20 * MB)
    assert not in_force(20 * MB, free.demand().seconds, 20 * MB)


def test_the_last_step_of_growth_leaves_out_what_every_run_costs():
    assert last_step({1: 7.0, 2: 9.0, 4: 13.0, 8: 21.0}) == pytest.approx(1)
    assert last_step({1: 1.0, 2: 4.0, 4: 16.0, 8: 64.0}) == pytest.approx(2.4)


def test_the_chart_has_a_line_for_each_name_in_the_order_of_sizes():
    figures = [Figure("x", "s", (value,), point=("a", factor)) for factor, value in ((2, 5.0), (1, 3.0))]
    assert lines_of([*figures, Figure("no point", "s", (1.0,))]) == {"a": [(1, 3.0), (2, 5.0)]}


def test_the_results_show_targets_missed_what_bounds_them_and_what_was_left_out():
    figures = {
        "large": [Figure("ours / cp", "x", (2.0, 1.0, 4.0), 1.25)],
        "growth": [Figure("t", "s", (1.0,), point=("a", 1))],
    }
    report = Report(figures, {"machine": "a"}, date(2025, 6, 1), True, ["slow-100: no cgroup"], ["large: reading"])
    text = markdown(report, Path("growth.png"))
    assert "| ours / cp | 2.00 x | 1.00-4.00 | 3 | < 1.25 x | MISSED |" in text
    assert "2025-06-01" in text
    assert "--long --write" in text
    assert "```\nlarge: reading\n```" in text
    assert "(growth.png)" in text
    assert "- slow-100: no cgroup" in text


def test_a_profile_knows_processes_threads_and_functions():
    text = where_the_time_goes("small", many_small(12, 20 << 10))
    assert re.search(r"[0-9.]+ s +[0-9]+%  session\n", text)
    assert "thread MainThread" in text
    assert "copying" in text.splitlines()[1]


def test_functions_of_a_profile_are_told_with_their_own_time_and_calls(tmp_path):
    profile = cProfile.Profile()
    profile.runcall(sorted, range(9), key=str)
    profile.dump_stats(tmp_path / "session.MainThread.0.prof")
    rows = {name: calls for _, calls, name in function_times(tmp_path / "session.MainThread.0.prof")}
    assert rows["<built-in method builtins.sorted>"] == 1
