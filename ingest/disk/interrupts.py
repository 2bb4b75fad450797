"""Ctrl-C in a moment in which Python cannot raise it: kept for a better one, so that none is lost.

Python raises it wherever the main thread happens to be. In a hook around a fork, or where an object is put away, that
is told as "ignored" and forgotten, and in such a hook it leaves a lock of the library locked for ever. A mask does
not help: the system gives the signal to another thread then, and Python raises it in the main one all the same.

Sources: the library's documentation of signal ("Signals and threads"), os.register_at_fork and sys.unraisablehook.
"""

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

_AGAIN = 0.05  # seconds; whatever could not raise it is over by then
_depth = 0  # of `kept`, in the main thread
_kept: list[int] = []


def hear(number: int, _frame: FrameType | None) -> None:
    """The handler of signals that end a command: raises KeyboardInterrupt, or has it kept."""
    if _depth:
        _kept.append(number)
        return
    raise KeyboardInterrupt


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Within it a signal that `hear` handles waits; at the end KeyboardInterrupt is raised for it.

    Raises:
        KeyboardInterrupt: one came meanwhile.
    """
    global _depth
    if threading.current_thread() is not threading.main_thread():  # nothing is ever raised there
        yield
        return
    _kept.clear()
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if _kept:
            _kept.clear()
            raise KeyboardInterrupt


@contextlib.contextmanager
def told_again(number: signal.Signals) -> Iterator[None]:
    """Within it an interruption that was raised where nobody can catch it is raised once more, a moment later.

    number: of a signal that `hear` handles.
    """
    before, is_over = sys.unraisablehook, threading.Event()

    def again() -> None:
        if is_over.wait(_AGAIN):
            return
        if hasattr(signal, "pthread_kill"):  # what the main thread waits for in the system ends early
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        else:
            _thread.interrupt_main(number)

    def hook(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            threading.Thread(target=again, name="interrupt again", daemon=True).start()
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        is_over.set()
        sys.unraisablehook = before
