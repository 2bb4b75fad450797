"""Where the time of an ingest goes: each process's share of the processors, each thread's functions."""

import contextlib
import json
import os
import pstats
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measure import Finished, run
from benchmarks.peers import CAT
from benchmarks.stage import Scene, Stage, demand_safe, peer_turn, ready, stand

_TOP = 8
_OF_THE_RUN = 0.03  # a function below this share of the run is not shown


@dataclass(frozen=True, slots=True)
class Share:
    """Processor seconds of one process. role: "session", "worker of ssd", or the module or program that it runs."""

    role: str
    cpu: float


class Processes:
    """Looks at a family of processes and keeps what each used in the end, short of the last tenth of a second."""

    def __init__(self, places: Mapping[str, Path]) -> None:
        self._places = places
        self._seen: dict[int, Share] = {}

    def look(self, family: Sequence[psutil.Process]) -> None:
        """Once; the first of the family is the session."""
        for process in family:
            with contextlib.suppress(psutil.Error, OSError):
                times = process.cpu_times()
                known = self._seen.get(process.pid)
                role = known.role if known and known.role != "forked" else self._role(process, family[0])
                self._seen[process.pid] = Share(role, times.user + times.system)

    def shares(self) -> list[Share]:
        """Those of one role together, the largest first."""
        by_role: dict[str, float] = {}
        for share in self._seen.values():
            by_role[share.role] = by_role.get(share.role, 0.0) + share.cpu
        return sorted((Share(role, cpu) for role, cpu in by_role.items()), key=lambda share: -share.cpu)

    def _role(self, process: psutil.Process, session: psutil.Process) -> str:
        if process.pid == session.pid:
            return "session"
        words = process.cmdline()
        if words != session.cmdline():
            return words[words.index("-m") + 1] if "-m" in words[:-1] else " ".join(words[:2]) or "ended"
        opened = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
        for name, place in self._places.items():
            if any(Path(path).is_relative_to(place) for path in opened):
                return f"worker of {name}"
        return "forked"


def where_the_time_goes(name: str, scene: Scene, reads: int = 1) -> str:
    """One ingest without the profiler for the processes, one with it for the functions; as lines to print.

    Raises RuntimeError when one does not end with SAFE, CannotLimitError where its card cannot be limited.
    """
    with stand(scene) as stage, tempfile.TemporaryDirectory() as folder:
        read = peer_turn(stage, CAT).seconds
        processes = Processes({"ssd": stage.disks.ssd, "nas": stage.disks.nas})
        plain = _ingest(stage, reads, ("-m", "ingest.cli.main"), processes)
        profiled = _ingest(stage, reads, ("-m", "benchmarks.profile_child", folder), None)
        found = list(threads(Path(folder), profiled.seconds))
    head = (
        f"{name}, {scene.words}, reads = {reads}: {plain.seconds:.2f} s, {plain.cpu:.2f} s of processor"
        f" = {plain.cpu / plain.seconds:.2f} of {os.cpu_count()} cores; cat alone reads the card in {read:.2f} s"
    )
    lines = [head, *_phases(plain), "", "processor seconds by process, and of one core:"]
    lines += [f"  {share.cpu:7.2f} s {share.cpu / plain.seconds:5.0%}  {share.role}" for share in processes.shares()]
    return "\n".join(
        [*lines, "", f"with the profiler on, {profiled.seconds:.2f} s; by the clock, waiting too:", *found]
    )


def _ingest(stage: Stage, reads: int, start: Sequence[str], processes: Processes | None) -> Finished:
    station = ready(stage, reads)
    command: list[str | Path] = [*stage.prefix, sys.executable, *start, "ingest", station.card, "--json"]
    done = run(command, variables=station.variables, look=processes.look if processes else None)
    demand_safe(done)
    return done


def _phases(done: Finished) -> Iterator[str]:
    """When the stages of the session began, as its events tell."""
    begun = []
    for at, line in done.lines:
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("type") in ("phase", "start_editing", "verdict"):
            begun.append(f"{event.get('name', event['type'])} {at:.2f} s")
    yield f"begun after: {', '.join(begun)}"


def threads(folder: Path, whole: float, *, least: float = _OF_THE_RUN, most: int = _TOP) -> Iterator[str]:
    """The functions of each thread in which most time passed, by their own time, as lines.

    whole: seconds of the run, of which a function must have `least` to be among the `most` of its thread.
    """
    for path in sorted(folder.glob("*.prof")):
        process, thread, _, _ = path.name.rsplit(".", 3)
        rows = sorted(function_times(path), key=lambda row: -row[0])
        shown = [row for row in rows[:most] if row[0] > least * whole]
        if shown:
            yield f"  {process}, thread {thread}"
            for own, calls, name in shown:
                yield f"    {own:7.2f} s {calls:>9,} x  {name}"


def function_times(path: Path) -> Iterator[tuple[float, int, str]]:
    """Of each function of a profile: own seconds, calls, file and name."""
    stats: Mapping[tuple[str, int, str], tuple[int, int, float, float, object]] = vars(pstats.Stats(str(path)))["stats"]
    for (file, line, name), (_, calls, own, _, _) in stats.items():
        where = f"{'/'.join(Path(file).parts[-2:])}:{line} " if line else ""
        yield own, calls, f"{where}{name}"
