"""What `doctor` names that is no fault today and may cost a photograph, a name or a key tomorrow."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.cloud.hygiene import BucketFacts, Level, findings
from ingest.cloud.keys import find_key, keychain_weakness
from ingest.cloud.open_store import ask_facts, ask_for_a_listing
from ingest.config.cloud_settings import CloudKind, CloudSettings
from ingest.errors import CloudError, CloudRefused, Exit
from ingest.model.names import display
from ingest.words import clock, day

_CLOUD_SECONDS = 10.0
_CLOCK_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing looked at. level: "ok", "note" or "problem". exit: the code it stands for when it is a problem."""

    what: str
    level: str
    text: str
    todo: str = ""
    exit: Exit = Exit.OK


def home_weaknesses(home: Path, ledger: Path) -> Iterator[Answer]:
    """Who else on this computer may read or change the home folder and the ledger. The owner's group is trusted."""
    for what, path in (("home", home), ("ledger", ledger)):
        mode = path.stat().st_mode
        shown, private = display(os.fsencode(path)), "700" if stat.S_ISDIR(mode) else "600"
        todo = f"chmod {private} {shown}"
        sticky = stat.S_ISDIR(mode) and mode & stat.S_ISVTX
        if mode & stat.S_IWOTH and not sticky:
            text = f"{shown} can be changed by everybody on this computer: its evidence is worth nothing then"
            yield Answer(what, "problem", text, todo, Exit.LEDGER)
        elif mode & stat.S_IROTH and (what == "home" or not _is_shut(home)):
            yield Answer(what, "note", f"{shown} can be read by everybody on this computer", todo)


def _is_shut(folder: Path) -> bool:
    return not folder.stat().st_mode & stat.S_IXOTH


def clock_weakness(ledger: sqlite3.Connection, now: float) -> Iterator[Answer]:
    """A clock that stands before what the ledger saw already. now: seconds since 1970 UTC."""
    question = "SELECT max(at) FROM (SELECT max(at) AS at FROM event UNION SELECT max(started) FROM run)"
    (newest,) = ledger.execute(question).fetchone()
    if newest and newest > now + _CLOCK_SECONDS:
        text = f"the ledger's newest entry is of {day(newest, now)} {clock(newest)}, later than this computer's clock"
        todo = "Set the clock; uploads are refused, and which proof is the newest is not certain, until it is right"
        yield Answer("clock", "problem", text, todo, Exit.NOT_YET)


def cloud_weaknesses(settings: CloudSettings, now: float) -> Iterator[Answer]:
    """Whether there is a key, whether the bucket takes it, and what `cloud setup` would warn of. now: seconds, UTC.

    An unreachable bucket is no problem of this computer's; it is waited for ten seconds at most.
    """
    if settings.kind == CloudKind.FOLDER:
        yield from _folder(settings.path)
        return
    try:
        find_key(settings.bucket, kind=settings.word)
    except CloudError as error:
        weakness = keychain_weakness()
        yield Answer("cloud", "problem", error.message, error.hint, error.exit_code)
        if weakness:
            yield Answer("keychain", "note", weakness, "Until then only the environment can hold the key safely")
        return
    weakness = keychain_weakness(settings.bucket, settings.word)
    if weakness:
        yield Answer("keychain", "note", weakness, "Move the key into a keychain that is locked, or the environment")
    try:
        answers = [*_asked(settings, now)]
    except CloudRefused as error:
        yield Answer("cloud", "problem", error.message, error.hint, error.exit_code)
    except CloudError as error:
        text = f"a key for {settings.bucket} was found, and not tried: {error.message}"
        yield Answer("cloud", "note", text, "With a network, once more: safelight doctor")
    else:
        yield from answers


def _asked(settings: CloudSettings, now: float) -> Iterator[Answer]:
    if settings.kind == CloudKind.B2:
        yield from _hygiene(ask_facts(settings, _CLOUD_SECONDS), settings.prefix, now)
        return
    ask_for_a_listing(settings, _CLOUD_SECONDS)
    yield Answer("cloud", "ok", f"the bucket {settings.bucket} takes the key: it was listed")
    text = "what else the key may do, whether it can delete above all, such a service does not tell"
    todo = "At the service, give it no right to delete, and let the bucket keep versions"
    yield Answer("cloud key", "note", text, todo)


def _folder(path: str) -> Iterator[Answer]:
    """A drive that is carried away is mostly away: that is as it should be."""
    shown = display(os.fsencode(path))
    if os.path.isdir(path):
        yield Answer("cloud", "ok", f"the folder of the third copy is there: {shown}")
    else:
        yield Answer("cloud", "note", f"the drive of the third copy is not here: {shown}", "Plug it in now and then")


def _hygiene(facts: BucketFacts, prefix: str, now: float) -> Iterator[Answer]:
    """What stops uploads is a problem, a warning is a note; what is good or could be better, `cloud setup` tells."""
    found = findings(facts, prefix, now)
    for finding in found:
        if finding.level is Level.STOP:
            yield Answer("cloud", "problem", finding.text, finding.todo, Exit.CLOUD_REFUSED)
        elif finding.level is Level.WARN:
            yield Answer(f"cloud {finding.what}", "note", finding.text, finding.todo)
    if not any(finding.level is Level.STOP for finding in found):
        yield Answer("cloud", "ok", f"the bucket {facts.bucket} takes the key")
