"""The parts of a certificate in words, for text and page: made of its facts alone, so that a check makes the same.

No clock, no time zone, no language of this computer takes part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.certificates.signing import Signature
from ingest.gate.certificate import METHOD_WORDS
from ingest.model.copies import Method
from ingest.words import files, shown_uuid, size

SHAPES = {"safe": "✔", "not_yet": "…", "do_not_format": "✘"}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and its rows; a row is a name, "" for a sentence of its own, and a text."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FileWords:
    """One file: its path on the card, its name below the roots, hashes, and what had proven it; or why it has none."""

    path: str
    name: str
    size: str
    hashes: tuple[tuple[str, str], ...]
    proofs: tuple[str, ...]
    why: str


def title_of(facts: Mapping[str, Any]) -> str:
    """Shape and word of the verdict."""
    return f"{SHAPES[facts['verdict']['level']]} {facts['verdict']['title']}"


def card_of(facts: Mapping[str, Any]) -> str:
    """`EOSR5_A · 9C33-6BBD`, as the verdict's panel says it."""
    card = facts["card"]
    return " · ".join(filter(None, (card["label"] or "card", shown_uuid(card["uuid"]))))


def parts_of(facts: Mapping[str, Any], sha256: str, signature: Signature | None) -> tuple[Part, ...]:
    """All parts but the files, in their order; those without a row are left out."""
    made = (
        _verdict(facts),
        _card(facts["card"]),
        _counts(facts),
        _destinations(facts["destinations"]),
        _reads(facts["reads"]),
        _methods(facts),
        Part("What this certificate does not say", tuple(("", text) for text in facts["not_said"])),
        _signature(sha256, signature),
    )
    return tuple(part for part in made if part.rows)


def _verdict(facts: Mapping[str, Any]) -> Part:
    verdict = facts["verdict"]
    rows = [("", verdict["claim"])]
    rows += [("Reason", text) for text in verdict["reasons"]]
    rows += [("Next", text) for text in verdict["steps"]]
    rows += [("Note", text) for text in verdict["notes"]]
    rows += [("Judged", f"{verdict['at']}, as verdict {verdict['number']} of ledger {facts['ledger']}")]
    rows += [("Station", facts["station"])] * bool(facts["station"])
    return Part("Verdict", tuple(rows))


def _card(card: Mapping[str, Any]) -> Part:
    rows = (
        ("Label", card["label"]),
        ("Serial", card["uuid"]),
        ("Size", f"{size(card['size'])} ({card['size']:,} bytes)"),
        ("File system", card["file_system"]),
        ("Reader", card["reader"]),
        ("Holds", f"{files(card['files'], 'entry').replace('entrys', 'entries')}, {card['bytes']:,} bytes"),
        ("Listing", f"{card['listing']} (of all names, sizes and times)"),
    )
    return Part("The card", tuple((name, text) for name, text in rows if text))


def _counts(facts: Mapping[str, Any]) -> Part:
    counts, listed = facts["counts"], facts["listed"]
    whole = (
        f"{counts['files']:,} = {counts['proven']:,} proven + {counts['left_out']:,} left out"
        f" + {counts['acknowledged']:,} acknowledged + {counts['open']:,} open"
    )
    proven = f"{counts['proven']:,} = {counts['new']:,} copied now + {counts['already_safe']:,} safe before"
    below = (
        f"{sum(listed.values()):,} = {listed['with_hashes']:,} with hashes + {listed['left_out']:,} left out"
        f" + {listed['acknowledged']:,} acknowledged + {listed['without_content']:,} not named, without content"
    )
    rows = [("Files", whole), ("Proven", proven), ("Listed", below)]
    rows += [("Left out", f"{number:,} x {rule}") for rule, number in sorted(facts["left_out"].items())]
    return Part("Counts", tuple(rows))


def _destinations(places: list[Mapping[str, Any]]) -> Part:
    rows = []
    for place in places:
        methods = ", ".join(f"{number:,} {method}" for method, number in sorted(place["methods"].items()))
        proven = f"{files(place['proven'])} proven"
        proven += f" ({methods}), {place['first_at']} to {place['last_at']}" * bool(place["proven"])
        rows.append((place["name"], proven))
        facts = (
            place["kind"],
            place["file_system"],
            place["uuid"],
            f"device {place['device']}" * bool(place["device"]),
        )
        rows.append(("", f"{', '.join(filter(None, facts))}; {place['seen']}"))
    return Part("Where the copies are", tuple(rows))


def _reads(reads: list[Mapping[str, Any]]) -> Part:
    rows = tuple(
        (f"Read {each['read']}", f"{files(each['files'])}, {each['method']}, {each['first_at']} to {each['last_at']}")
        for each in reads
    )
    return Part("Reads of the card in this session", rows)


def _methods(facts: Mapping[str, Any]) -> Part:
    used = {method for place in facts["destinations"] for method in place["methods"]}
    used |= {proof[0] for file in facts["files"] for proof in file.get("proofs", {}).values()}
    rows = [(word, METHOD_WORDS[Method(word)]) for word in sorted(used)]
    return Part("Methods of proof", tuple(rows))


def _signature(sha256: str, signature: Signature | None) -> Part:
    rows = [("SHA-256", f"{sha256} (of the signed facts)")]
    if signature is None:
        rows.append(("", "NOT SIGNED: this computer had no key to sign with. Nothing here shows a later change."))
        return Part("Signature", tuple(rows))
    told = signature.to_json()
    rows += [("Key", told["fingerprint"]), ("Public key", f"{told['algorithm']} {told['public_key']}")]
    rows += [("Signature", told["signature"])]
    rows.append(("", "Whose key it is shows its fingerprint: compare it with what that station says of itself."))
    rows.append(("", "To check this file: safelight certificate check FILE"))
    return Part("Signature", tuple(rows))


def file_words(file: Mapping[str, Any]) -> FileWords:
    """A file in words; why: the reason for which it has no hashes."""
    path = file["path"] + (f" (bytes {file['path_hex']})" if "path_hex" in file else "")
    if "why" in file:
        return FileWords(path, "", "", (), (), file["why"])
    hashes = (("xxh128", file["xxh128"]), ("sha1", file["sha1"]))
    others = file.get("names", {})
    proofs = [
        f"{place} {method} {at}" + (f" as {others[place]}" if place in others else "")
        for place, (method, at) in sorted(file["proofs"].items())
    ]
    return FileWords(
        path, file["name"], f"{file['bytes']:,} bytes", hashes, tuple(proofs), "" if proofs else "no proof of a copy"
    )
