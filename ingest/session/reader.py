"""The card in the reader: found, walked and identified. Nothing else is imported here: `check` answers in a moment."""

import os
from collections.abc import Sequence

from ingest.card.find import find_card
from ingest.card.fingerprint import fingerprint
from ingest.card.scan import scan
from ingest.disk.fs_rules import rules_for
from ingest.disk.volumes import list_volumes
from ingest.errors import DestinationError, EmptyCard
from ingest.model.names import display
from ingest.model.places import Destination
from ingest.session.hands import Hands
from ingest.session.scene import Card


def open_card(path: bytes | None, destinations: Sequence[Destination], hands: Hands) -> Card:
    """Find, scan and identify the card.

    Raises:
        NoCard: none or several mounted, or `path` is no folder.
        CardSilent: the medium answers with an error.
        EmptyCard: not one file on it.
    """
    mounted = list_volumes() if path is None else ()
    root, volume, identity = find_card(path, mounted, _real_roots(destinations, hands))
    listing = scan(root)
    if not listing.files:
        raise EmptyCard(
            f"There is no file on the card at {display(root)}",
            path=display(root),
            hint="Look at it in the camera before you do anything else: an empty listing can also mean a broken card",
        )
    return Card(root, volume, identity, listing, fingerprint(listing), rules_for(volume).proof_ceiling)


def _real_roots(destinations: Sequence[Destination], hands: Hands) -> list[bytes]:
    """Where the destinations lie, links resolved; one that does not answer, as the settings name it."""
    found = hands.ask_all(os.path.realpath, {place.name: (place.root,) for place in destinations})
    answers = [(place.root, found[place.name]) for place in destinations]
    return [root if isinstance(real, DestinationError) else real for root, real in answers]
