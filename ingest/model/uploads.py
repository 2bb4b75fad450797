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


@dataclass(frozen=True, slots=True)
class UploadCounts:
    """A shoot's third copies by state; the states add up to `files` (checked at construction), sizes in bytes.

    checked_at: the oldest of the checks (seconds since 1970 UTC), None when nothing is checked. problem: what one of
    the `needs_you` files needs. again: of waiting and sending, those that were checked once and are sent again.
    """

    files: int
    size: int
    not_queued: int
    waiting: int
    sending: int
    sent: int
    checked: int
    needs_you: int
    checked_at: float | None = None
    problem: str = ""
    again: int = 0

    def __post_init__(self) -> None:
        states = self.not_queued + self.waiting + self.sending + self.sent + self.checked + self.needs_you
        if states != self.files:
            raise ValueError(f"upload states add up to {states}, the shoot has {self.files} files")


def beside(key: str, nth: int) -> str:
    """The `nth` other name (2 or more) for an object whose key another content has: `a/B.CR3` -> `a/B~2.CR3`.

    As long as the key at most, as far as its name has letters to give: the limits that `key` keeps are kept.
    """
    folder, slash, name = key.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 8:
        stem, dot, extension = name, "", ""
    ending = f"~{nth}{dot}{extension}"
    room = min(250, 1000 - len((folder + slash).encode())) - len(ending.encode())
    return folder + slash + stem.encode()[:room].decode("utf-8", "ignore") + ending
