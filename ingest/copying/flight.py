"""A file and its batch while they are on the way; shared by the reader and the threads of every destination."""

import threading
from dataclasses import dataclass, field

from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult


class FileInFlight:
    """One file between the reader and its destinations. The reader fills in what the card gave before it says `end`."""

    def __init__(self, job: CopyJob, temporary: dict[str, bytes]) -> None:
        self.job = job
        self.temporary = temporary
        self.xxh128 = b""
        self.head = b""
        self.read_at = 0.0
        self.problem = ""
        self.changed = False
        self.sha1 = b""
        self.results: dict[str, CopyResult] = {}
        self._sha1_taken = False
        self._lock = threading.Lock()

    def claim_sha1(self) -> bool:
        """True for the first prover that asks: SHA-1 is taken once, from a read that proves a copy."""
        with self._lock:
            mine = not self._sha1_taken
            self._sha1_taken = True
            return mine

    def outcome(self) -> CopyOutcome:
        """The answer for the session."""
        return CopyOutcome(
            self.job, self.xxh128, self.sha1, self.head, self.read_at, self.problem, self.changed, dict(self.results)
        )


@dataclass(slots=True)
class Batch:
    """Files that share one barrier. `lanes_left` counts the destinations that have not reported yet."""

    files: list[FileInFlight]
    lanes_left: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lane_done(self) -> bool:
        """True for the last destination to report."""
        with self.lock:
            self.lanes_left -= 1
            return self.lanes_left == 0
