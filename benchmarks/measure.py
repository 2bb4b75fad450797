"""One process: how long it took, how much memory and processor it used. Many: their median and range."""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended. seconds: from its start to its end. cpu: user + system, of its children too, in seconds.

    peak: bytes of its own memory (RSS) at most. family_peak: with all processes that it started, as sampled; 0 where
    memory was not watched. held: (seconds since the start, bytes of its own memory). lines: (seconds since the start,
    line) of stdout and stderr.
    """

    code: int
    seconds: float
    cpu: float
    peak: int
    family_peak: int
    held: tuple[tuple[float, int], ...]
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

    def peak_before(self, words: str) -> int:
        """The most memory seen until a line with these words came; LookupError as `when`."""
        end = self.when(words)
        return max((held for at, held in self.held if at <= end), default=0)

    def demand(self, code: int = 0) -> "Finished":
        """Itself when it ended as it should; a run that failed must not give a figure."""
        if self.code != code:
            raise RuntimeError(f"exit code {self.code} instead of {code}:\n{self.text}")
        return self


def run(command: Sequence[str | Path], *, variables: Mapping[str, str] | None = None, memory: bool = False) -> Finished:
    """Run a command to its end. variables: added to the environment. memory: watch it (costs a little time)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)),
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watch = _MemoryWatch(process.pid, start) if memory else None
    lines = tuple((time.perf_counter() - start, line) for line in process.stdout or ())
    code = process.wait()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if watch:
        watch.stop()
        return Finished(code, seconds, cpu, watch.peak, watch.family_peak, tuple(watch.held), lines)
    return Finished(code, seconds, cpu, 0, 0, (), lines)


class _MemoryWatch(threading.Thread):
    """Looks at a process and its children until it ends.

    The rusage of a child would not do: it begins with what its parent, this benchmark, held when it was started.
    """

    def __init__(self, pid: int, start: float) -> None:
        super().__init__(daemon=True)
        self.peak = self.family_peak = 0
        self.held: list[tuple[float, int]] = []
        self._began = start
        self._process = psutil.Process(pid)
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                held = [process.memory_info().rss for process in family]
                self.held.append((time.perf_counter() - self._began, held[0]))
                self.family_peak = max(self.family_peak, sum(held))
                self.peak = max(self.peak, held[0], self._high_water())
            except (psutil.Error, OSError):  # it, or one of its children, has just ended
                continue

    def _high_water(self) -> int:
        """The kernel's own peak, which misses nothing between two looks; 0 where there is none (macOS, Windows)."""
        if sys.platform != "linux":
            return 0
        for line in self._status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
        return 0

    def stop(self) -> None:
        """Look no more; what was seen stays."""
        self._ended.set()
        self.join()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. values: of all runs, in `unit`. target: what the median must stay below, None for none."""

    what: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Of all runs."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median is below the target; None without one."""
        return None if self.target is None else self.median < self.target
