"""A child process that can be killed, holds nothing of its parent's, and is never waited for without a limit.

It is forked, not started anew: it has what was imported and costs milliseconds. Not by `multiprocessing`, which at the
end of a program waits for its children for ever: one that a dead mount holds in the kernel cannot end.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable

from ingest.disk.interrupts import kept

CAN_FORK = sys.platform == "linux"
_ENDING = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
_PR_SET_PDEATHSIG = 1
_POLL = 0.005
_FIRST_POLL = 0.0002  # a killed child that touched little is gone at once
_unburied: set[int] = set()  # killed, and in the kernel's hands when they were last looked at


class Forked:
    """Runs `run` in a forked child and ends it there, whatever `run` does.

    keep: the only descriptors that it inherits. It ignores Ctrl-C and an ordinary kill (its parent decides about
    these) and dies with the thread that made it. Beside other threads `run` must not need what they may have locked.
    """

    def __init__(self, run: Callable[[], object], keep: Iterable[int]) -> None:
        for pid in list(_unburied):
            _is_buried(pid)
        parent, keep = os.getpid(), tuple(keep)
        self.pid = -1
        self._lock = threading.Lock()
        self._has_ended = False
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            try:
                with kept():
                    self.pid = os.fork()
                    if self.pid == 0:
                        _live(run, keep, parent, before)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:  # Ctrl-C that came meanwhile: nobody else knows of this child
            if self.pid > 0:
                self.kill()
                self.wait(_POLL)
            raise

    def kill(self) -> None:
        """End it at once; a process that waits in the kernel ends when that wait does."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if not self._has_ended:  # its number may be another's by now
                os.kill(self.pid, signal.SIGKILL)
                _unburied.add(self.pid)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most so many seconds."""
        until, pause = time.monotonic() + seconds, _FIRST_POLL
        while True:
            with self._lock:
                self._has_ended = self._has_ended or _is_buried(self.pid)
            if self._has_ended or time.monotonic() >= until:
                return self._has_ended
            time.sleep(pause)
            pause = min(2 * pause, _POLL)


def _is_buried(pid: int) -> bool:
    """Take note of a child's end, without waiting for it."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == 0:
            return False
    except ChildProcessError:
        pass
    _unburied.discard(pid)
    return True


def _live(run: Callable[[], object], keep: tuple[int, ...], parent: int, mask: Iterable[int]) -> None:
    """The whole life of the child: it never comes back."""
    code = 1
    try:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # it may have ended before it was asked about
            gc.freeze()
            _close_but(keep)
            run()
            code = 0
    finally:
        os._exit(code)


def _close_but(keep: Iterable[int]) -> None:
    """The ledger, the locks, the card and the terminal are the parent's: one that hangs must hold none of them."""
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    start = 3
    for fd in sorted(keep):
        os.closerange(start, fd)
        start = fd + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))
