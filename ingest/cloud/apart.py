"""Calls that may hang, made so that a person can always leave them within two seconds."""

import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ingest.cloud.errors import Interrupted
from ingest.cloud.store import ShouldStop

_LOOK = 0.1
_GRACE = 1.5

T = TypeVar("T")


def run_apart(work: Callable[[ShouldStop], T], should_stop: ShouldStop, tick: Callable[[], object]) -> T:
    """Run `work` in a thread of its own while `tick` runs here ten times a second; give its result or its exception.

    `work` is told to stop by the function it gets. One that cannot look, since it waits in a connect or for an answer
    on a dead line, is left behind after a grace: a daemon thread, which ends with its next block or with the process.

    Raises:
        Interrupted: `should_stop` said so and the work did not end in time.
    """
    left = threading.Event()
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    thread = threading.Thread(target=_fill, args=(future, work, left), name="cloud call", daemon=True)
    thread.start()
    asked: float | None = None
    try:
        while not future.done():
            concurrent.futures.wait([future], timeout=_LOOK)
            tick()
            if should_stop():
                left.set()
                asked = asked or time.monotonic()
                if time.monotonic() - asked > _GRACE and not future.done():
                    raise Interrupted("Stopped")
        return future.result()
    finally:
        left.set()


def _fill(future: concurrent.futures.Future[T], work: Callable[[ShouldStop], T], left: threading.Event) -> None:
    try:
        future.set_result(work(left.is_set))
    except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
        future.set_exception(error)
