"""Ctrl-C is never lost; an ordinary kill and a closed terminal end a session as Ctrl-C does: in order, nothing lost."""

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence

from ingest.disk.interrupts import hear, told_again


@contextlib.contextmanager
def ctrl_c_is_heard() -> Iterator[None]:
    """Within it Ctrl-C raises KeyboardInterrupt in the main thread wherever that can be caught."""
    with _heard(("SIGINT",)), told_again(signal.SIGINT):
        yield


@contextlib.contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP do so too.

    One that is ignored (`nohup`) stays ignored.
    """
    with _heard(("SIGTERM", "SIGHUP")), told_again(signal.SIGTERM):
        yield


@contextlib.contextmanager
def _heard(names: Sequence[str]) -> Iterator[None]:
    """Handlers for those that are not ignored; in another thread than the main one signals cannot be set."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, hear) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
