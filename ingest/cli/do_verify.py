"""Run a verify over destinations and print what it found."""

import time

from ingest.care.verify import Task, VerifyReport
from ingest.care.words import oldest_line
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.errors import Exit, UsageError
from ingest.gate.certificate import example_names
from ingest.ledger.care_log import oldest_proof
from ingest.ledger.known import copies_of_shoot
from ingest.ledger.shoots import find_shoots
from ingest.ledger.versions import contents_of_versions
from ingest.model.names import display
from ingest.plan.rounds import Budget, looks_for_all
from ingest.session.verify import look_at_copies, tasks_at
from ingest.words import about, files, size


def run_verify(
    home: Home,
    console: Console,
    shoot: str | None,
    destination: str | None,
    *,
    to_the_end: bool = False,
    budget: Budget | None = None,
) -> int:
    """Verify at every configured destination that is here; gives the exit code."""
    budget, started = budget or Budget(), time.time()
    places = [place for place in home.settings.places() if destination in (None, place.name)]
    if not places:
        known = ", ".join(place.name for place in home.settings.places())
        raise UsageError(f"There is no destination {destination!r}", hint=f"The settings name: {known}")
    tasks = tasks_at(home.ledger, places, _assets(home, shoot))
    reports = look_with_bars(home, console, tasks, to_the_end, budget)
    for report in [*reports, *(VerifyReport(task.place.name) for task in tasks if not task.copies)]:
        show_report(console, report)
        if report.alarmed:
            _tell_alarm(home, console, report, to_the_end)
    looked = sum(report.looked_at for report in reports)
    good = looked > 0 and all(report.good or (budget.is_limited and report.is_clean) for report in reports)
    _sum_up(home, console, tasks, reports, good, time.time() - started)
    return int(Exit.OK if good else Exit.CARE_FAILED)


def _assets(home: Home, shoot: str | None) -> set[int] | None:
    if shoot is None:
        return None
    found = find_shoots(home.ledger, shoot)
    if not found:
        raise UsageError(f"There is no shoot {shoot!r}", hint="See them with: safelight shoots")
    contents = (
        copies_of_shoot(home.ledger, row.id).keys() | contents_of_versions(home.ledger, row.id) for row in found
    )
    return set().union(*contents)


def look_with_bars(
    home: Home, console: Console, tasks: list[Task], to_the_end: bool, budget: Budget
) -> list[VerifyReport]:
    """Read the copies back, with a bar for each destination."""
    bars = Bars.on(console)
    done = {f"Verifying {task.place.name}": 0 for task in tasks if task.copies}
    bars.begin({f"Verifying {task.place.name}": sum(c.size for c, _ in task.copies) for task in tasks if task.copies})

    def tick(name: str, count: int) -> None:
        done[f"Verifying {name}"] += count
        bars.show(done)

    try:
        return look_at_copies(home.settings, home.ledger, tasks, budget, to_the_end=to_the_end, tick=tick)
    finally:
        bars.close()


def _sum_up(
    home: Home, console: Console, tasks: list[Task], reports: list[VerifyReport], good: bool, seconds: float
) -> None:
    """How much of all that was, and how long the whole round takes at this pace."""
    looked, copies = sum(report.looked_at for report in reports), sum(len(task.copies) for task in tasks)
    read, every = sum(report.bytes_read for report in reports), sum(c.size for task in tasks for c, _ in task.copies)
    looks, oldest = looks_for_all(every, read), oldest_proof(home.ledger)
    console.line(
        {
            "schema": 1, "type": "summary", "looked_at": looked, "good": good, "copies": copies, "bytes": read,
            "bytes_of_all": every, "looks_for_all": looks, "oldest_proof": oldest,
        }
    )  # fmt: skip
    if not looked:
        console.say("Nothing was looked at: there is no copy to verify, or no destination is here.")
    elif looked < copies:
        console.say(f"Looked at {looked:,} of {copies:,} copies, {size(read)} of {size(every)}.")
        if looks:
            whole = f"{looks:,} looks like this one, {about(seconds * looks)} of reading"
            console.say(" ".join([*oldest_line(oldest, time.time()), f"A whole round takes {whole}."]))


def show_report(console: Console, report: VerifyReport) -> None:
    """What was found at one destination."""
    if report.problem:
        console.say(f"{shape('warn')} {report.problem}")
    if report.problem and not report.looked_at:
        console.line({"schema": 1, "type": "verify", "destination": report.destination, "problem": report.problem})
        return
    console.line(
        {
            "schema": 1, "type": "verify", "destination": report.destination, "looked_at": report.looked_at,
            "bytes": report.bytes_read, "ok": report.ok, "unproven": report.unproven,
            "differs": [display(path) for path in report.differs], "gone": [display(path) for path in report.gone],
            "unread": [[display(path), why] for path, why in report.unread], "alarm": report.alarmed,
            "copies": report.copies, "problem": report.problem,
        }
    )  # fmt: skip
    if not report.looked_at:
        return
    text = f"{report.ok:,} of {files(report.looked_at)} read back and equal, {size(report.bytes_read)}"
    sign = paint(shape("safe"), "green") if report.good else paint(shape("do_not_format"), "red")
    console.say(f"{sign} {report.destination:<12} {text}")
    if report.differs:
        console.say(f"    {files(len(report.differs))} with OTHER BYTES: {example_names(tuple(report.differs))}")
        console.say("    Do not delete anything. Heal them with: safelight repair")
    if report.gone:
        console.say(f"    {files(len(report.gone))} gone: {example_names(tuple(report.gone))}")
        console.say("    If you did not delete them yourself: safelight repair")
    for path, why in report.unread:
        console.say(f"    could not be read: {display(path)} ({why})")
    if report.unproven:
        console.say(f"    {files(report.unproven)} could only be read from the cache: that proves nothing")


def _tell_alarm(home: Home, console: Console, report: VerifyReport, to_the_end: bool) -> None:
    """Say what a person must look at before anything else happens."""
    if not to_the_end:
        console.say(f"    STOPPED HERE: the rest of {report.destination} was not looked at.")
    console.say("    No disk changes so many by itself: an editor that writes into pictures does, or ransomware.")
    console.say("    Open one of them. If you did not change it, unplug your other copies before anything else.")
    if home.settings.cloud is not None:
        console.say("    Uploads are held. When you know what it was: safelight cloud resume")
    if not to_the_end:
        console.say("    To look at all of them: safelight verify --to-the-end")
