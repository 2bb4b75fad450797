"""The verdict as facts to print: counts that add up, what each destination proved and how, what was left out."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ingest.gate.evidence import Excuse, FileEvidence
from ingest.gate.reasons import counting_proofs, distinct_devices, is_hollow
from ingest.gate.verdict import Verdict
from ingest.model.cards import EntryKind
from ingest.model.copies import STRENGTH, Method, Proof
from ingest.model.names import base_of, display

_PATHS_SHOWN = 20

METHOD_WORDS = {
    Method.REPLUGGED: "read back after plugging in again",
    Method.DIRECT: "read back around the cache",
    Method.DROPPED: "read back after emptying the cache",
    Method.SERVED: "returned by the NAS around this computer's cache",
    Method.CACHED: "not read back from the medium",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """files = proven + left_out + acknowledged + open, always. new + already_safe = proven. unreadable is in open."""

    files: int
    proven: int
    new: int
    already_safe: int
    left_out: int
    acknowledged: int
    open: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class PlaceProof:
    """What one destination proved: files that count, by which method (the weakest used), from when to when."""

    name: str
    proven: int
    words: str
    methods: dict[str, int]
    first_at: float
    last_at: float


def counts(verdict: Verdict) -> Counts:
    """How the card's entries divide; the parts add up by construction."""
    files = verdict.evidence.files
    proven = proven_files(verdict)
    left_out = sum(file.excuse is Excuse.RULE for file in files)
    acknowledged = sum(file.excuse is Excuse.ACKNOWLEDGED for file in files)
    new = sum(file.new for file in proven)
    rest = len(files) - len(proven) - left_out - acknowledged
    unreadable = sum(_is_unreadable(file) for file in files)
    return Counts(len(files), len(proven), new, len(proven) - new, left_out, acknowledged, rest, unreadable)


def _is_unreadable(file: FileEvidence) -> bool:
    """It should have been read; a link or a pipe should not."""
    expected = file.kind in (EntryKind.FILE, EntryKind.UNLISTABLE)
    return expected and bool(file.problem) and file.excuse is Excuse.NONE


def proven_files(verdict: Verdict) -> list[FileEvidence]:
    """The files whose whole claim is proven; in a SAFE verdict that is every file that needs it."""
    if verdict.is_safe:
        return [file for file in verdict.evidence.files if file.excuse is Excuse.NONE]
    return [file for file in verdict.evidence.files if is_proven(file, verdict)]


def is_proven(file: FileEvidence, verdict: Verdict) -> bool:
    """One file's whole claim: enough agreeing reads, and counting proofs at every required destination."""
    if file.excuse is not Excuse.NONE or file.source is None or file.source.disagreed or file.problem or file.changed:
        return False
    if is_hollow(file):
        return False
    proofs = counting_proofs(file, verdict.policy)
    places = {proof.destination for proof in proofs}
    required = {place.name for place in verdict.evidence.destinations}
    enough = required <= places and len(places) >= 2 and distinct_devices(proofs) >= verdict.policy.devices
    return enough and file.source.reads >= verdict.policy.reads


def place_proofs(verdict: Verdict) -> tuple[PlaceProof, ...]:
    """For each required destination what it proved."""
    by_place: dict[str, list[Proof]] = {place.name: [] for place in verdict.evidence.destinations}
    for file in verdict.evidence.files:
        if file.excuse is Excuse.NONE:
            for proof in counting_proofs(file, verdict.policy):
                by_place.setdefault(proof.destination, []).append(proof)
    found = []
    for place in verdict.evidence.destinations:
        proofs = by_place[place.name]
        methods = Counter(proof.method for proof in proofs)
        weakest = min(methods, key=lambda method: STRENGTH[method]) if methods else Method.CACHED
        times = [proof.at for proof in proofs]
        found.append(
            PlaceProof(
                place.name,
                len(proofs),
                METHOD_WORDS[weakest],
                {method.value: count for method, count in sorted(methods.items())},
                min(times, default=0.0),
                max(times, default=0.0),
            )
        )
    return tuple(found)


def left_out_by_rule(verdict: Verdict) -> dict[str, int]:
    """Rule -> how many files it kept out; `IMG_1 (a name)` rules are shown as written in the settings."""
    return dict(Counter(file.rule for file in verdict.evidence.files if file.excuse is Excuse.RULE))


def all_notes(verdict: Verdict) -> tuple[str, ...]:
    """What is told beside the verdict, each once: the cautions first."""
    evidence = verdict.evidence
    return tuple(dict.fromkeys((*(caution.text for caution in evidence.cautions), *evidence.notes)))


def to_json(verdict: Verdict, card: dict[str, Any]) -> dict[str, Any]:
    """The line that ends `--json` output: `{"schema": 1, "type": "verdict", "level": ..., ...}`."""
    summary = counts(verdict)
    return {
        "schema": 1,
        "type": "verdict",
        "level": verdict.level.value,
        "card": card,
        "at": verdict.at,
        "reasons": [
            {
                "code": reason.code,
                "count": reason.count,
                "text": reason.text,
                "next_step": reason.next_step,
                "paths": [display(path) for path in reason.paths[:_PATHS_SHOWN]],
                "paths_in_all": len(reason.paths),
            }
            for reason in verdict.reasons
        ],
        "counts": {name: getattr(summary, name) for name in Counts.__dataclass_fields__},
        "destinations": [
            {"name": p.name, "proven": p.proven, "methods": p.methods, "first_at": p.first_at, "last_at": p.last_at}
            for p in place_proofs(verdict)
        ],
        "left_out": left_out_by_rule(verdict),
        "devices_required": verdict.policy.devices,
        "reads_required": verdict.policy.reads,
        "notes": list(all_notes(verdict)),
        "cautions": [
            {
                "code": caution.code,
                "text": caution.text,
                "paths": [display(path) for path in caution.paths[:_PATHS_SHOWN]],
            }
            for caution in verdict.evidence.cautions
        ],
        "fingerprint": verdict.evidence.fingerprint.hex(),
    }


def example_names(paths: tuple[bytes, ...], most: int = 3) -> str:
    """`IMG_1.CR3, IMG_2.CR3 and 5 more`."""
    shown = [display(base_of(path)) for path in paths[:most]]
    rest = len(paths) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")
