"""Choose what is brought back and from where, run it, print what came back."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.care.restore import RestoreReport
from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.do_return import bring_released_back
from ingest.cli.home import Home
from ingest.errors import Exit, UsageError
from ingest.model.names import display
from ingest.session.hands import Hands
from ingest.session.restore import bring_back, sources_of
from ingest.session.restore_wanted import Wish, asked_by, wanted_files
from ingest.words import files, size

_DAY = len("2026-11-28")


@dataclass(frozen=True, slots=True)
class Words:
    """As they were typed."""

    what: tuple[str, ...]
    to: str | None
    source: str | None = None
    as_of: str | None = None
    edits: bool = True


def run_restore(home: Home, console: Console, words: Words) -> int:
    """Restore shoots or files; gives the exit code."""
    if words.to is None:
        return bring_released_back(home, console, words.what)
    target = os.path.abspath(os.fsencode(words.to))
    if not os.path.isdir(target):
        raise UsageError(f"There is no folder {display(target)}", hint="Make it first; an empty one is best")
    asked = asked_by(home.ledger, words.what, home.settings.places())
    sources = sources_of(home.settings, words.source)
    wish = Wish(_instant(words.as_of) if words.as_of else None, words.edits)
    wanted, objects = wanted_files(home.ledger, asked, wish, home.settings.cloud)
    bars, done = Bars.on(console), 0
    bars.begin({"Restoring": sum(item.digest.size for item in wanted)})

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({"Restoring": done})

    try:
        with Hands(home.settings.copying.patience) as hands:
            report = bring_back(home.settings, hands, wanted, sources, objects, target, tick)
    finally:
        bars.close()
    return _show(console, asked.name, report, len(wanted))


def _instant(text: str) -> float:
    """A day, whose end is meant, or a moment of it, by this computer's clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date", hint="Say it like 2026-11-28, or 2026-11-28T18:30") from None
    return (moment + timedelta(days=1) if len(text) == _DAY else moment).timestamp()


def _show(console: Console, name: str, report: RestoreReport, total: int) -> int:
    good = not report.failed and total > 0
    console.line(
        {
            "schema": 1, "type": "summary", "shoot": name, "files": total, "restored": report.restored,
            "there_already": report.there_already, "bytes": report.bytes_restored, "by_source": report.by_source,
            "failed": {display(path): why for path, why in report.failed.items()},
            "kept_aside": [display(path) for path in report.kept_aside], "good": good,
        }
    )  # fmt: skip
    by = ", ".join(f"{count:,} from {name}" for name, count in report.by_source.items())
    sign = shape("safe") if good else shape("do_not_format")
    console.say(
        f"{sign} {name}: {report.restored:,} of {files(total)} restored and proven, {size(report.bytes_restored)}"
    )
    if by:
        console.say(f"    {by}")
    if report.there_already:
        console.say(f"    {files(report.there_already)} lay there already, equal")
    for path in report.kept_aside:
        console.say(f"    another file had the name, so ours is called {display(path)}")
    for path, why in report.failed.items():
        console.say(f"    NOT restored: {display(path)}: {why}")
    return int(Exit.OK if good else Exit.CARE_FAILED)
