"""A ledger's backups at a destination; asked there, by a child that may be killed."""

from dataclasses import dataclass

from ingest.care import keeping
from ingest.copying.destination import PRIVATE
from ingest.ledger.backups import LastBackup
from ingest.model.places import Destination
from ingest.plan.generations import LedgerSeries

FOLDER = PRIVATE + b"/ledger"


@dataclass(frozen=True, slots=True)
class Stored:
    """A backup that has its name. removed: names of older ones that no rule keeps."""

    last: LastBackup
    removed: tuple[str, ...]


def store(place: Destination, marker: str, series: LedgerSeries, parcel: keeping.Parcel, now: float) -> Stored:
    """Keep a ledger's snapshot as `keeping.keep` does; raises what it raises."""
    kept = keeping.keep(place, marker, FOLDER, series, parcel, now)
    return Stored(LastBackup(kept.at, kept.name, kept.size, kept.method.value), kept.removed)
