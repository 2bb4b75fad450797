"""What the queue tells while it runs; bars, `--json` lines and notices are printers of it."""

from dataclasses import dataclass

from ingest.events import Event


@dataclass(frozen=True, slots=True)
class UploadStarted(Event):
    """A file begins to go out. source: the destination it is read from. size in bytes."""

    key: str
    size: int
    source: str


@dataclass(frozen=True, slots=True)
class UploadProgressed(Event):
    """Bytes of the present file sent so far; may go back when a part is sent again."""

    key: str
    sent: int
    size: int


@dataclass(frozen=True, slots=True)
class UploadSent(Event):
    """The bucket agreed on size and SHA-1. already_there: nothing had to be sent. versions: above 1 all are billed."""

    key: str
    size: int
    already_there: bool
    versions: int


@dataclass(frozen=True, slots=True)
class UploadsChecked(Event):
    """So many objects were found in a later listing with our size and SHA-1."""

    checked: int


@dataclass(frozen=True, slots=True)
class UploadPostponed(Event):
    """This file waits, and why: the network, a drive that is away, a failure of its own."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class UploadNeedsYou(Event):
    """This file waits for a person."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class UploadSourceSuspect(Event):
    """A copy that was proven has other bytes now; another copy is asked."""

    destination: str
    path: bytes


@dataclass(frozen=True, slots=True)
class UploadsResting(Event):
    """The whole queue waits so many seconds, and why."""

    seconds: float
    reason: str
