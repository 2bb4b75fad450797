"""What planning is told and what it answers, as frozen dataclasses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from ingest.model.cards import CardFile, Disposition
from ingest.model.names import collision_key


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """The user's settings that planning needs. required: names of the destinations that must hold a proven copy.

    day_starts: wall-clock time at which a shoot day begins; what was taken before belongs to the day before.
    set_aside: the sidecars of raw pictures make room for those that will be written.
    """

    required: frozenset[str]
    folder: str = "{capture:%Y}/{capture:%Y-%m-%d} {shoot}"
    file: str = "{original}"
    ignore: tuple[str, ...] = ()
    day_starts: time = time(4)
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class CardTag:
    """What the card's own folder is named by. label: the volume's, untrusted. digest: of the card's identity."""

    label: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class KnownContent:
    """Content of the ledger that a card file seems to be: same size, same head. A candidate until it is read whole.

    proven_at: destinations with a proven copy. path: its name below the destinations' roots, b"" when not known.
    """

    asset_id: int
    proven_at: frozenset[str]
    path: bytes = b""


@dataclass(frozen=True, slots=True)
class TakenName:
    """A name that a shoot's folder already holds. size in bytes; xxh128: 16 bytes, None when unknown.

    capture, serial: of the file, where known: the JPEG card of a body joins the RAW card's names by them.
    """

    size: int
    xxh128: bytes | None = None
    capture: datetime | None = None
    serial: str = ""


@dataclass(frozen=True, slots=True)
class ExistingShoot:
    """A shoot of the ledger. day, last_day: its first and last shoot day. folder: below each destination's root."""

    id: int
    name: str
    day: date
    last_day: date
    folder: bytes
    named_by_user: bool


@dataclass(frozen=True, slots=True)
class ShootPlan:
    """A shoot that files of this card go to; existing_id is None for a new one. day, last_day: with this card's."""

    name: str
    day: date
    last_day: date
    folder: bytes
    existing_id: int | None
    named_by_user: bool


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One entry of the listing and what becomes of it.

    rule: what ignores it. problem: why it is unreadable, in words. object_key, shoot (index into the plan's shoots)
    and dest (relative bytes below each destination's root) are set for COPY and ALREADY_SAFE alone. missing_at:
    destinations that need a copy. known: the asset it seems to be; the session reads the file before it believes.
    """

    source: CardFile
    disposition: Disposition
    rule: str = ""
    problem: str = ""
    object_key: str = ""
    shoot: int | None = None
    dest: bytes = b""
    missing_at: frozenset[str] = frozenset()
    known: int | None = None


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """Files and bytes by disposition; they always add up to the whole. by_rule: (rule, files), as they come."""

    files: int
    copy: int
    already_safe: int
    ignored: int
    unreadable: int
    size: int
    copy_size: int
    already_safe_size: int
    by_rule: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """files: one for each entry of the listing, sorted by card path. shoots: by day. folders: empty ones to be made."""

    files: tuple[PlannedFile, ...]
    shoots: tuple[ShootPlan, ...] = ()
    folders: tuple[bytes, ...] = ()

    def counts(self) -> PlanCounts:
        """Count in one pass, so that the parts are the whole."""
        number = dict.fromkeys(Disposition, 0)
        size = dict.fromkeys(Disposition, 0)
        by_rule: dict[str, int] = {}
        for file in self.files:
            number[file.disposition] += 1
            size[file.disposition] += file.source.size
            if file.disposition is Disposition.IGNORED:
                by_rule[file.rule] = by_rule.get(file.rule, 0) + 1
        return PlanCounts(
            files=sum(number.values()),
            copy=number[Disposition.COPY],
            already_safe=number[Disposition.ALREADY_SAFE],
            ignored=number[Disposition.IGNORED],
            unreadable=number[Disposition.UNREADABLE],
            size=sum(size.values()),
            copy_size=size[Disposition.COPY],
            already_safe_size=size[Disposition.ALREADY_SAFE],
            by_rule=tuple(by_rule.items()),
        )


def taken_names(rows: Iterable[tuple[bytes, int, bytes, str | None, str]]) -> dict[str, TakenName]:
    """(path, size, xxh128, capture time in ISO form or None, serial) rows of a shoot's folder, as the ledger gives
    them, by collision key of the whole path.
    """
    return {
        collision_key(path): TakenName(size, digest, datetime.fromisoformat(taken) if taken else None, serial)
        for path, size, digest, taken, serial in rows
    }
