"""Feeds damaged files to what reads them, in a child whose memory and time are limited: it may crash, nothing else may.

What a file must do: be read, or be refused by a documented error, in bounded time and memory, with nothing left behind.
"""

import os
import random
import resource
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from mutation import mutated
from targets import Target

CORPUS = Path(__file__).with_name("corpus")
MORE_MEMORY = 256 << 20  # bytes that a reader may take beyond what the process has
CPU_SECONDS = 5  # for one file of some kilobytes; a hundred times what any needs
SILENCE = 60.0  # seconds of a wall clock without a sign of life
_BATCH = 200

Case = tuple[str, bytes]


class TooLongError(BaseException):
    """No `except Exception` of a reader may swallow it."""


def remembered(target: Target) -> list[Case]:
    """Files that once did harm, from the repository: `corpus/<target>/<number>.<name>`."""
    files = sorted((CORPUS / target.name).glob("*.*"))
    return [(path.name.partition(".")[2], path.read_bytes()) for path in files]


def damaged(target: Target, folder: Path, seed: int) -> Iterator[Case]:
    """Damaged files without end, the same for a seed."""
    dice = random.Random(f"{target.name} {seed}")
    folder.mkdir()
    samples = target.samples(folder)
    names, others = sorted(samples), list(samples.values())
    while True:
        name = dice.choice(names)
        yield name, mutated(dice, samples[name], others)


def harm_of(target: Target, cases: Iterable[Case], folder: Path) -> list[str]:
    """What went wrong, each with the file that brings it about left in `folder`; empty when nothing did."""
    waiting, found = iter(cases), []
    while batch := list(islice(waiting, _BATCH)):
        while batch:
            done, told = _fed(target, batch, folder)
            if told:
                name, data = batch[done]
                kept = folder.with_name(f"{folder.name}-{len(found)}.{name}")
                kept.write_bytes(data)
                found.append(f"{target.name}: {kept}: {told}")
                done += 1
            batch = batch[done:]
            if len(found) > 5:
                return found
    return found


def _fed(target: Target, batch: list[Case], folder: Path) -> tuple[int, str]:
    """How many files of a batch did no harm, and what the next one did; "" when there is none."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            _feed_all(target, batch, folder, tell)
        finally:
            os._exit(0)
    os.close(tell)
    words = b""
    deadline = time.monotonic() + SILENCE
    while select.select([told], [], [], max(0.0, deadline - time.monotonic()))[0]:
        more = os.read(told, 65536)
        if not more:
            break
        words, deadline = words + more, time.monotonic() + SILENCE
    os.close(told)
    is_late = time.monotonic() >= deadline
    if is_late:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    good, _, harm = words.partition(b"!")
    if not harm and len(good) < len(batch):
        return len(good), "no sign of life" if is_late else f"the process ended with {code}"
    return len(good), harm.decode("utf-8", "replace")


def _feed_all(target: Target, batch: list[Case], folder: Path, tell: int) -> None:
    """In the child: a dot for each file that did no harm; behind the first that did, `!` and what it did."""
    sys.settrace(None)  # what is measured of the tests is not counted here, and takes most of the time
    signal.signal(signal.SIGPROF, _too_long)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY, used + MORE_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for case in batch:
        cpu = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu) + 2 * CPU_SECONDS + 1, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        harm = _harm(target, case, folder)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if harm:
            os.write(tell, b"!" + harm.encode("utf-8", "replace")[-60_000:])
            return
        os.write(tell, b".")


def _harm(target: Target, case: Case, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    if os.listdir(folder):
        shutil.rmtree(folder)
        folder.mkdir()
    try:
        target.feed(*case, folder)
    except target.errors:
        return ""
    except BaseException:
        return traceback.format_exc()
    return ""


def _too_long(_number: int, _frame: object) -> None:
    raise TooLongError(f"more than {CPU_SECONDS} seconds of CPU")
