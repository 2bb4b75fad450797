"""Clear a card: ask the gate, ask the person, send proven files to the trash."""

import os
import time

from ingest.card.clear import send_to_trash
from ingest.cli.console import Console, shape
from ingest.cli.home import Home
from ingest.cli.screen_verdict import show_verdict
from ingest.cli.typed import typed
from ingest.errors import Exit, UsageError
from ingest.gate.certificate import is_proven
from ingest.gate.exits import exit_of_check
from ingest.model.names import display
from ingest.session.check import check_card
from ingest.session.prepare import card_lock
from ingest.words import files


def run_clear(home: Home, console: Console, path: bytes | None, confirm: str | None) -> int:
    """Gives the exit code; nothing on the card changes unless it is SAFE now and its name was typed."""
    card, verdict = check_card(home.ledger, home.settings, path)
    show_verdict(console, verdict, label=card.label, uuid=card.identity.uuid, now=time.time())
    if not verdict.is_safe:
        console.line({"schema": 1, "type": "summary", "cleared": 0, "level": verdict.level.value})
        console.say("Nothing was touched.")
        return int(exit_of_check(verdict)) or int(Exit.NOT_YET)
    proven = [file for file in verdict.evidence.files if is_proven(file, verdict)]
    console.say(f"{files(len(proven))} will go to the trash of this card.")
    typed = confirm if confirm is not None else _ask(card.label)
    if typed != card.label:
        raise UsageError(f"That is not the card's name ({card.label})", hint="Nothing was touched")
    with card_lock(home.folder, card):
        listed = {file.path: file for file in card.listing.files}
        failed = send_to_trash(card.root, [listed[file.path] for file in proven])
    console.line({"schema": 1, "type": "summary", "cleared": len(proven) - len(failed), "failed": len(failed)})
    console.say(f"{shape('safe')} {files(len(proven) - len(failed))} in the card's trash; formatting frees the room.")
    for name, why in failed.items():
        console.say(f"  {shape('warn')} left where it was: {display(name)} ({why})")
    return int(Exit.OK if not failed else Exit.UNREADABLE_FILES)


def _ask(label: str) -> str:
    if not os.isatty(0):
        raise UsageError("Clearing a card must be confirmed", hint=f"Add: --confirm {label!r}")
    return typed(f"Type the card's name ({label}) to go on: ")
