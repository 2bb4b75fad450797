"""What `doctor` and `cloud status` say of encryption: who can open what is sent, and what lies there as it is."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.cli.console import Console, shape
from ingest.cli.weak_points import Answer
from ingest.cloud.seal_state import seal_state
from ingest.config.cloud_settings import CloudSettings
from ingest.errors import Exit
from ingest.ledger.seals import is_any_sealed, sealed_and_plain
from ingest.words import files

_WHAT = "encryption"


def seal_answers(settings: CloudSettings, ledger: sqlite3.Connection) -> Iterator[Answer]:
    """Empty where nothing is or was encrypted. A station that only sends needs no private key: that is only told."""
    if not settings.encrypt and not is_any_sealed(ledger, settings.bucket):
        return
    state = seal_state(settings)
    if state.cannot_send:
        yield Answer(_WHAT, "problem", state.cannot_send, state.todo, Exit.CLOUD_REFUSED)
        return
    if state.cannot_open:
        level, code = ("note", Exit.OK) if state.is_upload_only else ("problem", Exit.CLOUD_REFUSED)
        yield Answer(_WHAT, level, state.cannot_open, state.todo, code)
    else:
        yield Answer(_WHAT, "ok", "the private key here opens what is sent")
    if not settings.encrypt:
        return
    if len(settings.recipients) == 1:
        todo = "A second key, to be kept in a safe: safelight cloud keygen --spare"
        yield Answer(_WHAT, "note", "one key alone opens what is sent; lost with it is the whole bucket", todo)
    _, plain = sealed_and_plain(ledger, settings.bucket)
    if plain:
        text = f"{files(plain)} {'lies' if plain == 1 else 'lie'} unencrypted in {settings.bucket}, from before"
        yield Answer(_WHAT, "note", text, "Safelight deletes nothing there; what is sent from now on is encrypted")


def record_of(settings: CloudSettings, ledger: sqlite3.Connection) -> dict[str, Any]:
    """For `--json`; empty where nothing is or was encrypted."""
    if not settings.encrypt and not is_any_sealed(ledger, settings.bucket):
        return {}
    state, (sealed, plain) = seal_state(settings), sealed_and_plain(ledger, settings.bucket)
    return {
        "encrypts": settings.encrypt, "recipients": len(settings.recipients), "encrypted": sealed,
        "unencrypted": plain, "cannot_encrypt": state.cannot_send, "cannot_open": state.cannot_open,
    }  # fmt: skip


def say(console: Console, record: Mapping[str, Any]) -> None:
    """What `record_of` gave, for people."""
    if not record:
        return
    keys, plain = record["recipients"], record["unencrypted"]
    if record["encrypts"]:
        who = f"{keys} key{'s' * (keys > 1)} can open it"
        console.say(f"  encrypted  what is sent; {who}; names, sizes and times are to be seen")
    else:
        console.say(f"  encrypted  {files(record['encrypted'])}, from when [cloud] encrypt was on")
    if plain and record["encrypts"]:
        console.say(f"  {shape('warn')} {files(plain)} {'lies' if plain == 1 else 'lie'} there unencrypted")
    for problem in dict.fromkeys((record["cannot_encrypt"], record["cannot_open"])):
        if problem:
            console.say(f"  {shape('warn')} {problem}")
