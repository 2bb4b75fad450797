"""What is kept by generations: how they are called, when the next one is due, which stay and why.

    ledger/studio-1-3f09c2aa-20251114T221003.250Z.sqlite.gz           station, ledger, UTC time of the snapshot
    catalogs/Main-5be1a07c/studio-1-20251114T221003.250Z.tar.gz       catalog, station, UTC time of the snapshot

The ledger's own random identity keeps two stations of one name from removing each other's; it is in the eight digits
of a catalog too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

NEWEST = 10
DAYS = 31
LARGE = 256 << 20  # bytes; above it a backup takes many seconds of reading and checking
_DAY = 86400.0
_ROUNDED = 1.0  # seconds; a name holds its time to the millisecond
_SUFFIX = ".sqlite.gz"
_SNAPSHOT_SUFFIX = ".tar.gz"
_STAMP = r"(?P<at>\d{8}T\d{6})\.(?P<ms>\d{3})Z"
_NAME = re.compile(r"(?P<station>.+)-(?P<identity>[0-9a-f]{8})-" + _STAMP + re.escape(_SUFFIX))
_SNAPSHOT = re.compile(r"(?P<station>.+)-" + _STAMP + re.escape(_SNAPSHOT_SUFFIX))
_TIME = "%Y%m%dT%H%M%S"
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


class Generation(Protocol):
    """One of a series, as far as it is kept or let go by it."""

    @property
    def name(self) -> str:
        """Of its file."""
        ...

    @property
    def at(self) -> float:
        """Seconds since 1970 UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup by its name. station: as it stands there. identity: of the ledger. at: seconds since 1970 UTC."""

    name: str
    station: str
    identity: str
    at: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of a catalog by its name; its folder tells which one's. station, at: as for `Backup`."""

    name: str
    station: str
    at: float


@dataclass(frozen=True, slots=True)
class LedgerSeries:
    """The backups of one ledger at a destination, whatever its station was called then."""

    station: str
    identity: str

    @property
    def word(self) -> str:
        """What tells it from other series of the same folder."""
        return f"{station_word(self.station)}-{self.identity}"

    def name(self, at: float) -> str:
        """What its generation of this time is called."""
        return backup_name(self.station, self.identity, at)

    def parse(self, name: str) -> Backup | None:
        """One of this series by its name, None where it is another's or no backup at all."""
        found = parse_backup(name)
        return found if found and found.identity == self.identity else None


@dataclass(frozen=True, slots=True)
class CatalogSeries:
    """The snapshots of one catalog; its folder holds no other series."""

    station: str

    @property
    def word(self) -> str:
        """As of `LedgerSeries`."""
        return station_word(self.station)

    def name(self, at: float) -> str:
        """As of `LedgerSeries`."""
        return snapshot_name(self.station, at)

    def parse(self, name: str) -> Snapshot | None:
        """As of `LedgerSeries`."""
        return parse_snapshot(name)


Series = LedgerSeries | CatalogSeries


def backup_name(station: str, identity: str, at: float) -> str:
    """The name of a backup, of characters that every file system can hold."""
    return f"{station_word(station)}-{identity}-{stamp(at)}{_SUFFIX}"


def snapshot_name(station: str, at: float) -> str:
    """The name of a snapshot of a catalog."""
    return f"{station_word(station)}-{stamp(at)}{_SNAPSHOT_SUFFIX}"


def catalog_folder(name: str, identity: str) -> str:
    """The folder of a catalog's snapshots: `Main-5be1a07c` for `Main.lrcat`. identity: eight hex digits."""
    stem = name.rpartition(".")[0] or name
    return f"{_FOREIGN.sub('-', stem).strip('.-')[:64] or 'catalog'}-{identity}"


def station_word(station: str) -> str:
    """A station's name as it stands in names of backups: `Müller studio` becomes `M-ller-studio`."""
    return _FOREIGN.sub("-", station).strip(".-")[:64] or "station"


def stamp(at: float) -> str:
    """A time as it stands in names: `20251114T221003.250Z`."""
    seconds, milliseconds = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).strftime(_TIME)}.{milliseconds:03}Z"


def parse_backup(name: str) -> Backup | None:
    """What a name says, None where it is not the name of a backup."""
    match = _NAME.fullmatch(name)
    at = _time_of(match)
    return Backup(name, match["station"], match["identity"], at) if match and at is not None else None


def parse_snapshot(name: str) -> Snapshot | None:
    """What a name says, None where it is not the name of a catalog's snapshot."""
    match = _SNAPSHOT.fullmatch(name)
    at = _time_of(match)
    return Snapshot(name, match["station"], at) if match and at is not None else None


def _time_of(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    try:
        whole = datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole.timestamp() + int(match["ms"]) / 1000


def is_due(size: int, last: float | None, now: float) -> bool:
    """Whether a session is followed by a backup: always, but of a large ledger once a day. size: bytes, last: when."""
    return size < LARGE or last is None or not 0 <= now - last < _DAY


def kept(generations: Iterable[Generation], now: float) -> dict[str, str]:
    """Name -> why it stays. All of one series; what is not in the answer may go.

    The newest ten, the newest of each day for a month, the newest of each month for ever. One of the future stays and
    takes nobody's place: a clock was wrong, then or now.
    """
    reasons: dict[str, str] = {}
    past = []
    for each in sorted(generations, key=lambda each: (-each.at, each.name)):
        if each.at > now + _ROUNDED:
            reasons[each.name] = "its time lies in the future"
        else:
            past.append(each)
    for each in past[:NEWEST]:
        reasons[each.name] = f"one of the newest {NEWEST}"
    lately = (each for each in past if now - each.at < DAYS * _DAY)
    _first_of_each(reasons, lately, "%Y-%m-%d", "the newest of its day")
    _first_of_each(reasons, past, "%Y-%m", "the newest of its month")
    return reasons


def _first_of_each(reasons: dict[str, str], newest_first: Iterable[Generation], period: str, why: str) -> None:
    seen = set()
    for each in newest_first:
        when = datetime.fromtimestamp(each.at, UTC).strftime(period)
        if when not in seen:
            seen.add(when)
            reasons.setdefault(each.name, why)
