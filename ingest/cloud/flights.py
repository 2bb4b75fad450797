"""Jobs on their way, each in a thread of its own. The ledger is touched by the thread that began them alone."""

import concurrent.futures
import queue
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from ingest.cloud.store import ShouldStop, StoredObject
from ingest.model.uploads import UploadJob

_GRACE = 1.5

T = TypeVar("T")


class Flight:
    """One job. work: what sends it; it is told to stop by `left`. storm: how many storms there had been when it began.

    sent, told: bytes of it sent so far, and those that were told to the faces. lease: until when it is this worker's,
    renewed at `renewed`. lost: another worker took it.
    """

    def __init__(
        self, job: UploadJob, work: Callable[["Flight"], StoredObject], storm: int, now: float, lease: float
    ) -> None:
        self.job, self.storm, self.renewed, self.lease, self.lost = job, storm, now, lease, False
        self.sent = self.told = 0
        self.left = threading.Event()
        self.future: concurrent.futures.Future[StoredObject] = concurrent.futures.Future()
        threading.Thread(target=self._fly, args=(work,), name=f"upload {job.id}", daemon=True).start()

    def _fly(self, work: Callable[["Flight"], StoredObject]) -> None:
        try:
            self.future.set_result(work(self))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that began it
            self.future.set_exception(error)

    def count(self, sent: int) -> None:
        """So many bytes are out."""
        self.sent = sent

    def __call__(self, work: Callable[[ShouldStop], T]) -> T:
        """As `sending.Apart`: this thread is apart already."""
        return work(self.left.is_set)


class Letters:
    """What flights want done in the ledger's thread, in the order in which they asked."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def post(self, what: Callable[[], object]) -> None:
        """To be done soon, elsewhere."""
        self._waiting.put(what)

    def read(self) -> None:
        """Do all that was posted."""
        while not self._waiting.empty():
            self._waiting.get()()


def wait_for_one(flights: Iterable[Flight], seconds: float) -> None:
    """Until one of them ends, `seconds` at most."""
    futures = [flight.future for flight in flights]
    concurrent.futures.wait(futures, timeout=seconds, return_when=concurrent.futures.FIRST_COMPLETED)


def call_back(flights: Iterable[Flight]) -> None:
    """Let all of them stop; those that cannot look (a connect, an answer on a dead line) are left behind soon."""
    asked = list(flights)
    for flight in asked:
        flight.left.set()
    concurrent.futures.wait([flight.future for flight in asked], timeout=_GRACE)
