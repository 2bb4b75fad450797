"""The rules by which an injector fails, and the socket over which a test gives them; for the injectors' own processes.

A rule is a JSON object. Which call: `op` (or "*"), `path` (a glob), `off_min`, `off_max`, `size_min` in bytes, `holds`
(hex: the data contain these bytes), `nth` (from 1) and `times` among those that fit. What happens: `action`, one of
errno:NAME, hang:SECONDS, flip (one bit), zero (a sector), drop (success is told, nothing is done), short:BYTES.

cutat (nth, group): the nth call from now on that changes or flushes anything does not happen, nor any behind it, and
that group of processes is killed. points: how many there were.
"""

import collections
import contextlib
import errno
import fnmatch
import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

Rule = dict[str, Any]
_FOREVER = 1 << 62
SECTOR, BLOCK = 512, 4096
_CHANGES = {"write", "truncate", "fsync", "fsyncdir", "create", "link", "rename", "unlink", "mkdir", "utimens"}


class Rules:
    """Counts every call and decides what happens to it. gone: the errno of every call once the device was pulled."""

    def __init__(self) -> None:
        self.items: list[Rule] = []
        self.gone = 0
        self.counts: collections.Counter[str] = collections.Counter()
        self.points, self._last, self._group = 0, _FOREVER, 0
        self._guard, self._cleared = threading.RLock(), threading.Event()

    def apply(self, op: str, path: str = "/", offset: int = 0, size: int = 0, data: bytes = b"") -> Rule | None:
        """Raise or wait as the first rule that fits says; gives the rule where its action is for the caller to do.

        Raises:
            OSError: the error that the rule names, or of a device that is gone.
        """
        with self._guard:
            self.counts[op] += 1
            if op in _CHANGES and not self.gone:
                self._come_to_a_point()
            if self.gone:
                raise OSError(self.gone, os.strerror(self.gone))
            rule = next((rule for rule in self.items if _fits(rule, op, path, offset, size, data)), None)
        if rule is None:
            return None
        kind, _, value = rule["action"].partition(":")
        if kind == "errno":
            raise OSError(getattr(errno, value), value)
        if kind == "hang":
            self._cleared.wait(float(value))
            return None
        return rule

    def _come_to_a_point(self) -> None:
        self.points += 1
        if self.points == self._last:
            self.gone = errno.EIO
            os.killpg(self._group, signal.SIGKILL)

    def control(self, message: dict[str, Any]) -> object:
        """Answer a command that every injector knows; None for one that it does not."""
        match message:
            case {"cmd": "add", "rule": rule}:
                self.items.append(rule)
            case {"cmd": "clear"}:
                self.items, self.gone = [], 0
                self._cleared.set()  # who hangs, hangs no more
                self._cleared = threading.Event()
            case {"cmd": "gone", **named}:
                self.gone = getattr(errno, str(named.get("errno", "EIO")))
            case {"cmd": "cutat", "nth": int(nth), "group": int(group)}:
                self.points, self._last, self._group = 0, nth, group
            case {"cmd": "points"}:
                return self.points
            case {"cmd": "counts"}:
                return dict(self.counts)
            case {"cmd": "fired"}:
                return sum(rule.get("fired", 0) for rule in self.items)
            case _:
                return None
        return "ok"


def _fits(rule: Rule, op: str, path: str, offset: int, size: int, data: bytes) -> bool:
    if rule["op"] not in (op, "*") or not fnmatch.fnmatch(path, rule.get("path", "*")):
        return False
    if size < rule.get("size_min", 0) or bytes.fromhex(rule.get("holds", "")) not in data:
        return False
    if size and (offset + size <= rule.get("off_min", 0) or offset >= rule.get("off_max", _FOREVER)):
        return False
    rule["seen"] = rule.get("seen", 0) + 1
    if rule.get("nth") not in (None, rule["seen"]) or rule.get("fired", 0) >= rule.get("times", _FOREVER):
        return False
    rule["fired"] = rule.get("fired", 0) + 1
    return True


def damaged(rule: Rule | None, data: bytes, old: Callable[[], bytes] = bytes) -> bytes:
    """The data after a rule's action, at the place that it names. old: what lay there, for a dropped write."""
    kind, _, value = rule["action"].partition(":") if rule else ("", "", "")
    if not rule or not data:
        return data
    if kind == "short":
        return data[: int(value)]
    here = max(0, data.find(bytes.fromhex(rule["holds"]))) if "holds" in rule else len(data) // 2
    spoilt = bytearray(data)
    if kind == "flip":
        spoilt[here] ^= 0x10
    elif kind == "zero":
        start = here - here % SECTOR
        spoilt[start : start + SECTOR] = bytes(len(spoilt[start : start + SECTOR]))
    elif kind == "drop":
        start, before = here - here % BLOCK, old().ljust(len(data), b"\0")
        spoilt[start : start + BLOCK] = before[start : start + BLOCK][: len(spoilt) - start]
    return bytes(spoilt)


def serve(socket_path: str, handle: Callable[[dict[str, Any]], object]) -> None:
    """Answer control messages from now on, in a thread; `handle` gives a JSON value for each."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket_path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(socket_path)
    listener.listen(8)

    def loop() -> None:
        while True:
            peer, _ = listener.accept()
            with peer, peer.makefile("rw") as stream:
                try:
                    answer = handle(json.loads(stream.readline()))
                except Exception as problem:  # a bad command must not end the file system
                    answer = f"error: {type(problem).__name__}: {problem}"
                stream.write(json.dumps(answer) + "\n")

    threading.Thread(target=loop, daemon=True).start()


def command(socket_path: str, cmd: str, **words: object) -> Any:
    """Send one command to an injector; gives its answer.

    Raises:
        RuntimeError: it does not know the command, or failed at it.
    """
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(socket_path)
        with peer.makefile("rw") as stream:
            stream.write(json.dumps({"cmd": cmd, **words}) + "\n")
            stream.flush()
            answer = json.loads(stream.readline())
    if answer is None or (isinstance(answer, str) and answer.startswith("error")):
        raise RuntimeError(f"{cmd} {words}: {answer or 'unknown command'}")
    return answer
