"""Faults that a loopback B2 can be told to have: by request path and count, in the order they were added."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What happens to a request. The first eight are answered by the service, the others by the network."""

    UNAVAILABLE = "503"
    INTERNAL = "500"
    TIMED_OUT = "408"
    TOO_MANY = "429"
    EXPIRED_TOKEN = "expired token"  # noqa: S105 - the name of a fault, not a password
    STORAGE_CAP = "storage cap"
    TRANSACTION_CAP = "transaction cap"
    REFUSED = "refused"
    DROPPED = "dropped"
    LOST_ANSWER = "lost answer"
    CUT_ANSWER = "cut answer"
    PORTAL = "portal"
    SILENCE = "silence"


ANSWERS: Mapping[FaultKind, tuple[int, str, str]] = {
    FaultKind.UNAVAILABLE: (503, "service_unavailable", "no tomes available"),
    FaultKind.INTERNAL: (500, "internal_error", "internal error"),
    FaultKind.TIMED_OUT: (408, "request_timeout", "timed out while the request was read"),
    FaultKind.TOO_MANY: (429, "too_many_requests", "slow down"),
    FaultKind.EXPIRED_TOKEN: (401, "expired_auth_token", "the token has expired"),
    FaultKind.STORAGE_CAP: (403, "storage_cap_exceeded", "the storage cap is exceeded"),
    FaultKind.TRANSACTION_CAP: (403, "transaction_cap_exceeded", "the transaction cap is exceeded"),
    FaultKind.REFUSED: (400, "bad_request", "this cannot be done"),
}
"""kind -> (status, code, message) as B2 would send them."""


@dataclass(slots=True)
class Fault:
    """One kind of fault for the next `times` requests whose path holds `path`; retry_after in seconds, 0 for none.

    DROPPED: closed while the body is on its way, nothing is done. LOST_ANSWER: all is done, then closed. CUT_ANSWER:
    half of the answer's body. PORTAL: a login page with status 200. SILENCE: no answer until the server closes.
    """

    kind: FaultKind
    path: str
    times: int = 1
    retry_after: int = 0


@dataclass
class Faults:
    """The faults still to come, and how often each path was asked for. Safe for the server's threads."""

    _waiting: list[Fault] = field(default_factory=list)
    _calls: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: FaultKind, path: str, times: int = 1, *, retry_after: int = 0) -> None:
        """Let the next `times` requests whose path holds `path` ("b2_upload_file", "/file/") have this fault."""
        with self._lock:
            self._waiting.append(Fault(kind, path, times, retry_after))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._waiting.clear()

    def take(self, path: str) -> Fault | None:
        """Count a request; gives the fault it is to have."""
        with self._lock:
            self._calls[path] += 1
            for fault in self._waiting:
                if fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def calls(self, path: str) -> int:
        """How many requests' paths held `path` so far, faulty ones included."""
        with self._lock:
            return sum(count for asked, count in self._calls.items() if path in asked)
