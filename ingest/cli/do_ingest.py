"""One ingest on the terminal; shared by `ingest`, `watch` and `demo`."""

import sys
import time

from ingest.cli.console import Console
from ingest.cli.face_ingest import face_for
from ingest.cli.home import Home
from ingest.cli.signals import ended_like_ctrl_c
from ingest.cli.typed import typed
from ingest.errors import Exit
from ingest.session.context import Request
from ingest.session.run import Outcome, ingest_card
from ingest.stream.recorder import Recorder


def run_ingest(home: Home, console: Console, request: Request, *, ask: bool) -> int:
    """Run a session and print it; gives the exit code."""
    face = face_for(console)

    def ask_below_the_bars(suggestion: str) -> str:
        face.close()
        return _ask_name(suggestion)

    ask_name = ask_below_the_bars if ask and sys.stdin.isatty() and not request.shoot else None
    if home.drives and home.drives.away and not console.quiet:
        names = ", ".join(place.name for place in home.drives.away)
        console.note(f"  not waited for, since away: {names}")
    with Recorder(None if request.dry_run else home.folder, "ingest", face) as recorder:
        try:
            with ended_like_ctrl_c():
                outcome = ingest_card(home.folder, home.settings, home.ledger, request, recorder, ask_name=ask_name)
        finally:
            face.close()
        code = _show(console, outcome, recorder)
        recorder.ends(code)
    if not request.dry_run:
        home.saw_drives(time.time())
    return code


def _show(console: Console, outcome: Outcome, recorder: Recorder) -> int:
    """The verdict, then what need not be waited for; gives the exit code."""
    from ingest.cli.screen_verdict import show_verdict
    from ingest.gate.certificate import to_json
    from ingest.gate.exits import exit_of_ingest
    from ingest.session.check import card_json

    if outcome.verdict is None:
        console.line({"schema": 1, "type": "summary", "dry_run": True, "card": card_json(outcome.card)})
        console.say("Nothing was copied (--dry-run).")
        return int(Exit.OK)
    identity, record = outcome.card.identity, to_json(outcome.verdict, card_json(outcome.card))
    recorder.say("verdict", record)
    show_verdict(console, outcome.verdict, label=outcome.card.label, uuid=identity.uuid, now=time.time())
    for event in outcome.afterwards:
        recorder(event)
    console.line(record)
    return int(exit_of_ingest(outcome.verdict))


def _ask_name(suggestion: str) -> str:
    """Ask for the shoot's name; Enter keeps the suggestion."""
    try:
        return typed(f"Name of the shoot [{suggestion}]: ") or suggestion
    except EOFError:
        return suggestion
