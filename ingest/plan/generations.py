"""Backups of a ledger: what they are called, when the next one is due, which stay and why.

    studio-1-3f09c2aa-20251114T221003.250Z.sqlite.gz      station, ledger, UTC time of the snapshot

The ledger's own random identity keeps two stations of one name from removing each other's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

NEWEST = 10
DAYS = 31
LARGE = 256 << 20  # bytes; above it a backup takes many seconds of reading and checking
_DAY = 86400.0
_ROUNDED = 1.0  # seconds; a name holds its time to the millisecond
_SUFFIX = ".sqlite.gz"
_NAME = re.compile(r"(?P<station>.+)-(?P<identity>[0-9a-f]{8})-(?P<at>\d{8}T\d{6})\.(?P<ms>\d{3})Z\.sqlite\.gz")
_TIME = "%Y%m%dT%H%M%S"
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup by its name. station: as it stands there. identity: of the ledger. at: seconds since 1970 UTC."""

    name: str
    station: str
    identity: str
    at: float


def backup_name(station: str, identity: str, at: float) -> str:
    """The name of a backup, of characters that every file system can hold."""
    return f"{station_word(station)}-{identity}-{_stamp(at)}Z{_SUFFIX}"


def station_word(station: str) -> str:
    """A station's name as it stands in names of backups: `Müller studio` becomes `M-ller-studio`."""
    return _FOREIGN.sub("-", station).strip(".-")[:64] or "station"


def _stamp(at: float) -> str:
    seconds, milliseconds = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).strftime(_TIME)}.{milliseconds:03}"


def parse_backup(name: str) -> Backup | None:
    """What a name says, None where it is not the name of a backup."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        whole = datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Backup(name, match["station"], match["identity"], whole.timestamp() + int(match["ms"]) / 1000)


def is_due(size: int, last: float | None, now: float) -> bool:
    """Whether a session is followed by a backup: always, but of a large ledger once a day. size: bytes, last: when."""
    return size < LARGE or last is None or not 0 <= now - last < _DAY


def kept(backups: Iterable[Backup], now: float) -> dict[str, str]:
    """Name -> why it stays. All of one ledger; what is not in the answer may go.

    The newest ten, the newest of each day for a month, the newest of each month for ever. One of the future stays and
    takes nobody's place: a clock was wrong, then or now.
    """
    reasons: dict[str, str] = {}
    past = []
    for backup in sorted(backups, key=lambda each: (-each.at, each.name)):
        if backup.at > now + _ROUNDED:
            reasons[backup.name] = "its time lies in the future"
        else:
            past.append(backup)
    for backup in past[:NEWEST]:
        reasons[backup.name] = f"one of the newest {NEWEST}"
    lately = (each for each in past if now - each.at < DAYS * _DAY)
    _first_of_each(reasons, lately, "%Y-%m-%d", "the newest of its day")
    _first_of_each(reasons, past, "%Y-%m", "the newest of its month")
    return reasons


def _first_of_each(reasons: dict[str, str], newest_first: Iterable[Backup], period: str, why: str) -> None:
    seen = set()
    for backup in newest_first:
        when = datetime.fromtimestamp(backup.at, UTC).strftime(period)
        if when not in seen:
            seen.add(when)
            reasons.setdefault(backup.name, why)
