"""Take a shoot or a file out of the queue, try it again, or queue it anew."""

import time

from ingest.cli.console import Console
from ingest.cli.home import Home, bucket_of
from ingest.cloud.naming import object_key
from ingest.errors import Exit, UsageError
from ingest.ledger import upload_choice, uploads
from ingest.ledger.db import transaction
from ingest.ledger.shoots import find_shoots
from ingest.words import files


def choose(home: Home, console: Console, verb: str, what: str) -> int:
    """verb: cancel, retry or add. what: a shoot as `status` takes it, else an object's key or how one ends.

    Raises:
        UsageError: it means no shoot and no file of the queue, or several shoots.
    """
    bucket = bucket_of(home)
    with transaction(home.ledger):
        shoot = _shoot(home, what)
        if verb == "add":
            done, under_way = _add(home, bucket, what, shoot), 0
        elif verb == "retry":
            done, under_way = _retry(home, bucket, what, shoot), 0
        else:
            done, under_way = _cancel(home, bucket, what, shoot)
    if shoot is None and not done + under_way:
        raise UsageError(
            f"There is no shoot {what!r}, and no such file waits in the queue", hint="Look with: safelight cloud status"
        )
    console.line({"schema": 1, "type": "summary", "bucket": bucket, verb: done, "under_way": under_way})
    console.say(f"{files(done)} {_DONE[verb]}")
    if under_way:
        console.say(f"  {files(under_way)} just being sent: those stay in the queue")
    if verb == "cancel" and done:
        console.say("  the copies at home stay as they are; to queue a shoot again: safelight cloud add SHOOT")
    return int(Exit.OK)


_DONE = {"cancel": "taken out of the queue", "retry": "due now", "add": "queued"}


def _shoot(home: Home, what: str) -> int | None:
    found = find_shoots(home.ledger, what)
    if len(found) > 1:
        names = ", ".join(f"{row.id} {row.name}" for row in found[:5])
        raise UsageError(f"{what!r} means {len(found)} shoots: {names}", hint="Name it by its number")
    return found[0].id if found else None


def _cancel(home: Home, bucket: str, what: str, shoot: int | None) -> tuple[int, int]:
    now = time.time()
    if shoot is None:
        return upload_choice.cancel_named(home.ledger, bucket, what, now)
    return upload_choice.cancel_shoot(home.ledger, bucket, shoot, now)


def _retry(home: Home, bucket: str, what: str, shoot: int | None) -> int:
    if shoot is None:
        return upload_choice.retry_named(home.ledger, bucket, what)
    return upload_choice.retry_shoot(home.ledger, bucket, shoot)


def _add(home: Home, bucket: str, what: str, shoot: int | None) -> int:
    if shoot is None:
        raise UsageError(f"There is no shoot {what!r}", hint="See them with: safelight shoots")
    assert home.settings.cloud is not None
    prefix = home.settings.cloud.prefix
    jobs = [(asset, object_key(prefix, path)) for asset, path in upload_choice.not_queued(home.ledger, bucket, shoot)]
    return uploads.enqueue_all(home.ledger, bucket, jobs, time.time())
