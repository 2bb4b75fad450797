"""The worker of one destination: a process of its own with a writer and a prover, so that one that hangs can be killed.

It is forked before anything else runs beside the session, inherits the ring's memory, and opens the destination for
itself. Where there is no fork it is a thread of the session's process; then nothing can be killed, and nothing else
differs.
"""

import contextlib
import ctypes
import gc
import os
import queue
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ingest.copying.destination import OpenDestination
from ingest.copying.held import Counters
from ingest.copying.pace import Pace
from ingest.copying.parcels import Closed, Names, Sha1, Stop
from ingest.copying.proving import Prover
from ingest.copying.writing import Writer

_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 4096
_NICER = 5  # than the programs that somebody is looking at


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker works. line: to the reader's process. memory: the ring's buffers by number."""

    place: OpenDestination
    line: Connection
    memory: Callable[[int], memoryview]
    counters: Counters


def work(post: Post) -> None:
    """Take parcels until Stop, or nobody holds the other end. The line is always emptied, whatever the disk does."""
    lock = threading.Lock()

    def say(parcel: object) -> None:
        with lock, contextlib.suppress(OSError):  # nobody listens any more: the session ended
            post.line.send(parcel)

    work_of_prover: queue.SimpleQueue[object] = queue.SimpleQueue()
    pace = Pace(post.place.place.limit, post.counters)
    prover = Prover(post.place, post.counters, work_of_prover, say, pace)
    writer = Writer(post.place, post.memory, post.counters, work_of_prover, say, pace)
    prover.start()
    writer.start()
    while True:
        try:
            parcel = post.line.recv()
        except (EOFError, OSError):  # the session was killed: what is half-way is the next one's to build upon or sweep
            return
        if isinstance(parcel, Names | Sha1):
            work_of_prover.put(parcel)
        else:
            writer.inbox.put(parcel)
        if isinstance(parcel, Stop):
            break
    writer.join()
    prover.join()
    say(Closed())


def work_alone(post: Post, keep: tuple[int, ...]) -> None:
    """`work`, as the whole of a forked process: it keeps the descriptors in `keep` and dies with its parent."""
    gc.freeze()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the session's process decides about these
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _close_but(keep)
    _more_files()
    with contextlib.suppress(OSError):
        os.nice(_NICER)
    work(post)


def _close_but(keep: tuple[int, ...]) -> None:
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


def _more_files() -> None:
    """A batch is open until its barrier."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
