"""What a certificate says: a verdict with its card, counts, files, hashes, devices and times, as they were then.

All of it comes from the verdict's own record and from what is append-only in the ledger, so that the certificate of an
old verdict stays the same, whatever was repaired or read again since.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ingest.certificates.wording import words_of
from ingest.errors import UsageError
from ingest.ledger import certified
from ingest.ledger.certified import JudgedCard, JudgedFile, ProofThen
from ingest.model.names import display, display_text
from ingest.plan.ignore import ignored_by

SCHEMA = 1
LAYOUT = 1  # of the text and the page: a check compares them byte by byte, so another look needs another number
ACKNOWLEDGED = "acknowledged"

_NOT_SAID = (
    "Files that came onto the card after this moment, or changed since.",
    "The third copy, off-site: it is not needed for formatting, and is proven by `safelight status` and a drill.",
    "That the pictures are good: what the camera wrote wrongly was copied as it was.",
    "That the copies are still there today: `safelight verify` reads them again.",
    "Wrong bytes that two reads of the card gave alike, or a drive that says it has stored what it has not.",
)
_NOT_SAFE = (
    "This verdict does not allow formatting: files below may lack a copy, and files without content are not named."
)


@dataclass(frozen=True)
class Certificate:
    """facts: ready for JSON; every text in it is one printable line, every time UTC in ISO 8601, every number whole."""

    facts: Mapping[str, Any]

    @cached_property
    def canonical(self) -> bytes:
        """What is signed: JSON in UTF-8, keys sorted, no spaces."""
        return canonical(self.facts)

    @cached_property
    def sha256(self) -> str:
        """Of the canonical form, in hex."""
        return hashlib.sha256(self.canonical).hexdigest()


def canonical(facts: Any) -> bytes:
    """JSON in UTF-8, keys sorted, no spaces."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def certificate_of(ledger: sqlite3.Connection, verdict_id: int) -> Certificate:
    """The certificate of a verdict, by its number.

    Raises:
        UsageError: there is no such verdict.
    """
    verdict = certified.judged_card(ledger, verdict_id)
    if verdict is None:
        raise UsageError(f"There is no verdict number {verdict_id}", hint="`safelight cards` shows what was judged")
    places = _places(ledger, verdict)
    names = {place["id"]: str(place["name"]) for place in places}
    proofs = certified.proofs_then(ledger, verdict)
    rules = tuple(verdict.body["left_out"])
    files = [
        _file(file, proofs.get(file.path, {}), names, rules) for file in certified.judged_files(ledger, verdict_id)
    ]
    facts = {
        "schema": SCHEMA,
        "type": "certificate",
        "layout": LAYOUT,
        "ledger": verdict.ledger,
        "station": verdict.body.get("station", ""),
        "verdict": _verdict(verdict),
        "card": _card(verdict),
        "counts": verdict.body["counts"],
        "listed": _listed(files, verdict.files),
        "left_out": verdict.body["left_out"],
        "destinations": [_destination(place, places) for place in verdict.body["destinations"]],
        "reads": [_read(read) for read in certified.reads_then(ledger, verdict)],
        "not_said": [*([_NOT_SAFE] if verdict.level != "safe" else []), *_NOT_SAID],
        "files": files,
    }
    return Certificate(_shown(facts))


def utc(at: float) -> str:
    """`2026-11-28T23:01:05Z`; seconds are enough for paper."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(value: Any) -> Any:
    """The same with every text harmless: one printable line, no control, bidi or invisible character."""
    if isinstance(value, str):
        return display_text(value)
    if isinstance(value, Mapping):
        return {display_text(str(key)): _shown(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(each) for each in value]
    return value


def _verdict(verdict: JudgedCard) -> dict[str, Any]:
    words = words_of(verdict.body, verdict.at)
    return {
        "number": verdict.id,
        "level": verdict.level,
        "title": words.title,
        "at": utc(verdict.at),
        "claim": words.claim,
        "reasons": list(words.reasons),
        "steps": list(words.steps),
        "notes": list(words.notes),
        "devices_required": verdict.devices_required,
        "reads_required": verdict.body["reads_required"],
    }


def _card(verdict: JudgedCard) -> dict[str, Any]:
    card = verdict.body["card"]
    return {
        "label": verdict.label,
        "uuid": verdict.uuid,
        "size": verdict.size,
        "file_system": verdict.fs_type,
        "reader": card.get("reader", ""),
        "files": card.get("files", verdict.files),
        "bytes": card.get("bytes", 0),
        "listing": verdict.fingerprint.hex(),
    }


def _places(ledger: sqlite3.Connection, verdict: JudgedCard) -> list[dict[str, Any]]:
    """The destinations as the verdict saw them; of one that kept no note of them, as they are now."""
    noted: list[dict[str, Any]] | None = verdict.body.get("places")
    return noted or [place | {"since": True} for place in certified.places_now(ledger)]


def _destination(place: Mapping[str, Any], places: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    facts = next((each for each in places if each["name"] == place["name"]), {})
    return {
        "name": place["name"],
        "kind": facts.get("kind", ""),
        "device": facts.get("device", ""),
        "file_system": facts.get("fs_type", ""),
        "uuid": facts.get("fs_uuid", ""),
        "seen": "as it was last seen, not at the verdict" if facts.get("since") else "at the verdict",
        "proven": place["proven"],
        "methods": place["methods"],
        "first_at": utc(place["first_at"]) if place["proven"] else "",
        "last_at": utc(place["last_at"]) if place["proven"] else "",
    }


def _read(read: certified.ReadThen) -> dict[str, Any]:
    return {
        "read": read.nth, "method": read.method, "files": read.files,
        "first_at": utc(read.first_at), "last_at": utc(read.last_at),
    }  # fmt: skip


def _file(
    file: JudgedFile, proofs: Mapping[int, ProofThen], names: Mapping[int, str], rules: tuple[str, ...]
) -> dict[str, Any]:
    told: dict[str, Any] = {"path": display(file.path)}
    if told["path"].encode() != file.path:
        told["path_hex"] = file.path.hex()
    if file.size is None or file.xxh128 is None or file.sha1 is None:
        rule = file.excused if file.excused != "ignored by rule" else ignored_by(file.path, rules)
        return told | {"why": ACKNOWLEDGED if file.excused == ACKNOWLEDGED else f"left out by the rule {rule}"}
    where = {key: proof for key, proof in proofs.items() if key in names}
    copies = [display(proof.name) for proof in where.values()]
    usual = Counter(copies).most_common(1)[0][0] if copies else ""
    told |= {"bytes": file.size, "xxh128": file.xxh128.hex(), "sha1": file.sha1.hex(), "name": usual}
    told["proofs"] = {names[key]: [proof.method, utc(proof.at)] for key, proof in where.items()}
    others = {names[key]: display(proof.name) for key, proof in where.items() if display(proof.name) != usual}
    return told | ({"names": others} if others else {})


def _listed(files: Iterable[Mapping[str, Any]], total: int) -> dict[str, int]:
    """How the files below divide; the parts add up to all files of the card."""
    counted = Counter(
        "with_hashes" if "sha1" in file else ACKNOWLEDGED if file["why"] == ACKNOWLEDGED else "left_out"
        for file in files
    )
    parts = {name: counted[name] for name in ("with_hashes", "left_out", ACKNOWLEDGED)}
    return parts | {"without_content": total - sum(parts.values())}
