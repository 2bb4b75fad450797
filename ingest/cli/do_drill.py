"""Run a drill on the terminal, write its certificate, and say when the next one is due."""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from ingest.care.drill_certificate import place_record, remarks_of, summary_of
from ingest.cli.amounts import bytes_typed
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.heralding import call_if_due
from ingest.cli.home import Home
from ingest.errors import Exit, UsageError
from ingest.model.drills import Drill, PlaceDrill
from ingest.model.names import display
from ingest.night import drill
from ingest.night.drill_places import Place, Request
from ingest.plan.drill import EVERY
from ingest.words import size

_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """As it was typed."""

    place: str | None
    files: int
    most: str
    seed: str | None
    to: str | None


def run_drill(home: Home, console: Console, wish: Wish) -> int:
    """Gives 0 where all came back, 18 where something did not, 13 or 17 where a place could not be asked."""
    face = _Face(console)
    try:
        done, certificate = drill.run_drill(
            home.folder, home.settings, home.ledger, _request(home, wish), time.time(),
            only=wish.place, begin=face.begin, tick=face.tick, told=face.told,
        )  # fmt: skip
    finally:
        face.bars.close()
    call_if_due(home, console)
    return _end(console, done, certificate, home.settings.cloud.word if home.settings.cloud else "")


class _Face:
    """A bar for the place that is asked, and a line for each that was."""

    def __init__(self, console: Console) -> None:
        self.bars = Bars.on(console)
        self._console = console
        self._lane, self._done = "", 0

    def begin(self, place: Place, total: int) -> None:
        self._lane, self._done = f"Drill {place.name}", 0
        self.bars.begin({self._lane: total})

    def tick(self, count: int) -> None:
        self._done += count
        self.bars.show({self._lane: self._done})

    def told(self, place: PlaceDrill) -> None:
        self.bars.close()
        _show(self._console, place)


def _request(home: Home, wish: Wish) -> Request:
    to = Path(os.path.abspath(wish.to)) if wish.to else home.folder
    if not to.is_dir():
        raise UsageError(f"There is no folder {display(os.fsencode(to))}", hint="Make it first")
    return Request(wish.seed or secrets.token_hex(4), to, wish.files, bytes_typed(wish.most))


def _show(console: Console, place: PlaceDrill) -> None:
    console.line({"schema": 1, "type": "place", **place_record(place)})
    sign = paint(shape("safe"), "green") if place.passed else paint(shape("do_not_format"), "red")
    console.say(f"{sign} {summary_of(place)}, {size(place.bytes)}")
    for remark in remarks_of(place):
        console.say(f"    {remark}")
    for each in [each for each in place.tried if each.problem][:_EXAMPLES]:
        console.say(f"    NOT EQUAL: {display(each.path)}: {each.problem}")
    for each in [each for each in place.tried if each.opened not in ("", "opens")][:_EXAMPLES]:
        console.say(f"    {display(each.path)} came back equal, but: {each.opened}")


def _end(console: Console, made: Drill, certificate: Path, cloud: str) -> int:
    wrong = sum(len(place.tried) - place.equal for place in made.places)
    away = [place for place in made.places if place.absent]
    record = {"schema": 1, "type": "summary", "seed": made.seed, "passed": made.passed}
    counts = {"places": len(made.places), "tried": sum(len(place.tried) for place in made.places), "wrong": wrong}
    console.line(record | counts | {"not_asked": len(away), "certificate": str(certificate)})
    if made.passed:
        console.say(f"Drill passed. The next one is due in {round(EVERY / 86400)} days.")
    elif wrong:
        console.say("DRILL FAILED: copies came back wrong or not at all. Run: safelight verify, then safelight repair")
    elif any(place.closed for place in made.places):
        console.say("DRILL FAILED: a catalog came back and does not open. Run: safelight catalog snapshot")
    elif away:
        console.say("Drill not passed: not every place could be asked. Bring it here and run the same command.")
    else:
        console.say("Drill not passed: from one place nothing could be brought back.")
    console.say(f"  Certificate: {display(os.fsencode(certificate))}   seed {made.seed}")
    if made.passed:
        return int(Exit.OK)
    if wrong or len(away) < sum(not place.passed for place in made.places):
        return int(Exit.CARE_FAILED)
    return int(Exit.CLOUD_UNREACHABLE if all(place.place == cloud for place in away) else Exit.DESTINATION)
