"""Runs the command under cProfile, each thread of each forked process for itself.

`python -m benchmarks.profile_child FOLDER ingest ...` leaves `process.thread.number.prof` in FOLDER. Times are
those of the clock, so that waiting is seen; the profiler slows down what makes many calls. From Python 3.12 on only one
thread of a process can be profiled at a time; the others are then missing.
"""

import contextlib
import cProfile
import itertools
import multiprocessing.process
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from ingest.cli import main as command

_numbers = itertools.count()


class _Recorder:
    """folder: where profiles go. process: the name of this process in their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = "session"
        self._here = threading.local()

    @contextlib.contextmanager
    def recording(self, thread: str) -> Iterator[None]:
        """Of this thread, while it lasts."""
        profile = cProfile.Profile()
        try:
            profile.enable()
        except ValueError:  # another thread is being profiled, and this Python has room for one
            yield
            return
        self._here.profile = profile
        try:
            yield
        finally:
            profile.disable()
            profile.dump_stats(self.folder / f"{self.process}.{thread}.{next(_numbers)}.prof")

    def forked(self, name: str) -> None:
        """This process is a child: what its parent recorded is not its own."""
        with contextlib.suppress(AttributeError):  # the thread that forked is the only one that goes on here
            self._here.profile.disable()
        self.process = name


def main(folder: Path) -> None:
    """Record the command and whatever it starts."""
    recorder = _Recorder(folder)
    start, run = threading.Thread.start, multiprocessing.process.BaseProcess.run

    def recorded_start(thread: threading.Thread) -> None:
        inner = thread.run  # of its class, which may be one of ours

        def recorded() -> None:
            with recorder.recording(thread.name):
                inner()

        thread.run = recorded  # type: ignore[method-assign]  # to put the profiler around it
        start(thread)

    def recorded_run(process: multiprocessing.process.BaseProcess) -> None:
        recorder.forked(process.name)
        with recorder.recording("MainThread"):
            run(process)

    setattr(threading.Thread, "start", recorded_start)  # noqa: B010 - a type checker would not let us
    setattr(multiprocessing.process.BaseProcess, "run", recorded_run)  # noqa: B010 - its stubs know no such assignment
    with recorder.recording("MainThread"):
        command.run()


if __name__ == "__main__":
    where = Path(sys.argv.pop(1))
    main(where)
