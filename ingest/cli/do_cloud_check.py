"""Hold the whole bucket against the ledger now, and say what it does not hold as it did."""

import contextlib
import time

from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.do_cloud import lost_lines, stopped_by_signals
from ingest.cli.home import Home, bucket_of
from ingest.cloud import events
from ingest.cloud.apart import run_apart
from ingest.cloud.checking import MOST, Checker, CheckReport
from ingest.cloud.errors import Interrupted
from ingest.cloud.open_store import open_store
from ingest.errors import Exit
from ingest.events import Event
from ingest.words import files


def run_check(home: Home, console: Console, *, read_back: bool) -> int:
    """Gives 0 where all is as it was, 18 where something vanished or is hidden or replaced, 130 where it was stopped.

    read_back: fetch what is known by its uploader's word alone.
    """
    bucket = bucket_of(home)
    assert home.settings.cloud is not None
    total, face = CheckReport(), _Face(console)
    with stopped_by_signals() as stop, contextlib.closing(face.bars):
        face.bars.busy(f"Comparing what lies in {bucket}")
        checker = Checker(
            home.ledger, bucket, open_store(home.settings.cloud),
            lambda work: run_apart(work, stop.is_set, lambda: None), time.time, face,
        )  # fmt: skip
        try:
            _look(checker, total, read_back=read_back)
        except Interrupted:
            face.bars.close()
            console.say("Stopped. What was looked at so far is written down.")
            return int(Exit.INTERRUPTED)
    return _show(console, bucket, total)


def _look(checker: Checker, total: CheckReport, *, read_back: bool) -> None:
    began = time.time()
    total.add(checker.sent())
    total.add(checker.out_of_sight())
    is_full = True
    while is_full:
        part = checker.again(began)
        total.add(part)
        is_full = part.looked >= MOST
    if read_back:
        fetched = checker.read_back()
        total.doubtful -= min(total.doubtful, fetched.looked)
        total.add(fetched)


class _Face:
    def __init__(self, console: Console) -> None:
        self._console, self.bars = console, Bars.on(console)

    def __call__(self, event: Event) -> None:
        self._console.line(event.to_json())
        if isinstance(event, events.UploadNeedsYou | events.UploadPostponed):
            with self.bars.aside():
                self._console.note(f"{shape('warn')} {event.key}: {event.reason}")


def _show(console: Console, bucket: str, total: CheckReport) -> int:
    code = Exit.CARE_FAILED if total.wrong else Exit.OK
    console.line(
        {
            "schema": 1, "type": "summary", "bucket": bucket, "looked_at": total.looked, "checked": total.checked,
            "doubtful": total.doubtful, "vanished": total.vanished, "hidden": total.hidden,
            "replaced": total.replaced, "exit": int(code),
        }
    )  # fmt: skip
    sign = shape("safe" if code is Exit.OK else "do_not_format")
    console.say(f"{sign} {bucket}: {total.checked:,} of {files(total.looked)} lie there as they were sent")
    for line in lost_lines(total):
        console.say(f"  {shape('do_not_format')} {line}")
    if total.queued:
        console.say("  Send them with: safelight cloud run")
    if total.doubtful:
        known = "known by the word of whoever put them there"
        console.say(f"  {files(total.doubtful)} {known}. Fetch and compare them: safelight cloud check --read-back")
    return int(code)
