"""Back the ledger up to the destinations now, and print where it lies."""

import time

from ingest.cli.bars import working
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import Home
from ingest.errors import DestinationError, Exit, UsageError
from ingest.session.backup import back_up_ledger
from ingest.session.hands import Hands
from ingest.words import files, size


def run_ledger_backup(home: Home, console: Console, destination: str | None) -> int:
    """Gives 0 when every destination that was meant has a new backup, else 13."""
    places = [place for place in home.settings.places() if destination in (None, place.name)]
    if not places:
        known = ", ".join(place.name for place in home.settings.places())
        raise UsageError(f"There is no destination {destination!r}", hint=f"The settings name: {known}")
    with Hands(home.settings.copying.patience) as hands, working(console, "Backing the ledger up and reading it back"):
        found = back_up_ledger(home.folder, home.settings, home.ledger, places, hands, time.time())
    for name, answer in found.items():
        if isinstance(answer, DestinationError):
            console.line({"schema": 1, "type": "ledger_backup", "destination": name, "problem": answer.message})
            console.say(f"{shape('warn')} {name:<12} no backup: {answer.message}. {answer.hint}".rstrip())
            continue
        last = answer.last
        proven = last.method != "cached"
        console.line(
            {
                "schema": 1, "type": "ledger_backup", "destination": name, "name": last.name, "bytes": last.size,
                "method": last.method, "proven": proven, "removed": list(answer.removed), "problem": "",
            }
        )  # fmt: skip
        how = "read back around the cache, opens" if proven else "opens, but could only be read from memory"
        removed = f"; {files(len(answer.removed), 'older one')} removed" if answer.removed else ""
        console.say(f"{paint(shape('safe'), 'green')} {name:<12} {last.name}, {size(last.size)}: {how}{removed}")
    failed = sum(isinstance(answer, DestinationError) for answer in found.values())
    code = Exit.DESTINATION if failed else Exit.OK
    console.line({"schema": 1, "type": "summary", "backups": len(found) - failed, "failed": failed, "exit": int(code)})
    return int(code)
