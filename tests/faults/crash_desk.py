"""An ingest of a small card that is broken at a chosen system call, and what must be true afterwards."""

import gc
import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from crash_truth import is_whole_again, tells_no_lie
from studio import Run, Studio
from syscalls import BARRIERS, Call, Warden

NOTHING_BROKEN = 10**9
_TEMPORARY = re.compile(r"\.safelight-\w+")


@dataclass
class Point:
    """A session that was broken. call: None where it ended before the call of that number. made: those that it made."""

    call: Call | None
    run: Run
    made: list[Call]


@dataclass(frozen=True)
class Breaking:
    """How sessions are broken, each in a studio of its own below `base`.

    calls: those that are held, name -> number. counts(call): whether it is a point. decision: `Warden.END`, or the
    errno it fails with. afterwards: asserts what must be true. All of it goes to other processes, so by name.
    """

    base: Path
    calls: dict[str, int]
    counts: Callable[[Call], bool]
    decision: int
    afterwards: Callable[[Studio, dict[str, bytes], Point], None]

    def at(self, number: int) -> Point | str:
        """One session, broken at that call (from 1); what is wrong afterwards, as text."""
        studio, pictures = _new_studio(self.base / f"at {number}")
        point = self._broken(studio, number)
        try:
            tells_no_lie(studio, pictures)
            self.afterwards(studio, pictures, point)
        except AssertionError as error:
            return f"at call {number}, {point.call}: {error}\n{point.run.out[-1500:]}\n{point.run.err[-1500:]}"
        shutil.rmtree(studio.base)
        return point

    def whole(self) -> list[Call]:
        """The calls of a session that nothing breaks."""
        studio, pictures = _new_studio(self.base / "whole")
        point = self._broken(studio, NOTHING_BROKEN)
        assert point.run.level == "safe"
        is_whole_again(studio, pictures)
        return point.made

    def kind(self, call: Call) -> str:
        """What and where, without names that differ from run to run."""
        parts = Path(call.path).relative_to(self.base).parts[1:]
        place = "/".join(parts[:3] if ".safelight" in parts[1:2] else parts[:1])
        return f"{call.name} {_TEMPORARY.sub('temporary', place)}"

    def _broken(self, studio: Studio, number: int) -> Point:
        made: list[Call] = []

        def decide(call: Call) -> int | None:
            is_ours = call.path.startswith(str(studio.base)) and "/answer." not in call.path
            if not is_ours or not self.counts(call):
                return None
            made.append(call)
            return self.decision if len(made) == number else None

        warden = Warden(decide, self.calls)
        run = studio.run_apart(warden.hold, "ingest", studio.card, "--json")
        warden.wait()
        call = made[number - 1] if number <= len(made) else None
        if call and self.decision == Warden.END:
            assert run.code == -signal.SIGKILL
        return Point(call, run, made)


def any_call(_: Call) -> bool:
    return True


def changes(call: Call) -> bool:
    return call.changes


def changes_or_flushes(call: Call) -> bool:
    return call.changes or call.name in BARRIERS


def break_at_each(*how: Any) -> None:
    """At every point, on all cores; prints how many there were."""
    break_at_every(1, *how)


def break_at_every(nth: int, *how: Any) -> None:
    """At every nth point, from a random one of the first on: some runs see them all. SAFELIGHT_EACH=1: at every one."""
    breaking = Breaking(*how)
    made = breaking.whole()
    step = 1 if os.environ.get("SAFELIGHT_EACH") else nth
    start = random.randrange(step)
    print(f"\nevery {step}. point, from number {start + 1} on")
    _break(breaking, list(range(start + 1, len(made) + 1, step)), len(made))


def break_at_one_of_every_third_kind(*how: Any) -> None:
    """At the one in the middle of those that do the same at the same place; kinds take turns from run to run."""
    breaking = Breaking(*how)
    made = breaking.whole()
    of_a_kind: dict[str, list[int]] = {}
    for number, call in enumerate(made, 1):
        of_a_kind.setdefault(breaking.kind(call), []).append(number)
    middle = sorted(numbers[len(numbers) // 2] for numbers in of_a_kind.values())
    _break(breaking, middle[random.randrange(3) :: 3], len(made))


def _warm_up(base: Path) -> None:
    """A session in this very process: those that are forked from it then need not load what it loaded."""
    studio, _ = _new_studio(base)
    assert studio.ingest().level == "safe"
    gc.freeze()


def _break(breaking: Breaking, numbers: list[int], made: int) -> None:
    assert made > 300
    _warm_up(breaking.base / "warm")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        found = list(pool.map(breaking.at, numbers))
    wrong = [text for text in found if isinstance(text, str)]
    assert not wrong, f"{len(wrong)} of {len(numbers)}:\n" + "\n\n".join(wrong[:20])
    broken = Counter(point.call.name for point in found if isinstance(point, Point) and point.call)
    kinds = ", ".join(f"{count} x {name}" for name, count in broken.most_common())
    print(f"\n{broken.total()} of {made} points broken: {kinds}")
    assert broken.total() >= len(numbers) * 0.9  # the last ones depend on how many calls a session happens to make


def again(studio: Studio) -> Run:
    """The same command, in a process of its own."""
    return studio.run_apart(lambda: None, "ingest", studio.card, "--json")


def goes_on(studio: Studio, pictures: dict[str, bytes], _: Point) -> None:
    """The same command finishes the work as if nothing had happened."""
    run = again(studio)
    assert run.level == "safe", run.out[-1500:]
    tells_no_lie(studio, pictures)
    is_whole_again(studio, pictures)


def is_honest(studio: Studio, pictures: dict[str, bytes], point: Point) -> None:
    """An error of one call may cost the verdict, never the truth; and the next run mends it."""
    run = point.run
    assert run.code in (0, 1, 3, 4, 10, 11, 12, 13, 14, 19), run
    if run.code == 0:
        assert run.level == "safe"
        assert studio.holds_everything()
    goes_on(studio, pictures, point)


def _new_studio(base: Path) -> tuple[Studio, dict[str, bytes]]:
    """Three photographs in two folders, and a clip that takes two buffers."""
    shutil.rmtree(base, ignore_errors=True)
    studio = Studio(base)
    pictures = studio.shoot(2)
    pictures |= {"IMG_0003.JPG": b"a picture in another folder", "CLIP.MP4": bytes(range(256)) * (5 << 12)}
    for name in ("IMG_0003.JPG", "CLIP.MP4"):
        studio.put(f"DCIM/101CANON/{name}", pictures[name])
    return studio, pictures
