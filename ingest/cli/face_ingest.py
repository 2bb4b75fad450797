"""Prints the events of a session: the screen of the first moment for people, JSON lines for programs."""

import time
from typing import Any

from ingest import events
from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.screen_tags import tag_lines
from ingest.cli.words import clock, day, files, shown_uuid, size
from ingest.gate.certificate import example_names
from ingest.model.names import display

_NEXT_PROGRESS = 1.0


class JsonFace:
    """Every event as one JSON line; progress at most once a second, and how far a stage came at its end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = 0.0
        self._held: events.Progressed | None = None

    def __call__(self, event: events.Event) -> None:
        """Print one event."""
        if isinstance(event, events.Progressed):
            now = time.monotonic()
            if now - self._last < _NEXT_PROGRESS:
                self._held = event
                return
            self._last = now
        elif self._held:
            self._console.line(self._held.to_json())
        self._held = None
        self._console.line(event.to_json())

    def close(self) -> None:
        """Nothing to take away."""


class TerminalFace:
    """The screen of an ingest, from top to bottom: card, what was found, bars, warnings."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(shown=console.shows_bars)
        self._stage = ""

    def __call__(self, event: events.Event) -> None:
        """Print one event."""
        if not isinstance(event, events.Progressed):
            self._bars.close()
        printer = getattr(self, "_on_" + type(event).__name__.lower(), None)
        if printer:
            printer(event)

    def close(self) -> None:
        """Take the bars away, also after an error."""
        self._bars.close()

    def _on_cardfound(self, event: events.CardFound) -> None:
        seen = ""
        if event.last_seen:
            seen = f"    last seen {day(event.last_seen, time.time())}"
        kind = f"a folder on {event.fs_type}" if event.is_folder else f"{size(event.size)} · {event.fs_type}"
        name = " · ".join(filter(None, (event.label, kind, shown_uuid(event.uuid))))
        self._console.say(f"Card   {name}{seen}")
        self._console.say(f"Found  {files(event.files, 'entry').replace('entrys', 'entries')}   {size(event.bytes)}")

    def _on_destinationready(self, event: events.DestinationReady) -> None:
        if event.first_use:
            self._console.note(f"  {event.name}: first use, marked as a destination ({display(event.root)})")

    def _on_destinationproblem(self, event: events.DestinationProblem) -> None:
        self._console.say(f"  {shape('warn')} {event.name}: {event.problem}")
        if event.hint:
            self._console.say(f"    {event.hint}")

    def _on_planmade(self, event: events.PlanMade) -> None:
        self._console.say(f"  {event.to_copy:>6,} to copy       {size(event.bytes_to_copy)}")
        if event.already_safe:
            self._console.say(f"  {event.already_safe:>6,} safe before")
        if event.left_out:
            rules = ", ".join(f"{count} x {rule}" for rule, count in sorted(event.left_out_by.items()))
            self._console.say(f"  {event.left_out:>6,} left out      {rules}")
        if event.unreadable:
            self._console.say(f"  {event.unreadable:>6,} cannot be copied")
        for shoot in event.shoots:
            self._console.say(
                f"Shoot  {shoot['name']} · {shoot['days']} · {files(shoot['files'])} -> {shoot['folder']}"
            )
        for source, target in event.examples:
            self._console.note(f"         {source} -> {target}")

    def _on_phase(self, event: events.Phase) -> None:
        self._stage = event.name
        if event.name == "copying":
            bars = {}
            for name, total in event.totals.items():
                bars[f"Copying {name}"] = total
                bars[f"Proving {name}"] = total
            self._bars.begin(bars)
        elif event.total:
            self._bars.begin({event.name.capitalize(): event.total})
        else:
            self._bars.begin({})

    def _on_progressed(self, event: events.Progressed) -> None:
        if self._stage == "copying":
            done: dict[str, int] = {f"Copying {name}": count for name, count in event.copied.items()}
            done |= {f"Proving {name}": count for name, count in event.proven.items()}
            self._bars.show(done)
        else:
            self._bars.show({self._stage.capitalize(): event.read})

    def _on_startediting(self, _event: events.StartEditing) -> None:
        text = "Every copy is proven: start editing if you like, but do not format yet."
        self._console.say(f"{clock(time.time())}  {text}")

    def _on_warned(self, event: events.Warned) -> None:
        names = f": {example_names(event.paths, 8)}" if event.paths else ""
        self._console.say(f"  {shape('warn')} {event.text}{names}")

    def _on_tagged(self, event: events.Tagged) -> None:
        for line in tag_lines(event.catalog, event.facts, time.time()):
            self._console.say(line)

    def _on_queued(self, event: events.Queued) -> None:
        text = f"{files(event.files)} queued for {event.bucket}, {size(event.bytes)}; not needed for formatting."
        self._console.say(f"  Cloud: {text}")


def face_for(console: Console) -> Any:
    """The printer that fits how the command was called."""
    return JsonFace(console) if console.json else TerminalFace(console)
