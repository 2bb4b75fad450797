"""`safelight check`: the verdict for the card as it is now. Reads names, sizes and times; copies and writes nothing."""

import os
import sqlite3
import time
from collections.abc import Iterable

from ingest.config import Settings
from ingest.copying.source import head_of
from ingest.disk.folders import FileOpener
from ingest.disk.readers import reader_of
from ingest.gate.evidence import Policy
from ingest.gate.verdict import Verdict, judge
from ingest.ledger.known import card_file
from ingest.ledger.places import find_card
from ingest.model.cards import CardFile, EntryKind
from ingest.model.names import display
from ingest.session.cautions import cautions_of
from ingest.session.evidence import Scene, gather
from ingest.session.hands import Hands
from ingest.session.reader import open_card
from ingest.session.scene import Card, Troubles

_SAMPLE = 16


def policy_of(settings: Settings) -> Policy:
    """The gate's policy as the settings say it."""
    return Policy(settings.gate.devices, settings.gate.reads, settings.gate.weakest_method)


def check_card(connection: sqlite3.Connection, settings: Settings, path: bytes | None) -> tuple[Card, Verdict]:
    """The card in the reader and its verdict now.

    Names, sizes and times must equal what was ingested; of a few files also the first 64 KiB are read again, so that
    another card with the same listing is not taken for this one.
    """
    with Hands(settings.copying.patience) as hands:
        card = open_card(path, settings.places(), hands)
        row = find_card(connection, card.identity)
        troubles = Troubles()
        if row:
            troubles.changed |= _changed_heads(connection, row.id, card)
        card_id = row.id if row else None
        scene = Scene(
            card.listing,
            card.fingerprint,
            True,
            settings.places(),
            settings.cards.ignore,
            troubles=troubles,
            cautions=cautions_of(connection, card_id, card, card.listing),
            source=card.words,
            rereadable=card.read_ceiling is not None,
        )
        evidence = gather(connection, card_id, scene, hands)
    return card, judge(evidence, policy_of(settings), time.time())


def _changed_heads(connection: sqlite3.Connection, card_id: int, card: Card) -> set[bytes]:
    """Paths of a sample whose size is as it was, but whose first bytes are not."""
    changed = set()
    with FileOpener(card.root) as opener:
        for file in _spread([f for f in card.listing.files if f.kind is EntryKind.FILE and f.size > 0]):
            known = card_file(connection, card_id, file.path)
            if known is None or known[0] != file.size:
                continue
            try:
                if head_of(opener, file.path) != known[1]:
                    changed.add(file.path)
            except OSError:
                changed.add(file.path)
    return changed


def _spread(items: list[CardFile]) -> Iterable[CardFile]:
    """At most 16 of the items, evenly over the card, starting at a random one."""
    step = max(1, len(items) // _SAMPLE)
    start = int.from_bytes(os.urandom(2), "big") % step
    return items[start::step][:_SAMPLE]


def card_json(card: Card) -> dict[str, object]:
    """The card as JSON names it."""
    identity = card.identity
    return {
        "label": card.label,
        "uuid": identity.uuid,
        "size": identity.size,
        "fs_type": card.volume.fs_type,
        "root": display(card.root),
        "reader": reader_of(card.volume),
        "files": len(card.listing.files),
        "bytes": sum(file.size for file in card.listing.files),
    }
