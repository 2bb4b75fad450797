"""One parser process and the pipes to it. Nothing here waits without a deadline.

The child inherits no secrets (its environment is a short list), no descriptors, and not the current folder: were
that the card, a file named `json.py` on it would be run.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import IO

import ingest
from ingest.card.parser_wire import LINE_LIMIT

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
_LAST_WORDS = 2.0  # seconds
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread's arena counts as address space


def child_command(task: str) -> tuple[str, ...]:
    """The command of the parser child for "capture" or "health"; -P keeps the current folder off the import path."""
    return (sys.executable, "-P", "-m", "ingest.card.parser_child", task)


class Worker:
    """A started child. It is used by one thread; `close` ends it at once, whatever it does, and what it has started.

    line_limit: bytes that one of its lines may have.
    """

    def __init__(self, command: Sequence[str], line_limit: int = LINE_LIMIT) -> None:
        self._line_limit = line_limit
        packages = os.path.dirname(os.path.dirname(os.path.abspath(ingest.__file__)))
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={**inherited, **_ONE_THREAD, "PYTHONPATH": packages},
            start_new_session=True,  # Ctrl-C is the ingest's to handle
        )
        self._outgoing = b""
        self._lines: deque[bytes] = deque()
        self._rest = b""  # the beginning of the next line
        self._selector = selectors.DefaultSelector()
        self._stdin, self._stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._selector.register(self._stdout, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def send(self, line: bytes) -> None:
        """Hands a line over; it is written while `receive` waits."""
        if not self._outgoing:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._outgoing += line

    def receive(self, seconds: float) -> bytes | None:
        """The next line of the child without its end; None when it died, babbles, or took longer than `seconds`."""
        deadline = time.monotonic() + seconds if not self._lines else 0.0
        while not self._lines:
            left = deadline - time.monotonic()
            if left <= 0 or len(self._rest) > self._line_limit:
                return None
            for key, _ in self._selector.select(left):
                if key.fd == self._stdin:
                    self._write()
                elif not self._read():
                    return None
        return self._lines.popleft()

    def close(self) -> None:
        """Kills the child and waits for its end a moment: one that reads from a dead mount ends only with that."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS)

    def _write(self) -> None:
        try:
            sent = os.write(self._stdin, self._outgoing)
        except BlockingIOError:
            return
        except BrokenPipeError:  # it died; what it answered before can still be read
            sent = len(self._outgoing)
        self._outgoing = self._outgoing[sent:]
        if not self._outgoing:
            self._selector.unregister(self._stdin)

    def _read(self) -> bool:
        try:
            data = os.read(self._stdout, LINE_LIMIT)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines += lines
        return bool(data)


def _pipe(end: IO[bytes] | None) -> int:
    if end is None:
        raise RuntimeError("the child was started without pipes")
    os.set_blocking(end.fileno(), False)
    return end.fileno()
