"""A card of about 1 GB, an SSD and a NAS, each a file system of its own: from the ingest to the last doubt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from acceptance_cards import Shot, files_on, fill, gigabyte, pairs, shared_folder
from acceptance_desk import Desk, desk_with, plugging
from acceptance_tools import command, contents, copies_at, flip_back, flip_on_medium, ingest
from loops import needs_loops
from studio import Run

pytestmark = [pytest.mark.root, pytest.mark.slow, needs_loops]

FAR_IN = 5_000_000  # bytes: behind every header, in the middle of a picture


@dataclass
class Day:
    """An ingested card. before: path -> (mode, size, mtime, change time) of everything on it."""

    desk: Desk
    shots: list[Shot]
    before: dict[str, tuple[int, ...]]
    run: Run


@pytest.fixture(scope="module")
def day(scratch: Path) -> Iterator[Day]:
    """Ingested once for all tests here; each leaves everything as it found it."""
    with plugging(scratch) as plug:
        desk = desk_with(plug(1200, label="EOS_DIGITAL"), plug(1300), plug(1300))
        shots = gigabyte(shared_folder())
        fill(desk.card.mnt, shots)
        before = stats(desk.card.mnt)
        yield Day(desk, shots, before, ingest(desk.studio, "--shoot", "Meyer wedding"))


def stats(folder: Path) -> dict[str, tuple[int, ...]]:
    found = {str(path.relative_to(folder)): path.lstat() for path in folder.rglob("*")}
    return {path: (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns) for path, info in found.items()}


def test_the_card_is_safe_and_the_exit_code_says_so(day):
    assert day.run.code == 0, day.run.out + day.run.err
    verdict, wanted = day.run.last, len(files_on(day.desk.card.mnt))
    assert (verdict["type"], verdict["level"], verdict["reasons"]) == ("verdict", "safe", [])
    assert verdict["card"]["label"] == "EOS_DIGITAL"
    assert verdict["card"]["bytes"] > 950_000_000
    assert (verdict["counts"]["proven"], verdict["counts"]["new"], verdict["counts"]["left_out"]) == (wanted, wanted, 1)
    assert [place["methods"] for place in verdict["destinations"]] == [{"direct": wanted}] * 2
    assert (verdict["devices_required"], verdict["reads_required"]) == (2, 2)


def test_every_file_has_one_sha256_in_three_places(day):
    studio = day.desk.studio
    on_card = contents(files_on(studio.card))
    assert len(on_card) == len(day.shots) - 1  # all but the litter, and no two alike
    assert contents(copies_at(studio.ssd)) == on_card
    assert contents(copies_at(studio.nas)) == on_card


def test_both_destinations_call_every_file_the_same_and_keep_its_own_name(day):
    studio = day.desk.studio
    names = [[str(path.relative_to(place)) for path in copies_at(place)] for place in (studio.ssd, studio.nas)]
    assert names[0] == names[1]
    own = [re.sub(r"-2(?=\.)", "", Path(name).name) for name in names[0]]  # two folders of a card may use one name
    assert sorted(own) == sorted(path.name for path in files_on(studio.card))


def test_nothing_on_the_card_was_touched(day):
    assert stats(day.desk.card.mnt) == day.before


@pytest.mark.parametrize("place", ["ssd", "nas"])
def test_the_reference_tool_accepts_the_history_and_finds_every_file_in_it(day, ascmhl_tool, place):
    root = getattr(day.desk.studio, place)
    histories = sorted(path.parent for path in root.rglob("ascmhl") if path.is_dir())
    assert histories
    checked = 0
    for folder in histories:
        for words in (("diff", folder), ("verify", "-v", folder)):
            answer = ascmhl_tool(*words)
            assert answer.returncode == 0, answer.stdout + answer.stderr
            assert "ERROR" not in answer.stdout + answer.stderr
        checked += sum("verification (xxh128) of file" in line and "OK" in line for line in answer.stdout.splitlines())
    sealed = [
        path for path in copies_at(root) if path.suffix != ".XMP"
    ]  # editors rewrite sidecars: no history seals them
    assert checked == len(sealed) > 50


def test_a_bit_that_flips_beneath_the_nas_is_found_although_a_plain_read_still_gives_the_good_bytes(day):
    studio = day.desk.studio
    [victim] = [path for path in copies_at(studio.nas) if path.name == "IMG_0007.DNG"]
    good = victim.read_bytes()
    flip_on_medium(victim, day.desk.nas.image, FAR_IN)
    try:
        assert victim.read_bytes() == good  # the cache is warm, and lies
        found = command(studio, "verify", "--at", "nas", "--json")
        assert found.code == 18, found.out + found.err
        [report] = found.events("verify")
        assert report["differs"] == [str(victim.relative_to(studio.nas))]
        assert (report["ok"], report["gone"], report["unread"]) == (report["looked_at"] - 1, [], [])
        assert victim.read_bytes() != good  # what every reader gets, now that the cache was dropped
        now = command(studio, "check", studio.card, "--json")
        assert (now.code, now.last["level"], now.codes[0]) == (10, "do_not_format", "mismatch")
    finally:
        flip_back(victim, day.desk.nas.image, FAR_IN)
    assert command(studio, "verify", "--at", "nas", "--json").code == 0
    assert command(studio, "check", studio.card, "--json").code == 0


def test_one_new_photograph_and_the_verdict_no_longer_holds(day):
    studio = day.desk.studio
    assert command(studio, "check", studio.card, "--json").code == 0
    [new, _] = pairs(1, folder="109CANON")
    fill(studio.card, [new])
    try:
        now = command(studio, "check", studio.card, "--json")
        assert now.code == 11
        assert (now.last["level"], now.codes) == ("not_yet", ["not copied"])
        assert now.last["reasons"][0]["paths"] == [new.path]
    finally:
        (studio.card / new.path).unlink()
        (studio.card / new.path).parent.rmdir()
    assert command(studio, "check", studio.card, "--json").code == 0
