"""Card, two destinations and the ledger lose their power at the same moment of an ingest; then they are put up again.

Two ways. On ext4 one session is recorded, write by write and flush by flush of all the disks together, and each cut is
a beginning of that record: what comes behind it never happened. By POSIX each cut is a session of its own, that is
killed in the middle of a call; of bytes and names that were not synced nothing is left, or a part.
"""

import contextlib
import os
import pickle
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from crash_truth import is_whole_again, tells_no_lie
from loops import LoopDisk, attached, loop_disk, run
from nothing_false import has_tables, photographs
from recording_disks import Event, replay
from rigs import FaultyFileSystem, faulty_file_system, steered
from studio import Run, Studio

PLACES = ("ssd", "nas", "home")
NO_CUT = 10**9
_LITTER = (".safelight-*", "*.new", "*.tmp", "*.part")


@dataclass(frozen=True)
class Cut:
    """The power goes before call or behind event `point`. mode: what is left of what was not flushed, with `seed`."""

    point: int
    mode: str
    seed: int


@dataclass(frozen=True)
class Recorded:
    """An ingest that nothing disturbed, on three disks. card: mounted read-only. base: the disks before it."""

    folder: Path
    card: Path
    pictures: dict[str, bytes]
    base: Path
    events: list[Event]

    def wrong_after(self, cut: Cut) -> str:
        """Cut, boot, look, and run the same command; what is wrong then, "" for nothing."""
        at = self.folder / f"cut {cut.point} {cut.mode} {cut.seed}"
        at.mkdir()
        replay(self.base, self.events[: cut.point], at / "disks", cut.mode, cut.seed)
        with contextlib.ExitStack() as stack:
            studio = Studio(at, devices=2)
            places = {name: _mounted(stack, at / "disks" / name, at / "mnt" / name) for name in PLACES}
            studio.configure(card=self.card, **places)
            is_over = cut.point == len(self.events)
            wrong = _what_is_wrong(studio, self.pictures, cut, said_safe=is_over)
        if not wrong:
            shutil.rmtree(at)
        return wrong

    def ledger_after_lies(self, seed: int) -> str:
        """Cut at the end, where the disk of the ledger lied about its flushes for a while: what is left then.

        Gives "no file system", "gone" (also an empty file), "refused" by the check, or "sound". Asserts that a refused
        one gives no verdict and says what to do, and that without one or by a sound one only what is true is SAFE.
        """
        at = self.folder / f"lie {seed}"
        at.mkdir()
        replay(self.base, self.events, at / "disks", "random", seed, lies={"home": len(self.events) * seed // 10})
        subprocess.run(["e2fsck", "-fy", at / "disks" / "home"], capture_output=True, check=False)
        with contextlib.ExitStack() as stack:
            studio = Studio(at, devices=2)
            try:
                places = {name: _mounted(stack, at / "disks" / name, at / "mnt" / name) for name in PLACES}
                studio.configure(card=self.card, **places)
            except (RuntimeError, OSError):
                return "no file system"
            is_there = _has_a_ledger(studio)
            look, answer = studio.run("ledger", "check"), studio.ingest()
            if is_there and look.code:
                assert (look.code, answer.code, answer.last["type"]) == (19, 19, "error"), answer
                assert "safelight ledger" in look.out + look.err, look
                return "refused"
            assert (answer.code, answer.level) == (0, "safe"), answer
            tells_no_lie(studio, self.pictures)
            return "sound" if is_there else "gone"


@dataclass(frozen=True)
class Strict:
    """Sessions of their own on a file system that keeps nothing but what was synced."""

    folder: Path
    card: Path
    pictures: dict[str, bytes]

    def points(self) -> int:
        """How many calls a whole session makes that change or flush anything."""
        with self._booted(self.folder / "whole") as (studio, rig):
            assert _session(studio, rig, NO_CUT).level == "safe"
            return int(rig.tell("points"))

    def wrong_after(self, cut: Cut) -> str:
        """The same as of a record."""
        at = self.folder / f"cut {cut.point} {cut.mode} {cut.seed}"
        with self._booted(at) as (studio, rig):
            answer = _session(studio, rig, cut.point)
            is_over = answer.code == 0  # a session happens to make some calls less
            assert is_over or answer.code == -signal.SIGKILL, answer
            rig.tell("powercut", mode=cut.mode, seed=cut.seed)
        with self._booted(at) as (studio, _):
            wrong = _what_is_wrong(studio, self.pictures, cut, said_safe=is_over)
        if not wrong:
            shutil.rmtree(at)
        return wrong

    @contextlib.contextmanager
    def _booted(self, at: Path) -> Iterator[tuple[Studio, FaultyFileSystem]]:
        live = at / "fs" / "backing" / "live"
        for name in PLACES:
            (live / name).mkdir(parents=True, exist_ok=True)
        studio = Studio(at)
        studio.configure(card=self.card, **{name: at / "fs" / "mnt" / name for name in PLACES if name != "home"})
        shutil.copy(studio.home / "config.toml", live / "home")  # there before the file system is, so it is durable
        with faulty_file_system(at / "fs") as rig:
            studio.home = rig.mnt / "home"
            yield studio, rig


@contextlib.contextmanager
def a_card(folder: Path) -> Iterator[tuple[Path, dict[str, bytes]]]:
    """Mounted read-only: (where, name -> content); three photographs, one of them in several pages and writes."""
    with loop_disk(folder / "card", 48) as disk:
        studio = Studio(folder / "shot")
        studio.configure(card=disk.mnt)
        pictures = photographs(studio, count=3, size=150_000)
        run("mount", "-o", "remount,ro", disk.mnt)
        yield disk.mnt, pictures


@contextlib.contextmanager
def recorded(folder: Path) -> Iterator[Recorded]:
    """One ingest with its record."""
    images, exported = folder / "images", folder / "exported"
    images.mkdir()
    for name in PLACES:
        with (images / name).open("wb") as image:
            image.truncate(48 << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", images / name)
    with a_card(folder) as (card, pictures):
        with steered(folder, exported, "recording_disks.py", images) as tell, contextlib.ExitStack() as stack:
            studio = Studio(folder / "studio", devices=2)
            places = {name: _mounted(stack, exported / name, folder / "mnt" / name) for name in PLACES}
            studio.configure(card=card, **places)
            os.sync()
            tell("start", base=str(folder / "base"))
            answer = studio.run_apart(lambda: None, "ingest", card, "--json")
            assert (answer.code, answer.level) == (0, "safe"), answer
            tell("save", out=str(folder / "log"))
        events: list[Event] = pickle.loads((folder / "log").read_bytes())
        yield Recorded(folder, card, pictures, folder / "base", events)


def spread(points: int, count: int, modes: tuple[str, ...], seed: int) -> list[Cut]:
    """Cuts at that many of the points, evenly; each is anywhere in its part, and the last one is the end."""
    dice = random.Random(seed)
    edges = [points * number // count for number in range(count + 1)]
    chosen = [dice.randint(low + 1, high) for low, high in pairwise(edges) if high > low]
    chosen[-1] = points
    return [Cut(point, modes[number % len(modes)], seed + number) for number, point in enumerate(chosen)]


def cut_at_each(wrong_after: Callable[[Cut], str], cuts: list[Cut], points: int) -> None:
    """On all cores; prints how many of how many points, and every cut that went wrong with what it takes to repeat."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        wrong = [text for text in pool.map(wrong_after, cuts) if text]
    print(f"\n{len(cuts)} power cuts at {len({cut.point for cut in cuts})} of {points} points")
    assert not wrong, f"{len(wrong)} of {len(cuts)}:\n" + "\n\n".join(wrong[:10])


def _what_is_wrong(studio: Studio, pictures: dict[str, bytes], cut: Cut, *, said_safe: bool) -> str:
    answer = Run(0, "", "")
    try:
        tells_no_lie(studio, pictures)
        if has_tables(studio):
            answer = studio.run("ledger", "check")
            assert answer.code == 0, "the ledger is not sound"
        if said_safe:
            levels = studio.ask("SELECT level FROM verdict")
            assert ("safe",) in levels, "SAFE was shown, and the ledger forgot it"
        answer = studio.ingest()
        assert (answer.code, answer.level) == (0, "safe"), "the same command does not end SAFE"
        tells_no_lie(studio, pictures)
        is_whole_again(studio, pictures)
        assert not litter(studio), f"left over: {litter(studio)}"
    except Exception as error:
        return f"{cut}: {type(error).__name__}: {error}\n{answer.out[-1500:]}\n{answer.err[-1500:]}"
    return ""


def _has_a_ledger(studio: Studio) -> bool:
    try:
        return has_tables(studio)
    except sqlite3.DatabaseError:
        return True  # damaged, so there is one


def litter(studio: Studio) -> list[Path]:
    """Whatever looks like a temporary file, anywhere in the three places."""
    places = (studio.ssd, studio.nas, studio.home)
    return sorted(path for place in places for pattern in _LITTER for path in place.rglob(pattern))


def _session(studio: Studio, rig: FaultyFileSystem, point: int) -> Run:
    def in_its_own_group() -> None:
        os.setsid()
        rig.tell("cutat", nth=point, group=os.getpid())

    return studio.run_apart(in_its_own_group, "ingest", studio.card, "--json")


def _mounted(stack: contextlib.ExitStack, image: Path, mnt: Path) -> Path:
    disk = LoopDisk(mnt, stack.enter_context(attached(image)), image, "ext4")
    disk.mount()
    stack.callback(disk.unmount)
    return mnt
