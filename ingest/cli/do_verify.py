"""Run a verify over destinations and print what it found."""

from ingest.care.verify import VerifyReport, verify
from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.cli.words import files, size
from ingest.copying.destination import admit, open_destination
from ingest.errors import DestinationError, Exit, UsageError
from ingest.gate.certificate import example_names
from ingest.ledger.known import KnownCopy, copies_at, copies_of_shoot
from ingest.ledger.places import destination_ids, known_marker
from ingest.ledger.shoots import find_shoots
from ingest.ledger.versions import contents_of_versions
from ingest.ledger.views import digests_at
from ingest.model.names import display
from ingest.session.prepare import boot_id


def run_verify(
    home: Home, console: Console, shoot: str | None, destination: str | None, *, to_the_end: bool = False
) -> int:
    """Verify at every configured destination that is here; gives the exit code."""
    places = [place for place in home.settings.places() if destination in (None, place.name)]
    if not places:
        known = ", ".join(place.name for place in home.settings.places())
        raise UsageError(f"There is no destination {destination!r}", hint=f"The settings name: {known}")
    chosen = _assets(home, shoot)
    good, looked = True, 0
    for place in places:
        copies = [copy for copy in copies_at(home.ledger, place.name) if chosen is None or copy.asset_id in chosen]
        report = _one(home, console, place.name, copies, to_the_end) if copies else VerifyReport(place.name)
        if report is None:
            good = False
            continue
        looked += report.looked_at
        good = good and (report.good or not copies)
        _show(console, report)
        if report.alarmed:
            _tell_alarm(home, console, report, to_the_end)
    console.line({"schema": 1, "type": "summary", "looked_at": looked, "good": good and looked > 0})
    if not looked:
        console.say("Nothing was looked at: there is no copy to verify, or no destination is here.")
    return int(Exit.OK if good and looked else Exit.CARE_FAILED)


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


def _one(home: Home, console: Console, name: str, copies: list[KnownCopy], to_the_end: bool) -> VerifyReport | None:
    destination = next(place for place in home.settings.places() if place.name == name)
    try:
        place = open_destination(admit(destination, known_marker(home.ledger, name)))
    except DestinationError as error:
        console.say(f"{shape('warn')} {error.message}")
        console.line({"schema": 1, "type": "verify", "destination": name, "problem": error.message})
        return None
    bucket = home.settings.cloud.bucket if home.settings.cloud else ""
    bars, wanted = Bars(shown=console.shows_bars), digests_at(home.ledger, name)
    bars.begin({f"Verifying {name}": sum(copy.size for copy in copies)})
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        bars.show({f"Verifying {name}": done})

    pairs, place_id = [(copy, wanted[copy.id]) for copy in copies], destination_ids(home.ledger)[name]
    try:
        return verify(
            home.ledger, place, place_id, pairs, boot_id=boot_id(), tick=tick, to_the_end=to_the_end, bucket=bucket
        )
    finally:
        bars.close()
        place.close()


def _show(console: Console, report: VerifyReport) -> None:
    console.line(
        {
            "schema": 1, "type": "verify", "destination": report.destination, "looked_at": report.looked_at,
            "bytes": report.bytes_read, "ok": report.ok, "unproven": report.unproven,
            "differs": [display(path) for path in report.differs], "gone": [display(path) for path in report.gone],
            "unread": [[display(path), why] for path, why in report.unread], "alarm": report.alarmed,
        }
    )  # fmt: skip
    if not report.looked_at:
        return
    text = f"{report.ok:,} of {files(report.looked_at)} read back and equal, {size(report.bytes_read)}"
    sign = paint(shape("safe"), "green") if report.good else paint(shape("do_not_format"), "red")
    console.say(f"{sign} {report.destination:<12} {text}")
    if report.differs:
        console.say(f"    {files(len(report.differs))} with OTHER BYTES: {example_names(tuple(report.differs))}")
        console.say("    Do not delete anything. Bring them back with: safelight restore")
    if report.gone:
        console.say(f"    {files(len(report.gone))} gone: {example_names(tuple(report.gone))}")
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
