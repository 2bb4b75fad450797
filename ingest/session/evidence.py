"""Assemble what the gate is shown: a listing of the card, what the ledger proved, and a fresh look at every copy."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ingest.copying.sweep import Presence
from ingest.gate.certificate import example_names
from ingest.gate.evidence import CardEvidence, DestinationEvidence, Excuse, FileEvidence, SourceProof
from ingest.ledger.known import (
    KnownCardFile,
    KnownCopy,
    acknowledged,
    assets_of_card,
    card_files,
    copies_of_assets,
    findings_of_card,
)
from ingest.ledger.places import known_device
from ingest.model.cards import CardFile, Listing
from ingest.model.copies import Method, Proof
from ingest.model.places import Destination
from ingest.plan.ignore import ignored_by
from ingest.session.hands import Hands
from ingest.session.presence import begin_look
from ingest.session.scene import Troubles, may_be_acknowledged

_AT_ONCE = 2048
_Proofs = tuple[tuple[Proof, ...], Mapping[str, str]]
_NOTHING: _Proofs = (), {}


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of one card. absent: destinations that were refused at the start, with the reason."""

    listing: Listing
    fingerprint: bytes
    listing_agrees: bool
    destinations: Sequence[Destination]
    rules: Sequence[str]
    absent: Mapping[str, str] = field(default_factory=dict)
    new: frozenset[bytes] = frozenset()
    troubles: Troubles = field(default_factory=Troubles)
    notes: tuple[str, ...] = ()


def gather(connection: sqlite3.Connection, card_id: int | None, scene: Scene, hands: Hands) -> CardEvidence:
    """The evidence of a card now. card_id: None for a card that was never ingested. Writes nothing."""
    assets = assets_of_card(connection, card_id) if card_id is not None else []
    proofs, presences = _look(connection, assets, scene, hands)
    known = card_files(connection, card_id) if card_id is not None else {}
    excused = acknowledged(connection, card_id) if card_id is not None else set()
    files = tuple(  # a path stands once in a listing, unless the card is damaged: then the second finds nothing
        [_file(entry, known.pop(entry.path, None), proofs, presences, scene, excused) for entry in scene.listing.files]
    )
    places = tuple(_destination(connection, place, presences[place.name], scene) for place in scene.destinations)
    return CardEvidence(
        scene.fingerprint,
        files,
        places,
        scene.listing_agrees,
        interrupted=scene.troubles.interrupted,
        card_gone=scene.troubles.card_gone,
        notes=(*scene.notes, *_damaged(connection, card_id, scene)),
    )


def _damaged(connection: sqlite3.Connection, card_id: int | None, scene: Scene) -> list[str]:
    """Pictures of this card that were broken before they were copied: told with every verdict of it."""
    findings = findings_of_card(connection, card_id) if card_id is not None else {}
    listed = {entry.path for entry in scene.listing.files} if findings else set()
    notes = []
    for code, paths in findings.items():
        here = tuple(path for path in paths if path in listed)
        if here:
            notes.append(f"already damaged on the card ({code}): {example_names(here)}; the copies equal the card")
    return notes


def _look(
    connection: sqlite3.Connection, assets: Sequence[int], scene: Scene, hands: Hands
) -> tuple[dict[int, _Proofs], dict[str, Presence]]:
    """Asset id -> what `_proofs` says of its copies, and each destination; one that goes meanwhile has that problem.

    Looked at some thousand at a time: the copies of a card of 100,000 files would fill a small machine. While the
    destinations look at some, the ledger is asked for the next.
    """
    presences: dict[str, Presence] = {}
    found: dict[int, _Proofs] = {}

    def take(copies: Mapping[int, list[KnownCopy]], seen: Mapping[str, Presence]) -> None:
        presences.update({name: here for name, here in seen.items() if here.problem or name not in presences})
        found.update({asset_id: _proofs(group, seen) for asset_id, group in copies.items()})

    before: dict[int, list[KnownCopy]] = {}
    wait: Callable[[], dict[str, Presence]] = dict
    for start in range(0, len(assets) or 1, _AT_ONCE):
        copies = copies_of_assets(connection, assets[start : start + _AT_ONCE])
        seen = wait()
        wait = begin_look(hands, connection, scene.destinations, chain.from_iterable(copies.values()))
        take(before, seen)
        before = copies
    take(before, wait())
    return found, presences


