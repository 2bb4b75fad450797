"""Run the upload queue on the terminal, or turn its switches."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.cli.bars import Bars, working
from ingest.cli.console import Console, shape
from ingest.cli.heralding import call_if_due
from ingest.cli.home import Home, bucket_of
from ingest.cloud import events
from ingest.cloud.apart import run_apart
from ingest.cloud.checking import CheckReport
from ingest.cloud.line import Line
from ingest.cloud.open_store import open_store
from ingest.cloud.orphans import sweep
from ingest.cloud.rules import LiveRules
from ingest.cloud.settling import RunSummary
from ingest.cloud.store import Store
from ingest.cloud.uploader import run_queue
from ingest.config.live import LiveSettings
from ingest.errors import CloudError, Exit
from ingest.events import Event
from ingest.ledger import upload_counts, upload_switch
from ingest.model.names import display
from ingest.session.hands import Hands
from ingest.session.records import send_records
from ingest.words import files, size


def run_cloud(home: Home, console: Console, *, wait: bool, at_once: bool = False) -> int:
    """Send and check what is due; gives the exit code. at_once: whatever the hours of the settings say."""
    bucket = bucket_of(home)
    face = _Face(console, upload_counts.totals(home.ledger, bucket))
    roots = {place.name: place.root for place in home.settings.places() if os.path.isdir(place.root)}
    assert home.settings.cloud is not None
    line = Line(connections=home.settings.cloud.parallel)
    rules = LiveRules(LiveSettings(home.folder, home.settings), line, face.say, at_once=at_once)
    store = open_store(home.settings.cloud, line, home=home.folder)
    with stopped_by_signals() as stop:
        try:
            _sweep(home, bucket, store, rules, stop, face)
            summary = run_queue(
                store, home.ledger, bucket, roots, stop=stop, on_event=face, wait=wait, line=line, rules=rules
            )
        finally:
            face.close()
        if summary.is_through and rules(time.time()).allowed:
            _records(home, console, store, stop)
    code = _show(home, console, bucket, summary)
    call_if_due(home, console)
    return code


def _records(home: Home, console: Console, store: Store, stop: threading.Event) -> None:
    """What a new computer would need beside the photographs; what fails is told, and goes with the next run."""
    with (
        Hands(home.settings.copying.patience) as hands,
        working(console, "Sending the ledger and manifests"),
    ):
        done = send_records(
            home.folder, home.settings, home.ledger, store, hands,
            lambda work: run_apart(work, stop.is_set, lambda: None), time.time(),
        )  # fmt: skip
    if done.sent or done.problems:
        console.line({"schema": 1, "type": "records_sent", "sent": done.sent, "problems": done.problems})
    for problem in done.problems:
        console.note(f"{shape('warn')} Not all that a new computer would need was sent: {problem}")


def _sweep(home: Home, bucket: str, store: Store, rules: LiveRules, stop: threading.Event, face: "_Face") -> None:
    """Unfinished uploads of ours that no job wants any more; what goes wrong here the queue itself will tell."""
    assert home.settings.cloud is not None
    waits = upload_counts.in_queue(home.ledger, bucket)[0]
    if not waits or upload_switch.switch(home.ledger, bucket).paused or not rules(time.time()).allowed:
        return
    with contextlib.suppress(CloudError):
        swept = sweep(
            home.ledger, bucket, home.settings.cloud.prefix, store,
            lambda work: run_apart(work, stop.is_set, lambda: None),
        )  # fmt: skip
        if swept:
            face.say(
                f"{files(swept, 'unfinished upload')} that nobody would have finished: cancelled, no longer billed"
            )


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Ctrl-C and an ordinary kill end the run within two seconds; nothing is lost by it."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Face:
    """Prints the queue's events: one bar over everything for people, lines for programs."""

    def __init__(self, console: Console, totals: upload_counts.Totals) -> None:
        self._console = console
        self._bars = Bars.on(console)
        self._bars.begin({"Sending": totals.bytes})
        self._sent = 0
        self._under_way: dict[str, int] = {}

    def say(self, sentence: str) -> None:
        """Beside the events."""
        self._console.note(f"{shape('warn')} {sentence}")

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, events.UploadProgressed):
            self._under_way[event.key] = event.sent
            self._bars.show({"Sending": self._sent + sum(self._under_way.values())})
            return
        self._console.line(event.to_json())
        if isinstance(event, events.UploadSent):
            self._sent += event.size
            self._under_way.pop(event.key, None)
            self._bars.show({"Sending": self._sent + sum(self._under_way.values())})
            if event.versions > 1:
                self._console.note(f"{shape('warn')} {event.key} lies there {event.versions} times; all are billed")
        elif isinstance(event, events.UploadSourceSuspect):
            text = f"the copy on {event.destination} has other bytes than were proven: {display(event.path)}"
            self._console.note(f"{shape('warn')} {text}")
        elif isinstance(event, events.UploadNeedsYou | events.UploadPostponed):
            self._under_way.pop(event.key, None)
            self._console.note(f"{shape('warn')} {event.key}: {event.reason}")
        elif isinstance(event, events.UploadsResting):
            self._console.note(f"  waiting {event.seconds:.0f} s: {event.reason}")

    def close(self) -> None:
        """Take the bar away."""
        self._bars.close()


