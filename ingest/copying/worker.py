"""The worker of one destination: a process of its own with a writer and a prover, so that one that hangs can be killed.

It is forked before anything else runs beside the session, inherits the ring's memory, and opens the destination for
itself, before its first write: a write-back error is told only to descriptors that were opened before it. Where there
is no fork it is a thread of the session's process; then nothing can be killed, and nothing else differs.
"""

import contextlib
import os
import queue
import resource
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ingest.copying.destination import Admitted, OpenDestination, open_destination
from ingest.copying.elsewhere import Elsewhere
from ingest.copying.held import Counters
from ingest.copying.jobs import Failure
from ingest.copying.pace import Pace
from ingest.copying.parcels import Closed, Dead, Names, Sha1, Stop
from ingest.copying.proving import Prover
from ingest.copying.writing import Say, Writer
from ingest.errors import DestinationError

_OPEN_FILES = 4096
_NICER = 5  # than the programs that somebody is looking at


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker works. line: to the reader's process. memory: the ring's buffers by number.

    patience: seconds without a sign of life after which the worker is given up.
    """

    place: Admitted
    line: Connection
    memory: Callable[[int], memoryview]
    counters: Counters
    patience: float


def work(post: Post) -> None:
    """Open the destination, then take parcels until Stop, or nobody holds the other end."""
    lock = threading.Lock()

    def say(parcel: object) -> None:
        with lock, contextlib.suppress(OSError):  # nobody listens any more: the session ended
            post.line.send(parcel)

    try:
        place = open_destination(post.place)
    except DestinationError as error:
        say(Dead(Failure.GONE.value, error.message))
    else:
        _work_at(place, post, say)
    say(Closed())


def _work_at(place: OpenDestination, post: Post, say: Say) -> None:
    """The line is always emptied, whatever the disk does. Closes the place."""
    work_of_prover: queue.SimpleQueue[object] = queue.SimpleQueue()
    pace = Pace(place.place.limit, post.counters)
    prover = Prover(place, post.counters, work_of_prover, say, pace)
    elsewhere = Elsewhere(post.patience / 2)  # another one's silence is not to be taken for its own
    writer = Writer(place, post.memory, post.counters, work_of_prover, say, pace, elsewhere)
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
    place.close()


def work_alone(post: Post) -> None:
    """`work`, as the whole of a forked process."""
    _more_files()
    with contextlib.suppress(OSError):
        os.nice(_NICER)
    work(post)


def _more_files() -> None:
    """A batch is open until its barrier."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
