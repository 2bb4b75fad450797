"""The screen of the second moment, may this card be formatted? Verdict, count, reason, next step, in this order."""

from collections.abc import Mapping
from typing import Any

from ingest.certificates.wording import words_of
from ingest.cli.console import Console, paint, shape
from ingest.gate.certificate import to_json
from ingest.gate.verdict import Verdict
from ingest.words import shown_uuid

_STYLES = {"safe": ("green", "bold"), "not_yet": ("yellow", "bold"), "do_not_format": ("red", "bold")}


def show_verdict(console: Console, verdict: Verdict, *, label: str, uuid: str, now: float) -> None:
    """Print the verdict; nothing of it is decided here."""
    show_record(console, to_json(verdict, {}), label=label, uuid=uuid, now=now)


def show_record(console: Console, record: Mapping[str, Any], *, label: str, uuid: str, now: float) -> None:
    """As `show_verdict`, from the record of a verdict."""
    words = words_of(record, now)
    name = " · ".join(filter(None, (label, shown_uuid(uuid))))
    console.say(f"{paint(f'{shape(words.level)} {words.title}', *_STYLES[words.level])}   {name}")
    console.say(f"  {words.claim}")
    for reason in words.reasons:
        console.say(f"  Why:  {reason}")
    for step in words.steps:
        console.say(f"  Next: {step}")
    for place in words.places:
        console.say(f"    {place.name:<12} {place.text}" + (f"    {place.when}" if place.when else ""))
    for line in filter(None, (words.left_out, words.known)):
        console.say(f"  {line}")
    for note in words.notes:
        console.say(f"  {shape('warn')} {note}")
    if words.closing:
        console.say(f"  {words.closing}")
