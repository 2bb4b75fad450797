"""The worker process in which untrusted files are parsed: `python -m ingest.card.parser_child capture|health`.

It reads requests from stdin and answers on stdout, one line each, in order, and it may be killed at any moment. It
limits itself before the first file is opened: memory, CPU, open files, and no file that it could write.
"""

import math
import os
import resource
import stat
import sys
import time
from collections.abc import Callable
from io import BufferedIOBase, FileIO
from typing import BinaryIO, cast

from ingest.card.parser_wire import LINE_LIMIT, READY, Request, decode_request, encode_capture, encode_findings

MIB = 1 << 20
_MEMORY = {"capture": 512 * MIB, "health": 1024 * MIB}
_CPU_SECONDS = {"capture": 10, "health": 20}  # a file; the ingest kills sooner, this is for a child left alone
_NICER = {"capture": 0, "health": 10}  # the plan waits for capture times, nothing for health until all is copied
_OPEN_FILES = 32
_HELD = 16  # answers that go out together at most
_HELD_SECONDS = 0.02  # and how long the first of them may have waited when the next file is begun

Answerer = Callable[[BinaryIO, Request], bytes]


def main(task: str) -> None:
    """Serves requests until stdin ends.

    Args:
        task: "capture" or "health".
    """
    answers = _private_stdout()
    answer, empty = _answerer(task)
    _limit(task)
    requests = cast("BufferedIOBase", sys.stdin.buffer)
    serve(requests, answers, answer, empty, before=lambda: _allow_cpu(_CPU_SECONDS[task]))


def serve(
    requests: BufferedIOBase,
    answers: BinaryIO,
    answer: Answerer,
    empty: bytes,
    before: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Says that it is ready, then answers every request; `empty` where a file cannot be opened or parsed.

    Answers to requests that came together go out together, since waking the ingest costs as much as a small file; but
    never many, and none waits for a file that takes long to begin with. A lone request is answered at once.

    Args:
        requests: lines of `encode_request`.
        answers: receives one line a request.
        answer: makes it from the opened file.
        empty: the answer that says nothing.
        before: called ahead of the files whose answers go out together.
        clock: seconds.
    """
    answers.write(READY + b"\n")
    rest = b""
    while True:
        answers.flush()
        data = requests.read1(LINE_LIMIT)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        held, due = _HELD, 0.0
        for line in lines:
            if held >= _HELD or clock() >= due:
                answers.flush()
                before()
                held, due = 0, clock() + _HELD_SECONDS
            answers.write(_one(decode_request(line), answer, empty))
            held += 1


def open_regular(path: bytes) -> BinaryIO:
    """Opens a regular file for reading; a link is not followed and a FIFO does not make it wait.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return cast("BinaryIO", FileIO(descriptor))  # readers take large pieces: a buffer would only copy them


def confined(memory: int, nicer: int) -> tuple[BinaryIO, Callable[[int], None]]:
    """Takes from this process, for good, what a hostile file could use against others.

    Args:
        memory: bytes of address space, for it and for each program that it runs.
        nicer: by how much it stands behind others.

    Returns:
        Where its answers go, and what lets it use so many seconds of CPU from then on.
    """
    answers = _private_stdout()
    _limit_to(memory, nicer)
    return answers, _allow_cpu


def _one(request: Request, answer: Answerer, empty: bytes) -> bytes:
    try:
        with open_regular(request.path) as file:
            return answer(file, request)
    except Exception:  # noqa: BLE001 - whatever a hostile file brings about, the next file gets its answer
        return empty


def _answerer(task: str) -> tuple[Answerer, bytes]:
    """The function of a task and its empty answer; only what the task needs is imported."""
    if task == "capture":
        from ingest.card import exif
        from ingest.card.capture import capture_of

        exif.silence()
        return lambda file, request: encode_capture(capture_of(file, request.name, request.now)), encode_capture(None)
    from ingest.card.health import examine, gave_up

    return lambda file, request: encode_findings(examine(file, request.name)), encode_findings(gave_up(b""))


def _private_stdout() -> BinaryIO:
    """The answers' own descriptor; whatever libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def _limit(task: str) -> None:
    _limit_to(_MEMORY[task], _NICER[task])


def _limit_to(memory: int, nicer: int) -> None:
    """Memory is limited on Linux in earnest; elsewhere the time limit remains."""
    os.nice(nicer)
    _cap(resource.RLIMIT_AS, memory)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _cap(resource.RLIMIT_CORE, 0)


def _allow_cpu(seconds: int) -> None:
    """Lets this process use `seconds` of CPU from here on; the system ends it when they are used up.

    Only the soft limit moves: a file that ran long must not lower what the next one may have.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _cap(limit: int, value: int) -> None:
    """Sets a limit for good; one that is lower already stays."""
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main(sys.argv[1])
