"""Print the verdict of a card as it is now."""

import time

from ingest.cli.console import Console
from ingest.cli.home import Home
from ingest.cli.screen_verdict import show_verdict
from ingest.gate.certificate import to_json
from ingest.gate.exits import exit_of_check
from ingest.session.check import card_json, check_card
from ingest.stream.recorder import Recorder


def run_check(home: Home, console: Console, path: bytes | None) -> int:
    """Gives 0 for SAFE, 11 for NOT YET, 10 for DO NOT FORMAT."""
    with Recorder(home.folder, "check", lambda _: None) as recorder:
        found, verdict = check_card(home.ledger, home.settings, path)
        record, code = to_json(verdict, card_json(found)), int(exit_of_check(verdict))
        recorder.say("verdict", record)
        recorder.ends(code)
    console.line(record)
    if not console.json:
        show_verdict(console, verdict, label=found.label, uuid=found.identity.uuid, now=time.time())
    return code
