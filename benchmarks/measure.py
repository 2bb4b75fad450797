"""One process: how long it took, how much memory and processor it used. Many: their median and range."""

import contextlib
import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.1


class CannotMeasureError(Exception):
    """Something that a case needs is not on this machine: it is left out by name."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended. seconds: from its start to its end. cpu: user + system, of its children too, in seconds.

    Memory in bytes, 0 where it was not watched. peak: the most that the process itself held (the kernel's high-water
    mark of RSS). largest: the same of whichever of its processes held most. family_peak: the most that all of them
    held together, as sampled: the sum of PSS, in which memory that forked processes share counts once.
    lines: (seconds since the start, line) of stdout and stderr.
    """

    code: int
    seconds: float
    cpu: float
    peak: int
    largest: int
    family_peak: int
    lines: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """All that it printed."""
        return "".join(line for _, line in self.lines)

    def when(self, words: str) -> float:
        """Seconds until a line with these words came; raises LookupError when none did."""
        for at, line in self.lines:
            if words in line:
                return at
        raise LookupError(f"no line with {words!r} among {self.text!r}")

    def demand(self, code: int = 0) -> "Finished":
        """Itself when it ended as it should; a run that failed must not give a figure."""
        if self.code != code:
            raise RuntimeError(f"exit code {self.code} instead of {code}:\n{self.text[-4000:]}")
        return self


Look = Callable[[Sequence[psutil.Process]], None]


def run(
    command: Sequence[str | Path],
    *,
    variables: Mapping[str, str] | None = None,
    memory: bool = False,
    look: Look | None = None,
) -> Finished:
    """Run a command to its end. variables: added to the environment. memory: watch it (costs a little time).

    look: called ten times a second with the process and all that it started.
    """
    held = _Memory()
    looks = [*[held.look] * memory, *([look] if look else [])]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)),
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    watch = _Watch(process.pid, looks) if looks else None
    lines = tuple((time.perf_counter() - start, line) for line in process.stdout or ())
    code = process.wait()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if watch:
        watch.stop()
    return Finished(code, seconds, cpu, held.peak, held.largest, held.family_peak, lines)


class _Watch(threading.Thread):
    """Looks at a process and its children, ten times a second, until it ends."""

    def __init__(self, pid: int, looks: Sequence[Look]) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._looks = looks
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            with contextlib.suppress(psutil.Error):  # it has just ended
                family = [self._process, *self._process.children(recursive=True)]
                for look in self._looks:
                    look(family)

    def stop(self) -> None:
        """Look no more; what was seen stays."""
        self._ended.set()
        self.join()


class _Memory:
    """The most that was held. The rusage of a child would not do: it begins with what its parent held."""

    def __init__(self) -> None:
        self.peak = self.largest = self.family_peak = 0

    def look(self, family: Sequence[psutil.Process]) -> None:
        """Once, at a process and all that it started."""
        self.family_peak = max(self.family_peak, sum(map(_share, family)))
        highest = list(map(_high_water, family))
        self.peak = max(self.peak, highest[0])
        self.largest = max(self.largest, *highest)


def _share(process: psutil.Process) -> int:
    """Its memory, a page that n processes share counted as an n-th (PSS); RSS where the kernel does not tell."""
    return _bytes_of(process, "smaps_rollup", "Pss:")


def _high_water(process: psutil.Process) -> int:
    """The kernel's own peak of RSS, which misses nothing between two looks."""
    return _bytes_of(process, "status", "VmHWM:")


def _bytes_of(process: psutil.Process, name: str, key: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/{name}").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(key):
                return int(line.split()[1]) << 10
    with contextlib.suppress(psutil.Error):  # another system, or it has just ended
        return int(process.memory_info().rss)
    return 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. values: of all runs, in `unit`. target: what the median must stay below, None for none.

    point: where it stands in the chart: the name of its line, and how many times the smallest card.
    """

    what: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    note: str = ""
    point: tuple[str, int] | None = None

    @property
    def median(self) -> float:
        """Of all runs."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median is below the target; None without one."""
        return None if self.target is None else self.median < self.target
