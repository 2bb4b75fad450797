"""The stream of a session: one frozen dataclass an event. Bars, `--json` lines and pages are printers of it.

Every event becomes a JSON object with `schema`, `type` and its fields; bytes appear in display form.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from ingest.model.names import display

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""

    def to_json(self) -> dict[str, Any]:
        """`{"schema": 1, "type": "card_found", ...}`; ready for json.dumps."""
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()
        fields = {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return {"schema": SCHEMA, "type": kind, **fields}


def plain(value: Any) -> Any:
    """A value as JSON holds it: bytes shown, sets sorted, dataclasses and mappings as objects."""
    if isinstance(value, bytes):
        return display(value)
    if isinstance(value, dict):
        return {plain(key) if isinstance(key, bytes) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


@dataclass(frozen=True, slots=True)
class CardFound(Event):
    """The card in the reader. last_seen: seconds since 1970 UTC, None for a card never seen here."""

    label: str
    uuid: str
    size: int
    fs_type: str
    root: bytes
    files: int
    bytes: int
    last_seen: float | None = None
    last_verdict: str = ""
    is_folder: bool = False  # a folder of a larger volume, used as a card


@dataclass(frozen=True, slots=True)
class DestinationReady(Event):
    """An admitted destination. free in bytes. first_use: it was marked as a destination just now."""

    name: str
    kind: str
    root: bytes
    free: int
    devices: tuple[str, ...]
    first_use: bool = False


@dataclass(frozen=True, slots=True)
class DestinationProblem(Event):
    """A destination that takes no copies in this session; the others go on."""

    name: str
    problem: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PlanMade(Event):
    """What will happen. Files: to_copy + already_safe + left_out + unreadable = all entries of the card."""

    to_copy: int
    bytes_to_copy: int
    already_safe: int
    left_out: int
    unreadable: int
    left_out_by: dict[str, int]
    shoots: tuple[dict[str, Any], ...]
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Phase(Event):
    """A stage begins: "looking", "copying", "reading again", "opening", "manifests", "verdict"; of a sync
    "reading edits", "copying edits".

    total in bytes, files: in all; totals and files_by: by destination. limits: bytes per second, written and read back
    together, of those destinations that are held to a speed.
    """

    name: str
    total: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    files: int = 0
    files_by: dict[str, int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progressed(Event):
    """How far the present stage is, at most ten times a second while copying. Counts only ever grow.

    read: bytes from the card. By destination: copied and proven bytes, proven files, the rate in bytes per second (the
    mean of what is written and what is read back), left_by in seconds, quiet: seconds without a sign of progress;
    a destination of which a number is not known is not in it. left: of the slowest, None when nobody can know.
    percent: of what is to be proven. feeding: who is fed from a proven copy now; stopped: who takes no more; done: who
    has proven copies of everything, under their names.
    """

    read: int
    copied: dict[str, int] = field(default_factory=dict)
    proven: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    feeding: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    rate: dict[str, float] = field(default_factory=dict)
    left_by: dict[str, float] = field(default_factory=dict)
    quiet: dict[str, float] = field(default_factory=dict)
    left: float | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class StartEditing(Event):
    """Every copy is proven on these destinations: the pictures may be edited; only formatting waits."""

    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something to know that does not change the verdict. code: stable word; paths: files concerned."""

    code: str
    text: str
    paths: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Tagged(Event):
    """What the editor's catalog says about a shoot."""

    shoot: str
    catalog: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sidecars(Event):
    """What became of the sidecars at a destination, counted.

    written: new ones; merged: into one that was there; same: said all of it before; left: each is warned of. older:
    raw pictures of the card that were here before this session and stay as they are.
    """

    name: str
    written: int
    merged: int
    same: int
    left: int
    older: int


@dataclass(frozen=True, slots=True)
class EditsFound(Event):
    """What lies beside a shoot's pictures where they are edited.

    files = new + changed + same + waiting + unread + the sum of left.

    new, changed: versions that were remembered. waiting: being written. left: reason -> files that are told by name.
    left_out: reason -> what is nobody's work, in none of the other counts.
    """

    shoot: str
    files: int
    new: int
    changed: int
    same: int
    waiting: int
    unread: int
    left: dict[str, int]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Queued(Event):
    """Third copies queued. files and bytes: waiting in this bucket in all."""

    bucket: str
    files: int
    bytes: int
