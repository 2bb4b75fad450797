"""The queue entry of the third copy."""

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """WAITING: to be sent (not before next_try). SENDING: leased by a worker. SENT: the cloud answered and agreed on
    size and SHA-1. CHECKED: found in a later listing of the bucket with our size and SHA-1. NEEDS_YOU: a person must
    act.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    CHECKED = "checked"
    NEEDS_YOU = "needs you"


@dataclass(frozen=True, slots=True)
class UploadJob:
    """One Asset on its way to one bucket. key: object name without the bucket. sources: (destination, path) best first.

    sha1: hex. size in bytes. attempts: finished tries. file_id: of the finished upload, "" before.
    """

    id: int
    asset_id: int
    key: str
    size: int
    sha1: str
    xxh128: str
    mtime_ms: int
    state: JobState
    attempts: int = 0
    next_try: float = 0.0
    last_error: str = ""
    file_id: str = ""
    sources: tuple[tuple[str, bytes], ...] = ()
