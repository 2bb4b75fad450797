"""Questions to a place that may never answer, asked by a child process that can be killed.

A system call on a dead network mount does not return, and nothing can be done about it from within. So the question
is asked by a forked child: when it has been silent for too long it is killed, and if the kernel does not let it go, it
is left behind. Nobody waits for it.

The child is forked when it is first asked, and asked before the session has threads where that can be arranged. Forked
beside threads it is safe as well: it runs nothing but the questions, which take no lock that another thread may hold.
Where there is no fork it is a thread: then what hangs is left behind too, but not killed.
"""

import contextlib
import pickle
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from ingest.disk.forked import CAN_FORK, Forked
from ingest.disk.memory import give_back
from ingest.errors import NoAnswer

P = ParamSpec("P")
T = TypeVar("T")
_CAN_FORK = CAN_FORK
_LAST_WORDS = 2.0  # seconds that a killed child has to be buried
_SIGN_EVERY = 0.2
_HEAD = struct.Struct("!Q")
_HINT = "Look at its power, its cable and the network; then run the same command"
_here = threading.local()  # .line: to who asked, in a child


def alive() -> None:
    """Said by long work whenever its place has answered something, since patience counts silence. Elsewhere a no-op."""
    line = getattr(_here, "line", None)
    if line is not None:
        line.sign()


class Apart:
    """One child that answers questions about one place, one at a time. For one thread alone.

    name: of the place, for people. patience: seconds without a sign of life after which it is given up for good.
    """

    def __init__(self, name: str, patience: float) -> None:
        self._name = name
        self._patience = patience
        self._child: Forked | None = None
        self._line: _Line | None = None
        self._heard = 0.0
        self._is_asked = False

    def ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` answers there. It is a function of a module; it and all that is passed can be pickled.

        Raises:
            NoAnswer: it was silent for too long, or its process ended.
            Exception: whatever the function raised.
        """
        self.begin(function, *args, **kwargs)
        answer = answers({self._name: self})[self._name]
        if isinstance(answer, Exception):
            raise answer
        return cast(T, answer)

    def begin(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
        """Ask; `answers` gets the answer.

        Raises:
            NoAnswer: its process does not even take the question.
        """
        question = pickle.dumps((function, args, kwargs))
        if self._is_asked:  # nobody waited for that answer, after Ctrl-C: it must not be taken for this one's
            self.close()
        line = self._line or self._start()
        self._is_asked, self._heard = True, time.monotonic()
        try:
            line.put(question)
        except OSError as error:
            raise self._silent(error) from error

    def _start(self) -> "_Line":
        ours, theirs = socket.socketpair()
        ours.settimeout(self._patience)
        self._line = line = _Line(ours)
        if _CAN_FORK:
            self._child = Forked(lambda: _serve(_Line(theirs)), (theirs.fileno(),))
            theirs.close()
        else:
            threading.Thread(target=_serve, args=(_Line(theirs),), name=f"ask {self._name}", daemon=True).start()
        return line

    @property
    def pid(self) -> int | None:
        """The child's number, None where there is none."""
        return self._child.pid if self._child else None

    @property
    def line(self) -> "_Line":
        """Where its answers come from."""
        if self._line is None:
            raise ValueError("nothing was asked")
        return self._line

    @property
    def until(self) -> float:
        """When its silence has lasted too long, by the monotonic clock."""
        return self._heard + self._patience

    def hear(self) -> tuple[bool, object]:
        """(whether this is the answer, the answer or what was raised): call it when its line has something."""
        try:
            has_ended, answer = self.line.get()
        except (OSError, EOFError) as error:
            return True, self._silent(error)
        self._is_asked, self._heard = not has_ended, time.monotonic()
        return has_ended, answer

    def _silent(self, error: Exception) -> NoAnswer:
        if isinstance(error, TimeoutError):
            return self.give_up()
        self.close()
        return NoAnswer(f"{self._name} does not answer: the process that asked it ended", path=self._name)

    def give_up(self) -> NoAnswer:
        """Kill the child, without waiting for an end that may not come; gives what to say about it."""
        self.close(0.0)
        return NoAnswer(f"{self._name} did not answer for {self._patience:.0f} s", hint=_HINT, path=self._name)

    def kill(self) -> None:
        """End the child without seeing it end, which `close` does."""
        if self._child:
            self._child.kill()

    def close(self, seconds: float = _LAST_WORDS) -> None:
        """End the child, whatever it does; another question would start another one. seconds: to see it end."""
        self.kill()
        if self._child:
            self._child.wait(seconds)
        if self._line:
            self._line.close()
        self._child = self._line = None
        self._is_asked = False


def answers(asked: Mapping[str, Apart], *, first: bool = False) -> dict[str, object]:
    """The answers of all that were asked by `begin`, each what its function gave or the exception that it raised.

    All wait together: several that are silent cost one patience. first: no longer than until some have answered; the
    others are asked still, and waited for by the next call.
    """
    found: dict[str, object] = {}
    waiting = dict(asked)
    with selectors.DefaultSelector() as selector:
        for name, apart in asked.items():
            selector.register(apart.line.socket, selectors.EVENT_READ, name)
        while waiting and not (first and found):
            until = min(apart.until for apart in waiting.values())
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                has_ended, answer = waiting[key.data].hear()
                if has_ended:
                    selector.unregister(key.fileobj)
                    del waiting[key.data]
                    found[key.data] = answer
            for name in [name for name, apart in waiting.items() if apart.until <= time.monotonic()]:
                selector.unregister(waiting[name].line.socket)
                found[name] = waiting.pop(name).give_up()
    return {name: found[name] for name in asked if name in found}


class _Line:
    """Pickled messages over a socket, each with its length before it."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._signed = time.monotonic()

    def put(self, message: bytes) -> None:
        self.socket.sendall(_HEAD.pack(len(message)))
        self.socket.sendall(message)

    def sign(self) -> None:
        now = time.monotonic()
        if now - self._signed >= _SIGN_EVERY:
            self._signed = now
            self.put(pickle.dumps((False, None)))

    def get(self) -> Any:
        """The next message; TimeoutError, EOFError or OSError when it does not come."""
        (size,) = _HEAD.unpack(self._read(_HEAD.size))
        return pickle.loads(self._read(size))  # noqa: S301 - our own child wrote it

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self.socket.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return data

    def close(self) -> None:
        self.socket.close()


def _serve(line: _Line) -> None:
    """The child: answer until nobody asks any more."""
    _here.line = line
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, args, kwargs = line.get()
            line.put(_answer(function, args, kwargs))
            del args, kwargs
            give_back()


def _answer(function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> bytes:
    try:
        return pickle.dumps((True, function(*args, **kwargs)))
    except Exception as error:  # noqa: BLE001 - it is raised again where it was asked
        with contextlib.suppress(Exception):
            told = pickle.dumps((True, error))
            pickle.loads(told)  # noqa: S301 - some exceptions can be packed and not unpacked
            return told
        return pickle.dumps((True, RuntimeError(f"{type(error).__name__}: {error}")))
