"""Let the working copies of a finished shoot go, and bring them back.

The other copies are read back first, now. Only then is it decided, for the shoot as a whole, and only then asked. What
editors wrote beside the pictures stays where it is.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.archive.trash_place import Leaving, Sent, gone_from, send_away
from ingest.config import Settings
from ingest.errors import CareFailed, ConfigError, DestinationError, UsageError
from ingest.ledger.places import known_marker
from ingest.ledger.released import Working, checked_in, let_go, others_of, working_copies
from ingest.ledger.shoots import ShootRow
from ingest.model.places import Destination, DestinationKind
from ingest.plan.release import Doubt, Holding, Other, doubts
from ingest.plan.rounds import Budget
from ingest.session.hands import Hands
from ingest.session.verify import look_at_copies, tasks_at

WHY = "released by its owner"
_AT_ONCE = 256
_WORKING = (DestinationKind.SSD, DestinationKind.HDD)


@dataclass(slots=True)
class Judged:
    """What would go from where, and why not: nothing goes where one file has to stay."""

    place: Destination
    copies: list[Working]
    doubts: dict[Doubt, list[bytes]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """What would be free."""
        return sum(copy.size for copy in self.copies)


def working_place(settings: Settings, only: str | None) -> Destination:
    """The destination of that name, else the first disk of this station.

    Raises:
        UsageError: no destination is called so.
        ConfigError: the settings name no disk of this station.
    """
    places = settings.places()
    if only is not None:
        named = next((place for place in places if place.name == only), None)
        if named is None:
            known = ", ".join(place.name for place in places)
            raise UsageError(f"There is no destination {only!r}", hint=f"The settings name: {known}")
        return named
    first = next((place for place in places if place.kind in _WORKING), None)
    if first is None:
        raise ConfigError("No destination is a disk of this computer", hint="Name one with --from")
    return first


def judge(
    settings: Settings,
    ledger: sqlite3.Connection,
    shoot: ShootRow,
    place: Destination,
    clock: Callable[[], float],
    tick: Callable[[str, int], None],
) -> Judged:
    """Read every other copy of the shoot back, then decide. tick: told a place and bytes as they are read.

    Raises:
        UsageError: nothing of the shoot is there.
    """
    copies = working_copies(ledger, shoot.id, place.name)
    if not copies:
        raise UsageError(f"No proven copy of {shoot.name} is on {place.name}", hint="See: safelight status")
    assets = {copy.asset_id for copy in copies}
    elsewhere = [each for each in settings.places() if each.name != place.name]
    look_at_copies(settings, ledger, tasks_at(ledger, elsewhere, assets), Budget(), tick=tick)
    return Judged(place, copies, _doubts(settings, ledger, place, copies, clock()))


def _doubts(
    settings: Settings, ledger: sqlite3.Connection, place: Destination, copies: Sequence[Working], now: float
) -> dict[Doubt, list[bytes]]:
    assets = {copy.asset_id for copy in copies}
    bucket = settings.cloud.bucket if settings.cloud else ""
    others, checked = others_of(ledger, assets, place.name), checked_in(ledger, assets, bucket)
    holdings = [
        Holding(copy.path, copy.size, tuple(Other(*other) for other in others[copy.asset_id]), copy.asset_id in checked)
        for copy in copies
    ]
    return doubts(holdings, now, wants_third=bool(bucket))


def release(settings: Settings, ledger: sqlite3.Connection, judged: Judged, clock: Callable[[], float]) -> Sent:
    """Send what was judged to the trash of its disk and write it down, also when it is interrupted.

    Raises:
        CareFailed: another copy is in doubt by now, for the question may have waited for long; nothing was touched.
        DestinationError: the disk is not there, or does not answer.
    """
    if judged.doubts or _doubts(settings, ledger, judged.place, judged.copies, clock()):
        raise CareFailed("Another copy is in doubt by now", hint="Nothing was touched; run the same command again")
    stayed, missing = dict[bytes, str](), set[bytes]()
    with Hands(settings.copying.patience) as hands:
        for part in _parts(judged.copies):
            sent = _send_part(hands, ledger, judged.place, part, clock)
            stayed |= sent.stayed
            missing |= sent.missing
    return Sent(stayed, frozenset(missing))


def _send_part(
    hands: Hands, ledger: sqlite3.Connection, place: Destination, part: Sequence[Working], clock: Callable[[], float]
) -> Sent:
    files = [Leaving(copy.path, copy.size, copy.inode, copy.mtime_ns) for copy in part]
    asked = (place, known_marker(ledger, place.name), files)
    try:
        sent = hands.ask(place.name, send_away, *asked)
    except KeyboardInterrupt:  # its child was half-way: what it had sent is in the trash, and is known to be
        with contextlib.suppress(DestinationError, OSError):
            gone = hands.ask(place.name, gone_from, *asked)
            let_go(ledger, [copy for copy in part if copy.path in gone], clock(), WHY)
        raise
    let_go(ledger, [copy for copy in part if copy.path not in sent.stayed], clock(), WHY)
    return sent


def _parts(copies: Sequence[Working]) -> Iterator[Sequence[Working]]:
    for start in range(0, len(copies), _AT_ONCE):
        yield copies[start : start + _AT_ONCE]