def _destination(
    connection: sqlite3.Connection, place: Destination, presence: Presence, scene: Scene
) -> DestinationEvidence:
    problem = scene.absent.get(place.name, "") or presence.problem
    devices = presence.volume.devices if presence.volume else known_device(connection, place.name)
    provable = presence.rules is None or presence.rules.proof_ceiling is not None
    return DestinationEvidence(place.name, devices, problem, provable)


def _file(
    entry: CardFile,
    known: KnownCardFile | None,
    proven: Mapping[int, _Proofs],
    presences: Mapping[str, Presence],
    scene: Scene,
    excused: set[tuple[bytes, int, int]],
) -> FileEvidence:
    rule = ignored_by(entry.path, scene.rules)
    excuse = Excuse.RULE if rule else Excuse.NONE
    if not rule and may_be_acknowledged(entry) and (entry.path, entry.size, entry.mtime_ns) in excused:
        excuse = Excuse.ACKNOWLEDGED
    troubles = scene.troubles
    source, asset_id = None, None
    proofs: tuple[Proof, ...] = ()
    failed: Mapping[str, str] = {}
    if known and known.size == entry.size and known.mtime_ns == entry.mtime_ns:
        asset_id = known.asset_id
        source = SourceProof(known.xxh128, known.reads, entry.path in troubles.disagreed)
        proofs, failed = proven.get(known.asset_id, _NOTHING)
    if troubles.any_file:
        failed = {**failed, **troubles.failed_at.get(entry.path, {})}
        proofs += _mismatches(entry, troubles.mismatched.get(entry.path, {}), presences)
    return FileEvidence(
        entry.path,
        entry.size,
        entry.kind,
        excuse,
        rule,
        asset_id,
        source,
        proofs,
        troubles.unreadable.get(entry.path, entry.problem),
        tuple(sorted(failed.items())) if failed else (),
        entry.path in troubles.changed,
        entry.path in scene.new,
    )


def _proofs(copies: Sequence[KnownCopy], presences: Mapping[str, Presence]) -> _Proofs:
    """For each destination the best standing proof; and what is wrong where there is none."""
    best: dict[str, Proof] = {}
    wrong: dict[str, str] = {}
    ordered = sorted(copies, key=_is_proven) if len(copies) > 1 else copies  # a proven copy outweighs a suspect one
    for copy in ordered:
        presence = presences.get(copy.destination)
        if presence is None or presence.volume is None or copy.proof is None:
            continue
        missing = presence.missing.get(copy.id)
        if missing:
            wrong[copy.destination] = f"a copy is {missing}" if missing == "gone" else f"a copy {missing}"
            continue
        best[copy.destination] = _standing(copy, copy.proof, presence.volume.devices)
    if wrong:
        wrong = {name: what for name, what in wrong.items() if name not in best}
    return tuple(best.values()), wrong or _NOTHING[1]


def _is_proven(copy: KnownCopy) -> bool:
    return copy.state == "proven"


def _standing(copy: KnownCopy, proof: Proof, devices: frozenset[str]) -> Proof:
    """The proof as it counts today: on the devices of today, and never more than the copy's state says."""
    if copy.state == "proven" and proof.devices == devices:
        return proof
    method = proof.method if copy.state != "written" else Method.CACHED
    matched = proof.matched and copy.state != "suspect"
    return proof._replace(devices=devices, method=method, matched=matched)


def _mismatches(
    entry: CardFile, mismatched: Mapping[str, bytes], presences: Mapping[str, Presence]
) -> tuple[Proof, ...]:
    found = []
    for name, digest in mismatched.items():
        presence = presences.get(name)
        devices = presence.volume.devices if presence and presence.volume else frozenset[str]()
        found.append(Proof(name, devices, entry.path, digest, Method.DIRECT, 0.0, matched=False))
    return tuple(found)
