"""Is a certificate as it was signed? Its facts by their signature, text and page by making them again."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from ingest.certificates.faces import BEGIN, CLOSE, END, OPEN, as_html, as_text
from ingest.certificates.facts import LAYOUT, SCHEMA, Certificate, canonical
from ingest.certificates.signing import Signature, envelope, signature_of

_BLOCK = re.compile(f"^{BEGIN}\n(.*?)\n{END}$", re.MULTILINE | re.DOTALL)
_KEYS = frozenset({"schema", "type", "certificate", "sha256", "signature"})
_SHOWN = 60  # characters of a line that differs


@dataclass(frozen=True, slots=True)
class Checked:
    """changed: which part is not as it was made, "" for none. certificate: None where it cannot be read at all."""

    form: str
    certificate: Certificate | None
    signature: Signature | None
    changed: str


def check(data: bytes) -> Checked:
    """Look at the contents of a file; form: "json", "html", "text", or "" for something that is no certificate."""
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return Checked("", None, None, "it is no UTF-8 text")
    form, packed = _packed(text)
    if packed is None:
        return Checked(form, None, None, "the signed facts are not in it, or were cut")
    try:
        told = json.loads(packed, object_pairs_hook=_once, parse_constant=_refuse)
        certificate, signature = _opened(told)
        changed = _changed_facts(told, certificate, signature)
    except (ValueError, RecursionError) as error:
        return Checked(form, None, None, f"the signed facts cannot be read: {error}")
    if not changed:
        changed = _changed_look(form, text, certificate, signature)
    return Checked(form, certificate, signature, changed)


def differing(told: Certificate, right: Certificate) -> tuple[str, ...]:
    """Which facts are not as they were: their names, and of files the paths; () where all are."""
    names = sorted({*told.facts, *right.facts} - {"files"})
    parts = [name for name in names if canonical(told.facts.get(name)) != canonical(right.facts.get(name))]
    return (*parts, *_differing_files(told.facts.get("files"), right.facts["files"]))


def _differing_files(told: Any, right: list[Any]) -> list[str]:
    given = told if isinstance(told, list) else []
    has, had = {canonical(file) for file in given}, {canonical(file) for file in right}
    changed = [file for file in given if canonical(file) not in had]
    changed += [file for file in right if canonical(file) not in has]
    paths = (str(file.get("path", "?")) if isinstance(file, dict) else "?" for file in changed)
    return [f"file {path}" for path in dict.fromkeys(paths)]


def _packed(text: str) -> tuple[str, str | None]:
    """(form, the JSON in it); None where the markers are not there exactly once."""
    if text.lstrip().startswith("{"):
        return "json", text
    if OPEN in text or text.lstrip().lower().startswith("<!doctype"):
        inner = text.split(OPEN)
        return "html", inner[1].partition(CLOSE)[0] if len(inner) == 2 and CLOSE in inner[1] else None
    blocks = _BLOCK.findall(text)
    if len(blocks) != 1:
        return "text" if "Safelight certificate" in text else "", None
    try:
        return "text", base64.b64decode(blocks[0].replace("\n", ""), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "text", None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members of one name a reader could show either."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _opened(told: Any) -> tuple[Certificate, Signature | None]:
    if not isinstance(told, dict) or set(told) != _KEYS or not isinstance(told["certificate"], dict):
        raise ValueError("this is no certificate")
    certificate = Certificate(told["certificate"])
    if certificate.facts.get("type") != "certificate" or certificate.facts.get("schema") != SCHEMA:
        raise ValueError("this is no certificate, or one of a newer Safelight")
    return certificate, signature_of(told["signature"])


def _changed_facts(told: dict[str, Any], certificate: Certificate, signature: Signature | None) -> str:
    if told["sha256"] != certificate.sha256:
        return "the facts: they have another SHA-256 than stands there"
    if canonical(told) != canonical(envelope(certificate, signature)):
        return "the words around the facts"
    if signature and not signature.holds(certificate):
        return "the facts, the key or the signature: they do not belong together"
    return ""


def _changed_look(form: str, text: str, certificate: Certificate, signature: Signature | None) -> str:
    """What is shown is made again from the facts and compared, every character; of JSON that it can be shown."""
    if form != "json" and certificate.facts.get("layout") != LAYOUT:
        return "perhaps what is shown: the signed facts are whole, but another Safelight set it. Look at the JSON file"
    try:
        right = (as_html if form == "html" else as_text)(certificate, signature)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return f"the facts: they are not those of a certificate ({error})"
    if form == "json" or text == right:
        return ""
    pairs = enumerate(zip_longest(text.split("\n"), right.split("\n")), start=1)
    number, (line, _) = next(pair for pair in pairs if pair[1][0] != pair[1][1])
    return f"what is shown, in line {number}: {(line or 'it ends too early').strip()[:_SHOWN]}"
