"""The screen of an audit: first what needs the photographer, with a few names each."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.cli.console import Console, paint, shape
from ingest.model.catalogs import CatalogFacts
from ingest.model.names import base_of, display, display_text
from ingest.tagging.audit import Audited, Gap, Tally
from ingest.words import clock, day, files

_MOST = 4  # examples that are kept: a screen shows three and how many more


@dataclass(slots=True)
class Examples:
    """A few names for each gap; of what lacks a copy only rated ones."""

    names: dict[Gap, list[str]] = field(default_factory=dict)

    def add(self, one: Audited) -> None:
        """Keep its name where there is room."""
        for gap in () if one.image.is_virtual else one.gaps:
            kept = self.names.setdefault(gap, [])
            if len(kept) < _MOST and (one.is_rated or gap in (Gap.MISSING, Gap.AMBIGUOUS)):
                kept.append(display_text(one.image.name))


def show_audit(
    console: Console,
    name: str,
    facts: CatalogFacts,
    tally: Tally,
    examples: Examples,
    alien: tuple[str, Sequence[bytes]],
) -> None:
    """Everything in about ten lines. alien: (destination, files there that are in no catalog)."""
    now = time.time()
    console.say(f"{display_text(name)}, {_as_of(facts, now)}")
    copies = "virtual copy" if tally.virtual_copies == 1 else "virtual copies"
    virtual = f" + {tally.virtual_copies:,} {copies}" if tally.virtual_copies else ""
    console.say(f"  {files(tally.files)}{virtual}; {tally.picks:,} picked, {tally.rated:,} rated")
    for warning in facts.observation.warnings:
        console.say(f"  {shape('warn')} {warning}")
    for place, count in tally.proven.items():
        console.say(
            f"  {place:<8} {files(count)} with a proven copy, the oldest proof of {day(tally.oldest[place], now)}"
        )
    if tally.cloud:
        told = ", ".join(f"{count:,} {state}" for state, count in sorted(tally.cloud.items()))
        console.say(f"  {'cloud':<8} {told}")
    for line in _gaps(tally, examples):
        console.say(line)
    if alien[1]:
        shown = [display(base_of(path)) for path in alien[1][:_MOST]]
        console.say(
            f"{shape('warn')} {files(len(alien[1]))} on {alien[0]} in no catalog: {_named(len(alien[1]), shown)}"
        )
    if tally.released:
        where = "let go from the disk by `safelight release`; `safelight restore` brings them back"
        console.say(f"  {files(tally.released)} {where}")
    if tally.files and not (tally.missing or tally.released or tally.offline or tally.unproven):
        everything = "Every picture lies where the catalog says, and has two proven copies."
        console.say(f"{paint(shape('safe'), 'green')} {everything}")


def _as_of(facts: CatalogFacts, now: float) -> str:
    seen = facts.observation
    when = clock(seen.as_of) if day(seen.as_of, now) == "today" else day(seen.as_of, now)
    return f"as of {when}" + ("" if seen.settled else "; the editor is open, newer edits may be missing")


def _gaps(tally: Tally, examples: Examples) -> Iterator[str]:
    bad, warn = paint(shape("do_not_format"), "red"), shape("warn")

    def told(sign: str, count: int, what: str, gap: Gap | None = None) -> Iterator[str]:
        if count:
            names = f": {_named(count, examples.names.get(gap, []))}" if gap else ""
            yield f"{sign} {files(count)} {what}{names}"

    yield from told(bad, tally.missing, "not where the catalog says", Gap.MISSING)
    yield from told(bad, tally.rated_unproven, "rated or picked, without two proven copies", Gap.UNPROVEN)
    yield from told(warn, tally.rated_no_third, "rated or picked, without a third copy off-site", Gap.NO_THIRD)
    yield from told(warn, tally.unproven - tally.rated_unproven, "not rated, without two proven copies")
    yield from told(warn, tally.ambiguous, "of which it is not clear what they are here", Gap.AMBIGUOUS)
    yield from told(warn, tally.unknown, "that never came from a card to Safelight")
    yield from told(warn, tally.offline, "on a drive that is not here")


def _named(count: int, names: Sequence[str]) -> str:
    shown = names[: _MOST - 1] if count >= _MOST else names
    rest = count - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")
