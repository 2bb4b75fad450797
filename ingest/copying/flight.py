"""A file and its batch while they are on the way; the reader fills them in, the destinations' answers complete them."""

from dataclasses import dataclass, field

import xxhash

from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult, Source


@dataclass(slots=True)
class FileInFlight:
    """One file between the card and its destinations.

    lanes: those that get it now; later: those that are fed from a proven copy afterwards. start: bytes that were
    resumed; content: the hash of these. is_fed: it comes from a copy and not from the card. temporary: its names in the
    staging folders, while it is read.

    While the plan of a large card is made, tens of thousands wait for their names: sets that are equal are one.
    """

    job: CopyJob
    lanes: frozenset[str]
    later: frozenset[str] = frozenset()
    xxh128: bytes = b""
    head: bytes = b""
    read_at: float = 0.0
    problem: str = ""
    changed: bool = False
    sha1: bytes = b""
    path: bytes | None = None
    temporary: dict[str, bytes] = field(default_factory=dict)
    start: int = 0
    content: xxhash.xxh3_128 | None = None
    is_fed: bool = False
    sources: tuple[Source, ...] = ()
    results: dict[str, CopyResult] = field(default_factory=dict)

    def outcome(self) -> CopyOutcome:
        """The answer for the session. lanes: those that had to get it; who is fed later has an outcome of its own."""
        job = CopyJob(self.job.file, self.path, self.lanes | self.later, self.job.digest, self.job.sources)
        return CopyOutcome(
            job, self.xxh128, self.sha1, self.head, self.read_at, self.problem, self.changed, self.results, self.is_fed
        )


@dataclass(slots=True)
class Batch:
    """Files that share one barrier. waiting: destinations that owe the end; unproved: those that owe the read-back."""

    number: int
    files: list[FileInFlight]
    waiting: set[str]
    unproved: set[str]
    is_flushed: bool = False
    is_named: bool = False
    is_feed: bool = False
