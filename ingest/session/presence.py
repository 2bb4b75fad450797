"""The fresh look at destinations and the copies they should hold, all at once and each by its own child."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from ingest.copying.sweep import Expected, Presence, expected_of, look
from ingest.errors import DestinationError
from ingest.ledger.known import KnownCopy
from ingest.ledger.places import known_marker
from ingest.model.places import Destination
from ingest.session.hands import Hands, words_of


def look_at_all(
    hands: Hands, connection: sqlite3.Connection, destinations: Sequence[Destination], copies: Iterable[KnownCopy]
) -> dict[str, Presence]:
    """Each destination as it is now, by name; one that does not answer is a Presence with that problem."""
    return begin_look(hands, connection, destinations, copies)()


def begin_look(
    hands: Hands, connection: sqlite3.Connection, destinations: Sequence[Destination], copies: Iterable[KnownCopy]
) -> Callable[[], dict[str, Presence]]:
    """As `look_at_all`, which waits when what this gives is called: meanwhile the caller can do something else."""
    expected: dict[str, list[Expected]] = {place.name: [] for place in destinations}
    for copy in copies:
        if copy.destination in expected:
            expected[copy.destination].append(expected_of(copy))
    wait = hands.begin_all(
        look,
        {place.name: (place, known_marker(connection, place.name), expected[place.name]) for place in destinations},
    )
    return lambda: {
        name: Presence(None, None, words_of(name, seen), {}) if isinstance(seen, DestinationError) else seen
        for name, seen in wait().items()
    }
