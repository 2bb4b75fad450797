"""How the queue stands, for each shoot and in all; its switches."""

import time
from typing import Any

from ingest.cli.console import Console, shape
from ingest.cli.home import Home, bucket_of
from ingest.cli.seal_points import record_of, say
from ingest.cloud.overview import local_day
from ingest.cloud.pace import pace_of, seconds_left
from ingest.cloud.rules import sending_now
from ingest.cloud.status import CloudStatus, CloudWord, status_of
from ingest.config.line_values import bytes_per_second
from ingest.errors import Exit
from ingest.ledger import upload_counts, upload_switch, uploads
from ingest.ledger.db import transaction
from ingest.ledger.upload_checks import checked_otherwise
from ingest.ledger.upload_counts import ShootUploads
from ingest.words import files, remaining, size, speed

_LATELY = 900.0  # seconds
_SHOOTS = 10  # shown, the newest


def switch_queue(home: Home, console: Console, what: str) -> int:
    """status, pause, resume, retry; all of them end with how the queue stands."""
    bucket = bucket_of(home)
    with transaction(home.ledger):
        if what == "pause":
            upload_switch.pause(home.ledger, bucket)
        elif what == "resume":
            upload_switch.resume(home.ledger, bucket)
        elif what == "retry":
            uploads.retry_all(home.ledger, bucket)
    show_queue(home, console, bucket)
    return int(Exit.OK)


def show_queue(home: Home, console: Console, bucket: str) -> None:
    """The whole queue, then the shoots that are not through yet."""
    assert home.settings.cloud is not None
    now = time.time()
    hours, limit = sending_now(home.settings.cloud, now), bytes_per_second(home.settings.cloud.limit)
    switch, totals = upload_switch.switch(home.ledger, bucket), upload_counts.totals(home.ledger, bucket)
    pace = pace_of(upload_counts.sent_lately(home.ledger, bucket, now - _LATELY), now)
    left = seconds_left(totals.bytes, pace, limit) if totals.bytes else None
    closed, encryption = "" if hours.allowed else hours.reason, record_of(home.settings.cloud, home.ledger)
    how = checked_otherwise(home.ledger, bucket)
    shoots = [
        (one, status_of(one.counts, local_day, paused=switch.paused, stopped_by=switch.stopped_by, closed=closed))
        for one in upload_counts.shoots_under_way(home.ledger, bucket, now, _SHOOTS + 1)
    ]
    more = len(shoots) > _SHOOTS
    del shoots[_SHOOTS:]
    console.line(
        {
            "schema": 1, "type": "summary", "bucket": bucket, "paused": switch.paused, "stopped_by": switch.stopped_by,
            "waiting": totals.files, "bytes": totals.bytes, "sent": totals.sent, "checked": totals.checked,
            "checked_by": {"sha1": totals.checked - sum(how.values()), **how},
            "needs_you": totals.needs_you, "sends_now": hours.allowed, "hours": hours.reason, "limit": limit,
            "pace": pace and round(pace), "seconds_left": left and round(left), **encryption,
            "shoots": [_json(one, status) for one, status in shoots], "more_shoots": more,
        }
    )  # fmt: skip
    state = f"needs you: {switch.stopped_by}" if switch.stopped_by else "paused by you" if switch.paused else "ready"
    console.say(f"{bucket}: {state}" + (f"; {hours.reason}" if hours.reason else ""))
    console.say(f"  waiting    {files(totals.files)}, {size(totals.bytes)}{_left(left, pace, limit)}")
    console.say(f"  sent       {files(totals.sent)} (the bucket agreed on size and SHA-1)")
    console.say(f"  checked    {files(totals.checked)} (found in a later listing of the bucket{_how(how)})")
    if totals.needs_you:
        console.say(f"  needs you  {files(totals.needs_you)}")
    say(console, encryption)
    for one, status in shoots:
        sign = shape("warn" if status.word is CloudWord.NEEDS_YOU else "not_yet")
        console.say(f"{sign} {one.day}  {one.name}: {status.sentence}")
        console.say(f"    {_states(one)}")
    if more:
        console.say("  and older ones: safelight status SHOOT")


def _how(how: dict[str, int]) -> str:
    """What was not checked by the SHA-1 of the whole, which the bucket computes of all but large files."""
    parts = f"; {how['parts']:,} by the SHA-1 of each part" * bool(how["parts"])
    return parts + f"; {how['read']:,} by reading them back" * bool(how["read"])


def _left(left: float | None, pace: float | None, limit: int) -> str:
    if left is None:
        return ""
    how = "at the pace of the last minutes" if pace else f"at the limit of {speed(limit)}"
    return f"; about {remaining(left)} of sending, {how}"


def _states(one: ShootUploads) -> str:
    """Every state that has files, with its bytes: they add up to the shoot."""
    parts = [
        f"{name.replace('_', ' ')} {getattr(one.counts, name):,} ({size(one.sizes[name])})"
        for name in one.sizes
        if getattr(one.counts, name)
    ]
    return f"{files(one.counts.files)}, {size(one.counts.size)}: {', '.join(parts)}"


def _json(one: ShootUploads, status: CloudStatus) -> dict[str, Any]:
    states = {name: {"files": getattr(one.counts, name), "bytes": one.sizes[name]} for name in one.sizes}
    return {
        "shoot": one.shoot_id, "name": one.name, "day": one.day, "state": status.word.value, "detail": status.detail,
        "files": one.counts.files, "bytes": one.counts.size, "states": states,
    }  # fmt: skip
