"""A verdict in words, from the record of it: verdict first, count second, reason third, next step last.

Every face says these: the terminal, the page, a notice, the certificate. Nothing is decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.gate.certificate import METHOD_WORDS
from ingest.model.copies import STRENGTH, Method
from ingest.words import clock, day, files

TITLES = {"safe": "SAFE TO FORMAT", "not_yet": "NOT YET", "do_not_format": "DO NOT FORMAT"}
CLOSING = "Format it in the camera. If you shoot more on this card first, this answer no longer holds."


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What one destination proved. is_whole: everything that was wanted of it."""

    name: str
    text: str
    when: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """level: "safe", "not_yet" or "do_not_format". reasons and steps: sentences; closing: "" unless it is safe."""

    level: str
    title: str
    claim: str
    reasons: tuple[str, ...]
    steps: tuple[str, ...]
    places: tuple[PlaceWords, ...]
    left_out: str
    known: str
    notes: tuple[str, ...]
    closing: str


def words_of(verdict: Mapping[str, Any], now: float) -> VerdictWords:
    """verdict: as `gate.certificate.to_json` gives it. now: seconds since 1970 UTC, for "today"."""
    counts = verdict["counts"]
    wanted = counts["files"] - counts["left_out"] - counts["acknowledged"]
    reasons = verdict["reasons"]
    is_safe = verdict["level"] == "safe"
    return VerdictWords(
        verdict["level"],
        TITLES[verdict["level"]],
        _claim(verdict, wanted, is_safe=is_safe),
        tuple(reason["text"] + _names(reason) for reason in reasons),
        tuple(dict.fromkeys(r["next_step"] for r in reasons if r["code"] != "too few copies")),
        tuple(_place(place, wanted, now) for place in verdict["destinations"]),
        _left_out(verdict),
        f"Known, as you said: {files(counts['acknowledged'])}" if counts["acknowledged"] else "",
        tuple(verdict["notes"]),
        CLOSING if is_safe else "",
    )


def _claim(verdict: Mapping[str, Any], wanted: int, *, is_safe: bool) -> str:
    counts, devices = verdict["counts"], verdict["devices_required"]
    where = "on 2 destinations of ONE device" if devices < 2 else f"on {devices} separate devices"
    parts = ((counts["new"], "copied now"), (counts["already_safe"], "safe before"))
    told = [f"{count:,} {words}" for count, words in parts if count]
    split = f" ({' + '.join(told)})" if told else ""
    text = f"{counts['proven']:,} of {files(wanted)} proven {where}{split}"
    if not is_safe:
        return text + "."
    once = "the card was read once only, as set"
    return f"{text}; {once if verdict['reads_required'] < 2 else 'the card was read twice and agreed'}."


def _names(reason: Mapping[str, Any], most: int = 3) -> str:
    """`: IMG_1.CR3, IMG_2.CR3 and 5 more`; nothing where no file is named."""
    paths: Sequence[str] = reason["paths"]
    if not paths:
        return ""
    shown = [path.rpartition("/")[2] for path in paths[:most]]
    rest = reason["paths_in_all"] - len(shown)
    return f": {', '.join(shown)}" + (f" and {rest:,} more" if rest else "")


def _place(place: Mapping[str, Any], wanted: int, now: float) -> PlaceWords:
    if not place["proven"]:
        return PlaceWords(place["name"], "nothing proven of this card", "", is_whole=False)
    weakest = min((Method(word) for word in place["methods"]), key=lambda method: STRENGTH[method])
    missing = wanted - place["proven"]
    match = f"{missing:,} missing" if missing else "all match"
    last = place["last_at"]
    when = clock(last) if day(last, now) == "today" else day(last, now)
    return PlaceWords(place["name"], f"{place['proven']:,} {METHOD_WORDS[weakest]}, {match}", when, missing == 0)


def _left_out(verdict: Mapping[str, Any]) -> str:
    count = verdict["counts"]["left_out"]
    rules = ", ".join(f"{number} x {rule}" for rule, number in sorted(verdict["left_out"].items()))
    return f"Left out on purpose: {files(count)} ({rules})" if count else ""
