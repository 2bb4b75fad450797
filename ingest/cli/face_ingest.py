"""Prints the events of a session: the screen of the first moment for people, JSON lines for programs."""

import time
from typing import Any

from ingest import events
from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.pace import Pace
from ingest.model.names import display
from ingest.tagging.told import tag_lines
from ingest.words import clock, day, files, shown_uuid, size, speed

_NEXT_PROGRESS = 1.0
_NEXT_LINE = 60.0  # seconds between two lines of a log, where no bar can be shown
_ASIDE = (events.Warned, events.DestinationProblem)  # told while a stage goes on


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
    """The screen of an ingest, from top to bottom: card, what was found, bars, warnings.

    What draws is imported when there is something to draw: by then the card is being read.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars.on(console)
        self._phase: events.Phase | None = None
        self._step: events.Progressed | None = None
        self._began = self._next_line = 0.0
        self._pace = Pace(0.0)
        self._fed: set[str] = set()

    def __call__(self, event: events.Event) -> None:
        """Print one event."""
        if isinstance(event, events.Progressed):
            self._on_progressed(event)
            return
        if not isinstance(event, _ASIDE):
            self._end_stage()
        printer = getattr(self, "_on_" + type(event).__name__.lower(), None)
        if printer:
            with self._bars.aside():
                printer(event)

    def close(self) -> None:
        """Take the bars away, also after an error."""
        self._end_stage()

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
        self._phase, self._step = event, None
        self._began = time.monotonic()
        self._next_line, self._pace = self._began + _NEXT_LINE, Pace(self._began)
        if event.name == "copying":
            self._begin_copying(event)
        elif event.total or event.name in ("opening", "manifests"):
            self._begin_stage(event)

    def _begin_stage(self, phase: events.Phase) -> None:
        from ingest.cli.screen_progress import stage_title

        if phase.total:
            self._bars.begin({stage_title(phase.name): phase.total})
        else:
            self._bars.busy(stage_title(phase.name))

    def _begin_copying(self, phase: events.Phase) -> None:
        from ingest.cli.screen_progress import copy_lines

        lanes = [name for name, count in phase.files_by.items() if count]
        for name in sorted(phase.limits.keys() & set(lanes)):
            self._note(f"  {name} is held to {speed(phase.limits[name])}, written and read back together")
        if lanes:
            self._bars.draw(lambda width: copy_lines(phase, self._step, width, self._bars.tones), len(lanes) + 2)

    def _on_progressed(self, event: events.Progressed) -> None:
        from ingest.cli.screen_progress import plain_line, stage_title

        self._step = event
        if self._phase is None:
            return
        for name in sorted(set(event.feeding) - self._fed):
            self._fed.add(name)
            with self._bars.aside():
                self._note(f"  {name} gets its files from a proven copy for now; the others do not wait for it")
        if self._phase.name == "copying":
            self._bars.redraw()
        elif not self._console.plain:
            self._bars.show({stage_title(self._phase.name): event.read})
        if self._is_line_due(self._phase, event):
            self._note(plain_line(self._phase, event))

    def _is_line_due(self, phase: events.Phase, event: events.Progressed) -> bool:
        """Where no bar is shown: a line a minute in a log, and at the pace of speech where it is read aloud."""
        now = time.monotonic()
        if self._console.plain:
            percent = event.percent if phase.name == "copying" else 100 * event.read // max(1, phase.total)
            return phase.total > 0 and self._pace.is_due(now, percent or 0)
        if self._console.shows_bars or now < self._next_line:
            return False
        self._next_line = now + _NEXT_LINE
        return True

    def _end_stage(self) -> None:
        self._bars.close()
        if self._phase and self._step:
            from ingest.cli.screen_progress import end_lines

            for line in end_lines(self._phase, self._step, time.monotonic() - self._began):
                self._note(line)
        self._phase = self._step = None

    def _note(self, text: str) -> None:
        if not self._console.quiet:
            self._console.note(text)

    def _on_startediting(self, _event: events.StartEditing) -> None:
        text = "Every copy is proven: start editing if you like, but do not format yet."
        self._console.say(f"{clock(time.time())}  {text}")

    def _on_warned(self, event: events.Warned) -> None:
        from ingest.gate.certificate import example_names

        names = f": {example_names(event.paths, 8)}" if event.paths else ""
        self._console.say(f"  {shape('warn')} {event.text}{names}")

    def _on_tagged(self, event: events.Tagged) -> None:
        for line in tag_lines(event.catalog, event.facts, time.time()):
            self._console.say(line)

    def _on_sidecars(self, event: events.Sidecars) -> None:
        counts = (
            (event.written, "written"),
            (event.merged, "merged"),
            (event.same, "as they were"),
            (event.left, "left"),
        )
        told = [f"{count:,} {word}" for count, word in counts if count]
        if event.older:
            told.append(f"{files(event.older)} from before stay as they are")
        self._console.say(f"  Sidecars on {event.name}: {', '.join(told) or 'no raw files'}")

    def _on_queued(self, event: events.Queued) -> None:
        text = f"{files(event.files)} queued for {event.bucket}, {size(event.bytes)}; not needed for formatting."
        self._console.say(f"  Cloud: {text}")


def face_for(console: Console) -> Any:
    """The printer that fits how the command was called."""
    return JsonFace(console) if console.json else TerminalFace(console)
