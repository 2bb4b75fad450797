"""Every system call of a process and its children, held before it is made: let it be made, fail it, or end them all.

By the kernel's own means, seccomp's user notification (seccomp_unotify(2)): unlike a tracer's its count is over all
threads and processes together and exact, the call that is held was not made yet, and nothing else is slowed.
"""

import ctypes
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

# what changes a disk, by number on x86_64 (asm/unistd_64.h)
CHANGES = {
    "write": 1, "pwrite64": 18, "writev": 20, "sendfile": 40, "truncate": 76, "ftruncate": 77, "rename": 82,
    "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91,
    "mkdirat": 258, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268,
    "utimensat": 280, "fallocate": 285, "pwritev": 296, "renameat2": 316, "copy_file_range": 326, "pwritev2": 328,
}  # fmt: skip
OPENS = {"open": 2, "openat": 257}
BARRIERS = {"fsync": 74, "fdatasync": 75, "sync_file_range": 277, "syncfs": 306}
LOOKS = {
    "read": 0, "close": 3, "fstat": 5, "lseek": 8, "pread64": 17, "readv": 19, "mincore": 27, "fcntl": 72, "flock": 73,
    "getdents64": 217, "fadvise64": 221, "newfstatat": 262, "readlinkat": 267, "preadv": 295, "preadv2": 327,
    "statx": 332, "statfs": 137, "fstatfs": 138, "readlink": 89, "openat2": 437,
}  # fmt: skip
ALL = CHANGES | OPENS | BARRIERS | LOOKS

_BY_PATH = {"truncate", "rename", "mkdir", "rmdir", "creat", "link", "unlink", "symlink", "chmod", "statfs",
            "readlink", "open"}  # fmt: skip
_AT = {"mkdirat", "unlinkat", "renameat", "linkat", "symlinkat", "fchmodat", "utimensat", "renameat2", "newfstatat",
       "readlinkat", "statx", "openat", "openat2"}  # fmt: skip
_NOT_OF_A_FILE = {"mincore"}
_AT_FDCWD = 0xFFFFFF9C
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1
_CHANGING_FLAGS = os.O_CREAT | os.O_TRUNC


def can_hold_calls() -> bool:
    """Whether this kernel and this kind of machine can."""
    actions = Path("/proc/sys/kernel/seccomp/actions_avail")
    return platform.machine() == "x86_64" and actions.exists() and "user_notif" in actions.read_text()


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is about to be made. path: what it is about; empty where it is a socket, a pipe or memory."""

    name: str
    pid: int
    path: str
    flags: int = 0

    @property
    def changes(self) -> bool:
        """Whether a disk would be another after it."""
        return self.name in CHANGES or (self.name in OPENS and bool(self.flags & _CHANGING_FLAGS))


def install(end: socket.socket, calls: Collection[int]) -> None:
    """In the process to be held, before its first thread: its calls and its children's wait for the other end."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = _program(sorted(calls))
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)), 16)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    listener = libc.syscall(317, 1, 8, filter_)  # SECCOMP_SET_MODE_FILTER with a new listener
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    socket.send_fds(end, [b"l"], [listener])
    os.close(listener)


def _program(numbers: list[int]) -> bytes:
    """BPF: hold these calls, let the others be made."""
    count = len(numbers)
    lines = [struct.pack("HBBI", 0x20, 0, 0, 0)]  # load the number
    lines += [struct.pack("HBBI", 0x15, count - at, 0, number) for at, number in enumerate(numbers)]
    lines += [struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000), struct.pack("HBBI", 0x06, 0, 0, 0x7FC00000)]
    return b"".join(lines)


class Warden:
    """Hears of each held call in a thread of its own. decide(call): None lets it be made, a number fails it with that
    errno, `Warden.END` kills the process and all its children before it is made."""

    END = -1

    def __init__(self, decide: Callable[[Call], int | None], calls: dict[str, int]) -> None:
        self._ours, self.theirs = socket.socketpair()
        self._decide, self._names = decide, {number: name for name, number in calls.items()}
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self.was_ended = False
        self.trouble: Exception | None = None
        self._thread.start()

    def hold(self) -> None:
        """For the process to be held, in a group of its own."""
        os.setpgid(0, 0)
        install(self.theirs, self._names)
        self._ours.close()
        self.theirs.close()

    def wait(self, seconds: float = 60) -> None:
        """Until nobody is left who is held."""
        self.theirs.close()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "a process outlives its session"
        if self.trouble:
            raise self.trouble

    def _hear(self) -> None:
        _, [listener], *_ = socket.recv_fds(self._ours, 1, 1)
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        try:
            while True:
                for _, what in poll.poll():
                    if what & select.POLLHUP:
                        return
                    self._hear_one(listener)
        except Exception as error:  # told by `wait`
            self.trouble = error
        finally:
            os.close(listener)
            self._ours.close()

    def _hear_one(self, listener: int) -> None:
        held = bytearray(80)
        try:
            fcntl.ioctl(listener, _RECEIVE, held)
        except OSError:  # it was killed meanwhile
            return
        number, pid, _, call = struct.unpack_from("QIIi", held)
        if self.was_ended:  # nothing more is made by what is being killed
            return
        decision = self._decide(_call(self._names[call], pid, struct.unpack_from("6Q", held, 32)))
        if decision == self.END:
            self.was_ended = True
            _end_all(pid)
            return
        answer = struct.pack("QqiI", number, 0, -(decision or 0), 0 if decision else _CONTINUE)
        try:
            fcntl.ioctl(listener, _SEND, answer)
        except OSError:
            return


def _call(name: str, pid: int, arguments: tuple[int, ...]) -> Call:
    flags = arguments[1] if name == "open" else arguments[2] if name == "openat" else 0
    if name in _NOT_OF_A_FILE:
        return Call(name, pid, "")
    if name in _BY_PATH:
        return Call(name, pid, _joined(pid, _AT_FDCWD, arguments[0]), flags)
    if name in _AT:
        return Call(name, pid, _joined(pid, arguments[0] & 0xFFFFFFFF, arguments[1]), flags)
    return Call(name, pid, _link(f"/proc/{pid}/fd/{arguments[0] & 0xFFFFFFFF}"), flags)


def _joined(pid: int, folder: int, address: int) -> str:
    base = _link(f"/proc/{pid}/cwd" if folder == _AT_FDCWD else f"/proc/{pid}/fd/{folder}")
    return os.path.join(base, _text(pid, address)) if address else base


def _text(pid: int, address: int) -> str:
    """A name in the memory of the process: up to its NUL, never beyond a page that may not be there."""
    found = b""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        while b"\0" not in found and len(found) < 4096:
            found += memory.read(4096 - (address + len(found)) % 4096)
    return os.fsdecode(found.partition(b"\0")[0])


def _link(path: str) -> str:
    try:
        target = os.readlink(path)
    except OSError:
        return ""
    return target if target.startswith("/") else ""


def _end_all(pid: int) -> None:
    """kill -9 for its whole group; what is held meanwhile was not made and never will be."""
    group = os.getpgid(pid)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return
        if all(state in "ZX" for state in _states(group)):
            return
        time.sleep(0.001)


def _states(group: int) -> list[str]:
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            states.append(fields[0])
    return states
