"""What a recovery says: what lies there, what the records tell, what was proven and what is missing."""

import os
import sqlite3
from dataclasses import dataclass, field

from ingest.care.ledger_rebuild import TakenUp
from ingest.care.restore import RestoreReport
from ingest.cli.console import Console, paint, shape
from ingest.config.recovered import Recovered
from ingest.errors import Exit, SafelightError
from ingest.ledger.recovering import released_shoots
from ingest.ledger.shoots import all_shoots, tags_of
from ingest.model.names import display
from ingest.plan.recovery import Found
from ingest.words import files, size

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class End:
    """How it ended. report, taken: None where only the records were asked for. missing: (path, why).

    gone: why the place gives nothing any more.
    """

    report: RestoreReport | None = None
    taken: TakenUp | None = None
    missing: list[tuple[bytes, str]] = field(default_factory=list)
    gone: SafelightError | None = None

    @property
    def is_whole(self) -> bool:
        """All that can come came."""
        return self.report is not None and not self.report.failed and self.gone is None

    @property
    def code(self) -> Exit:
        """0 where nothing is missing and all is equal."""
        if self.gone is not None:
            return self.gone.exit_code
        wrong = self.taken is not None and bool(self.taken.differs or self.taken.failed)
        return Exit.CARE_FAILED if self.missing or wrong else Exit.OK


def say_look(console: Console, name: str, found: Found) -> None:
    """What lies there."""
    count, total = len(found.files), sum(item.size for item in found.files)
    ledgers, histories = len(found.ledgers), len(found.histories)
    console.say(
        f"{name}: {files(count)}, {size(total)}; {files(ledgers, 'backup')} of the ledger,"
        f" manifests of {files(histories, 'shoot')}"
    )
    console.line(
        {
            "schema": 1, "type": "recovery", "step": "look", "from": name, "files": count, "bytes": total,
            "ledgers": ledgers, "histories": histories, "stations": found.stations,
        }
    )  # fmt: skip


def say_records(console: Console, ledger: sqlite3.Connection, source: str, new: Recovered, settings_from: str) -> None:
    """What the ledger and the settings are made from, and what they tell."""
    shoots = all_shoots(ledger)
    tagged = sum(bool(tags_of(ledger, shoot.id)) for shoot in shoots)
    root = next(each.root for each in new.settings.destinations if each.name == new.place)
    console.say(f"Ledger     {source or 'none could be used: made anew from the manifests and the files themselves'}")
    if source:
        console.say(f"           {files(len(shoots), 'shoot')}, {tagged:,} of them with tags")
    else:
        console.say("           Tags are lost until `safelight tag` reads a catalog again.")
    console.say(f"Settings   {settings_from or 'none lie there: written from what is known; look through them'}")
    console.say(f"           {new.place} is {display(os.fsencode(root))} now")
    for name, place in new.elsewhere:
        console.say(f"           {name} stays at {display(os.fsencode(place))}")
    if new.elsewhere:
        console.say(
            "           Where one of these is lost too, stop here and say the same with --place NAME=FOLDER, an"
        )
        console.say("           empty one that takes its place")
    console.line(
        {
            "schema": 1, "type": "recovery", "step": "records", "ledger": source, "settings": settings_from,
            "shoots": len(shoots), "tagged": tagged, "place": new.place, "elsewhere": dict(new.elsewhere),
        }
    )  # fmt: skip


def say_end(console: Console, ledger: sqlite3.Connection, new: Recovered, end: End, *, is_complete: bool) -> None:
    """What came, what was proven, what is missing. is_complete: nothing is left to come."""
    report, taken = end.report or RestoreReport(), end.taken
    if end.report is None or taken is None:
        console.say(
            f"{shape('safe')} The records are here. Photographs come by the same command without --records-only,"
        )
        console.say("  or shoot by shoot with --only.")
    else:
        _say_files(console, ledger, new, end, report, taken)
    console.line(
        {
            "schema": 1, "type": "summary", "restored": report.restored, "there_already": report.there_already,
            "bytes": report.bytes_restored, "proven": taken.proven + taken.skipped if taken else 0,
            "unproven": taken.unproven if taken else 0,
            "differs": [display(path) for path in taken.differs] if taken else [],
            "kept_aside": [display(path) for path in report.kept_aside],
            "missing": {display(path): why for path, why in end.missing}, "complete": is_complete,
            "shoots": len(all_shoots(ledger)), "exit": int(end.code),
        }
    )  # fmt: skip


def _say_files(
    console: Console, ledger: sqlite3.Connection, new: Recovered, end: End, report: RestoreReport, taken: TakenUp
) -> None:
    say = console.say
    sign = paint(shape("safe"), "green") if end.code is Exit.OK else paint(shape("do_not_format"), "red")
    came = f"{files(report.restored + report.there_already)} brought, {size(report.bytes_restored)}"
    proven = f"{taken.proven + taken.skipped:,} read back around the cache and equal"
    say(f"{sign} {came}: each compared as it came, {proven}")
    if taken.unproven:
        say(f"  {files(taken.unproven)} could only be read from the cache: that proves nothing")
    for path in report.kept_aside:
        say(f"  another file had the name, so ours is called {display(path)}")
    for path in taken.differs:
        say(f"  OTHER BYTES {display(path)}")
    for name in released_shoots(ledger, new.place):
        say(f"  {name} had been let go here before and stays where it is: `safelight restore` brings it back")
    for path, why in end.missing[:_SHOWN]:
        say(f"  MISSING {display(path)}: {why}")
    if len(end.missing) > _SHOWN:
        say(f"  and {len(end.missing) - _SHOWN:,} more are missing; --json names each")
    if end.gone is not None:
        say(f"  {end.gone.message}. Run the same command again: it goes on.")
    _say_catalogs(console, new)
    say(f"  Next: safelight doctor, then safelight drill --from {new.place}")


def _say_catalogs(console: Console, new: Recovered) -> None:
    root = next(each.root for each in new.settings.destinations if each.name == new.place)
    folder = os.path.join(root, ".safelight", "catalogs")
    if os.path.isdir(folder):
        shown = display(os.fsencode(folder))
        console.say(f"  Catalogs lie in {shown}: tar -xzf NAME.tar.gz -C FOLDER, and open what is in it in the editor")
    for entry in new.settings.catalogs:
        if not os.path.exists(entry.path):
            console.say(f"  The settings name a catalog that is not here yet: {display(os.fsencode(entry.path))}")
