"""Assemble what the gate is shown: a listing of the card, what the ledger proved, and a fresh look at every copy."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from ingest.copying.sweep import Presence
from ingest.gate.certificate import example_names
from ingest.gate.evidence import CardEvidence, Caution, DestinationEvidence, Excuse, FileEvidence, SourceProof
from ingest.ledger.known import (
    KnownCardFile,
    KnownCopy,
    acknowledged,
    card_files_at,
    copies_of_assets,
    findings_of_card,
)
from ingest.ledger.places import known_device
from ingest.model.cards import CardFile, Listing
from ingest.model.copies import Method, Proof
from ingest.model.places import Destination
from ingest.plan.ignore import ignored_by
from ingest.session.hands import Hands
from ingest.session.presence import begin_look, look_at_all
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
    new: Set[bytes] = frozenset()
    troubles: Troubles = field(default_factory=Troubles)
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    source: str = ""
    rereadable: bool = True
    findings: dict[int, str] = field(default_factory=dict)


def gather(connection: sqlite3.Connection, card_id: int | None, scene: Scene, hands: Hands) -> CardEvidence:
    """The evidence of a card now. card_id: None for a card that was never ingested. Writes nothing.

    What is wrong with a copy under its name is noted in `scene.findings`, by the copy's id.
    """
    presences = look_at_all(hands, connection, scene.destinations, ())
    files = tuple(_files(connection, card_id, scene, hands, presences))
    places = tuple(_destination(connection, place, presences[place.name], scene) for place in scene.destinations)
    return CardEvidence(
        scene.fingerprint,
        files,
        places,
        scene.listing_agrees,
        interrupted=scene.troubles.interrupted,
        card_gone=scene.troubles.card_gone,
        notes=(*scene.notes, *_damaged(connection, card_id, scene)),
        cautions=scene.cautions,
        source=scene.source,
        rereadable=scene.rereadable,
    )


def _files(
    connection: sqlite3.Connection, card_id: int | None, scene: Scene, hands: Hands, presences: dict[str, Presence]
) -> Iterator[FileEvidence]:
    """Of each entry; what is known of it is asked some thousand at a time, a large card's would fill a small machine.

    presences: a destination that goes meanwhile has that problem there from then on.
    """
    excused = acknowledged(connection, card_id) if card_id is not None else set()
    for page, seen in _pages(connection, card_id, scene, hands):
        for presence in seen.values():
            scene.findings.update(presence.missing)
        presences |= {name: presence for name, presence in seen.items() if presence.problem}
        proofs = {asset_id: _proofs(group, seen) for asset_id, group in page.copies.items()}
        for entry in page.entries:  # a path stands once in a listing, unless the card is damaged: the second is unknown
            yield _file(entry, page.known.pop(entry.path, None), proofs, presences, scene, excused)


class _Page(NamedTuple):
    """Some entries of the listing, and what the ledger knows of them."""

    entries: Sequence[CardFile]
    known: dict[bytes, KnownCardFile]
    copies: Mapping[int, list[KnownCopy]]


def _pages(
    connection: sqlite3.Connection, card_id: int | None, scene: Scene, hands: Hands
) -> Iterator[tuple[_Page, Mapping[str, Presence]]]:
    """Each with the look at its copies; while the destinations look, the ledger is asked for the next page."""
    asked: tuple[_Page, Callable[[], Mapping[str, Presence]]] | None = None
    last = b""
    for start in range(0, len(scene.listing.files), _AT_ONCE):
        entries = scene.listing.files[start : start + _AT_ONCE]
        known = card_files_at(connection, card_id, [each.path for each in entries]) if card_id is not None else {}
        known.pop(last, None)
        page = _Page(entries, known, copies_of_assets(connection, {file.asset_id for file in known.values()}))
        done = (asked[0], asked[1]()) if asked else None  # a child answers one question before it hears the next
        asked = page, begin_look(hands, connection, scene.destinations, chain.from_iterable(page.copies.values()))
        last = entries[-1].path
        if done:
            yield done
    if asked:
        yield asked[0], asked[1]()


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
    path, troubles = entry.path, scene.troubles
    source, asset_id = None, None
    proofs: tuple[Proof, ...] = ()
    failed: Mapping[str, str] = {}
    if known and known.size == entry.size and known.mtime_ns == entry.mtime_ns:
        asset_id = known.asset_id
        proofs, failed = proven.get(asset_id, _NOTHING)
        digest = next((proof.xxh128 for proof in proofs if proof.xxh128 == known.xxh128), known.xxh128)  # one for all
        source = SourceProof(digest, known.reads, path in troubles.disagreed)
    if troubles.any_file:
        failed = {**failed, **troubles.failed_at.get(path, {})}
        proofs += _mismatches(entry, troubles.mismatched.get(path, {}), presences)
    return FileEvidence(
        path,
        entry.size,
        entry.kind,
        excuse,
        rule,
        asset_id,
        source,
        proofs,
        troubles.unreadable.get(path, entry.problem),
        tuple(sorted(failed.items())) if failed else (),
        path in troubles.changed,
        path in scene.new,
    )


def _proofs(copies: Sequence[KnownCopy], presences: Mapping[str, Presence]) -> _Proofs:
    """For each destination the best standing proof; and what is wrong where there is none."""
    best: dict[str, Proof] = {}
    wrong: dict[str, str] = {}
    ordered = copies if all(map(_is_proven, copies)) else sorted(copies, key=_is_proven)  # it outweighs a suspect one
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
