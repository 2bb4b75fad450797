"""Print where the copies of shoots are."""

import time

from ingest.away.working import working_since
from ingest.care.words import last_lines
from ingest.cli.console import Console, shape
from ingest.cli.home import Home
from ingest.cli.screen_drill import drill_line
from ingest.cli.screen_status import shoot_json, show_shoot
from ingest.cloud.overview import cloud_of_shoot
from ingest.errors import Exit, UsageError
from ingest.ledger.lacking import lack_at
from ingest.ledger.shoots import all_shoots, find_shoots, tags_of
from ingest.ledger.views import shoot_view
from ingest.stream.watcher import is_watching, is_well, watcher_beat, watcher_words
from ingest.tagging.told import tag_lines
from ingest.words import files, size

_NEWEST = 10


def run_status(home: Home, console: Console, shoot: str | None) -> int:
    """One shoot, or the newest ten."""
    rows = find_shoots(home.ledger, shoot) if shoot else all_shoots(home.ledger)[:_NEWEST]
    if shoot and not rows:
        raise UsageError(f"There is no shoot {shoot!r}", hint="See them with: safelight shoots")
    bucket = home.settings.cloud.bucket if home.settings.cloud else ""
    for row in rows:
        view, cloud = shoot_view(home.ledger, row.id), cloud_of_shoot(home.ledger, row.id, bucket)
        tags = tags_of(home.ledger, row.id)
        lines = [line for name, _, _, facts in tags for line in tag_lines(name, facts, time.time())]
        show_shoot(console, view, cloud, lines)
        console.line(shoot_json(view, cloud) | {"tags": {name: facts for name, _, _, facts in tags}})
    now = time.time()
    for line in [] if shoot else filter(None, (*last_lines(home.ledger, now), drill_line(home.ledger, now))):
        console.say(line)
    if not shoot:
        _show_lacks(home, console)
        _show_drives(home, console)
        _show_watcher(home, console)
    console.line({"schema": 1, "type": "summary", "shoots": len(rows)})
    if not rows:
        console.say("No shoot yet. Plug a card in and run: safelight ingest")
    return int(Exit.OK)


def _show_drives(home: Home, console: Console) -> None:
    """Whose turn it is, of the drives that are carried elsewhere."""
    if home.drives:
        from ingest.away.drives import advice

        for word in advice(home.drives, home.ledger, time.time()):
            console.say(f"{shape('warn')} {word.text}")
            console.line({"schema": 1, "type": "drive", "drive": word.drive, "advice": word.advice, "text": word.text})


def _show_watcher(home: Home, console: Console) -> None:
    """How the watcher is, where one was ever seen."""
    beat, now = watcher_beat(home.folder), time.time()
    if beat is not None:
        alive = is_watching(beat)
        well, text = is_well(beat, now, alive), watcher_words(beat, now, alive)
        console.say(f"{shape('safe' if well else 'warn')} Watcher {text}")
        console.line({"schema": 1, "type": "watcher", "well": well, "text": text, "last_seen": beat.at})


def _show_lacks(home: Home, console: Console) -> None:
    """Which destinations missed an ingest, or are new."""
    working = working_since(home.settings, home.ledger)
    for place in home.settings.places():
        lack = lack_at(home.ledger, place.name, is_working=place.name in working)
        if lack.files:
            text = f"{place.name} lacks {files(lack.files)} of {files(lack.shoots, 'shoot')}, {size(lack.bytes)}"
            console.say(f"{shape('warn')} {text}: safelight catch-up")
            console.line({"schema": 1, "type": "lacks", "destination": place.name, **lack._asdict()})