def lost_lines(found: RunSummary | CheckReport) -> Iterator[str]:
    """What the bucket does not hold as it did, in words."""
    if found.vanished:
        yield f"{files(found.vanished)} had VANISHED from the bucket: queued again from the copies here"
    if found.hidden:
        yield f"{files(found.hidden)} HIDDEN in the bucket by somebody: the bytes are still there"
    if found.replaced:
        yield f"{files(found.replaced)} REPLACED in the bucket by somebody: nothing is sent over what lies there now"


def _show(home: Home, console: Console, bucket: str, summary: RunSummary) -> int:
    code = Exit.INTERRUPTED if summary.interrupted else summary.problem.exit_code if summary.problem else Exit.OK
    if code is Exit.OK and summary.needs_you:
        code = Exit.CLOUD_REFUSED
    if code is Exit.OK and (summary.vanished or summary.replaced):
        code = Exit.CARE_FAILED  # sent again by now, and a bucket that loses what it held
    totals = upload_counts.totals(home.ledger, bucket)
    problem = summary.problem.message if summary.problem else ""
    console.line(
        {
            "schema": 1, "type": "summary", "bucket": bucket, "sent": summary.sent, "checked": summary.checked,
            "bytes": summary.bytes_sent, "waiting": totals.files, "needs_you": totals.needs_you, "problem": problem,
            "closed": summary.closed, "vanished": summary.vanished, "hidden": summary.hidden,
            "replaced": summary.replaced, "exit": int(code),
        }
    )  # fmt: skip
    sign = shape("safe") if code is Exit.OK and not totals.files else shape("not_yet")
    checked = f"{files(summary.checked)} checked in the bucket"
    console.say(f"{sign} {bucket}: {files(summary.sent)} sent ({size(summary.bytes_sent)}), {checked}")
    for line in lost_lines(summary):
        console.say(f"  {shape('do_not_format')} {line}")
    if totals.files:
        console.say(f"  {files(totals.files)} still waiting, {size(totals.bytes)}" + (" (paused)" * summary.paused))
    if summary.closed:
        console.say(f"  outside its hours: {summary.closed} (--wait stays until then, --now does not wait)")
    if totals.needs_you:
        console.say(f"  {files(totals.needs_you)} need you: see `safelight status`, then `safelight cloud retry`")
    if summary.problem:
        console.say(f"  {shape('warn')} {summary.problem.message}. {summary.problem.hint}".rstrip())
    return int(code)
