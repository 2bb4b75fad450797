"""The screen of the second moment, may this card be formatted? Verdict, count, reason, next step, in this order."""

from ingest.cli.console import Console, paint, shape
from ingest.gate.certificate import Counts, PlaceProof, all_notes, counts, example_names, left_out_by_rule, place_proofs
from ingest.gate.verdict import Level, Verdict
from ingest.words import clock, day, files, shown_uuid

_TITLES = {
    Level.SAFE: ("SAFE TO FORMAT", ("green", "bold")),
    Level.NOT_YET: ("NOT YET", ("yellow", "bold")),
    Level.DO_NOT_FORMAT: ("DO NOT FORMAT", ("red", "bold")),
}


def show_verdict(console: Console, verdict: Verdict, *, label: str, uuid: str, now: float) -> None:
    """Print the verdict; nothing of it is decided here."""
    title, styles = _TITLES[verdict.level]
    name = " · ".join(filter(None, (label, shown_uuid(uuid))))
    console.say(f"{paint(f'{shape(verdict.level.value)} {title}', *styles)}   {name}")
    summary, places = counts(verdict), place_proofs(verdict)
    console.say(f"  {_claim(verdict, summary)}")
    _show_reasons(console, verdict)
    for place in places:
        console.say(f"    {_place(place, summary, now)}")
    _show_left_out(console, verdict, summary)
    for note in all_notes(verdict):
        console.say(f"  {shape('warn')} {note}")
    if verdict.is_safe:
        console.say("  Format it in the camera. If you shoot more on this card first, this answer no longer holds.")


def _claim(verdict: Verdict, summary: Counts) -> str:
    wanted = summary.files - summary.left_out - summary.acknowledged
    devices = "on 2 destinations of ONE device" if verdict.policy.devices < 2 else _devices(verdict.policy.devices)
    parts = ((summary.new, "copied now"), (summary.already_safe, "safe before"))
    told = [f"{count:,} {words}" for count, words in parts if count]
    split = f" ({' + '.join(told)})" if told else ""
    text = f"{summary.proven:,} of {files(wanted)} proven {devices}{split}"
    if verdict.is_safe:
        read = (
            "the card was read once only, as set" if verdict.policy.reads < 2 else "the card was read twice and agreed"
        )
        return f"{text}; {read}."
    return text + "."


def _devices(count: int) -> str:
    return f"on {count} separate devices"


def _show_reasons(console: Console, verdict: Verdict) -> None:
    for reason in verdict.reasons:
        names = f": {example_names(reason.paths)}" if reason.paths else ""
        console.say(f"  Why:  {reason.text}{names}")
    for step in dict.fromkeys(reason.next_step for reason in verdict.reasons if reason.code != "too few copies"):
        console.say(f"  Next: {step}")


def _place(place: PlaceProof, summary: Counts, now: float) -> str:
    wanted = summary.files - summary.left_out - summary.acknowledged
    if not place.proven:
        return f"{place.name:<12} nothing proven of this card"
    match = "all match" if place.proven == wanted else f"{wanted - place.proven:,} missing"
    when = clock(place.last_at) if day(place.last_at, now) == "today" else day(place.last_at, now)
    return f"{place.name:<12} {place.proven:,} {place.words}, {match}    {when}"


def _show_left_out(console: Console, verdict: Verdict, summary: Counts) -> None:
    if summary.left_out:
        rules = ", ".join(f"{count} x {rule}" for rule, count in sorted(left_out_by_rule(verdict).items()))
        console.say(f"  Left out on purpose: {files(summary.left_out)} ({rules})")
    if summary.acknowledged:
        console.say(f"  Known, as you said: {files(summary.acknowledged)}")
