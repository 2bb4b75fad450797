"""Sidecars for the editors, behind the verdict: what was said of an ingest, beside each raw copy at each destination.

They are no evidence and no copies: no manifest and no ledger row holds them, editors change them as they like. The
card's own sidecar keeps its proven bytes, under another name (`model/sidecars.py`), and is what a new one begins with.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from ingest.errors import DestinationError
from ingest.events import Event, Sidecars, Warned
from ingest.ledger.db import transaction
from ingest.ledger.runs import forget_intents, intend
from ingest.ledger.sidecars import card_copies, last_before_the_newest, recorded_sidecars, travelled_sidecars
from ingest.model.iptc import Iptc
from ingest.model.names import collision_key
from ingest.model.sidecars import has_sidecar, is_sidecar, sidecar_of
from ingest.session.context import Session
from ingest.session.hands import words_of
from ingest.session.sidecar_place import Fate, Found, Wanted, write_sidecars_at

_AT_ONCE = 256


def write_sidecars(session: Session) -> Iterator[Event]:
    """Write what was said; a sidecar that cannot be written is a warning with its name, never more."""
    said = session.request.said
    if not said:
        return
    now = datetime.now(UTC)
    since = last_before_the_newest(session.ledger, session.card_id, session.run_id)
    for place in session.places:
        if place.name in session.absent:
            continue
        try:
            wanted, older = wanted_at(session, place.name, since)
            found = _write_all(session, place.name, wanted, said, now)
        except KeyboardInterrupt:
            yield Warned("no sidecar", "not all sidecars are written: stopped by you; the same command goes on")
            return
        except Exception as error:  # noqa: BLE001 - the verdict is given: whatever goes wrong here must not swallow it
            if isinstance(error, (DestinationError, OSError)):
                why = words_of(place.name, error)
            else:
                why = f"{type(error).__name__}: {error}"
            yield Warned("no sidecar", f"no sidecars on {place.name}: {why}; the verdict stands")
            continue
        yield from _told(place.name, found, older)


def wanted_at(session: Session, place: str, since: int) -> tuple[list[Wanted], int]:
    """The sidecars of this card's newest raw copies at a destination; and how many pictures were here before.

    since: the session behind which they came.
    """
    raws: dict[bytes, set[bytes]] = {}
    spelt: dict[bytes, str] = {}
    own: dict[str, bytes] = {}
    older = set()
    for path, first_run, copy in card_copies(session.ledger, session.card_id, session.run_id, place):
        if is_sidecar(path):
            own[collision_key(path)] = copy or own.get(collision_key(path), b"")
        elif has_sidecar(path) and first_run <= since:
            older.add(path)
        elif has_sidecar(path) and copy:
            raws.setdefault(sidecar_of(copy), set()).add(copy)
            spelt[sidecar_of(copy)] = collision_key(sidecar_of(path))
    recorded = _by_key(recorded_sidecars(session.ledger, place))
    travelled = _by_key(travelled_sidecars(session.ledger, place))
    return [
        Wanted(
            path,
            tuple(sorted(raws[path])),
            own.get(spelt[path]),
            frozenset(recorded.get(collision_key(path), ())),
            frozenset(travelled.get(collision_key(path), ())),
        )
        for path in sorted(raws)
    ], len(older)


def _by_key(paths: Iterable[bytes]) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for path in paths:
        found.setdefault(collision_key(path), set()).add(path)
    return found


def _write_all(session: Session, place: str, wanted: Sequence[Wanted], said: Iptc, now: datetime) -> list[Found]:
    """Some hundred at a time, each behind one barrier; what temporary names begin with is in the ledger before."""
    admitted = next(each for each in session.places if each.name == place)
    tag = f"r{session.run_id}-{secrets.token_hex(16)}".encode()
    found: list[Found] = []
    if wanted:
        intend(session.ledger, session.run_id, session.place_ids, [(place, tag, b"")])
        for start in range(0, len(wanted), _AT_ONCE):
            part = tuple(wanted[start : start + _AT_ONCE])
            found += session.hands.ask(place, write_sidecars_at, admitted, tag, part, said, now)
        with transaction(session.ledger):
            forget_intents(session.ledger, session.place_ids[place], [tag])
    return found


def _told(place: str, found: Sequence[Found], older: int) -> Iterator[Event]:
    counts = {fate: sum(each.fate is fate for each in found) for fate in Fate}
    yield Sidecars(place, counts[Fate.WRITTEN], counts[Fate.MERGED], counts[Fate.SAME], counts[Fate.LEFT], older)
    reasons = sorted({each.why for each in found if each.fate is Fate.LEFT})
    for why in reasons:
        paths = tuple(each.path for each in found if each.fate is Fate.LEFT and each.why == why)
        yield Warned("no sidecar", f"not written on {place}, since {why}", paths)
