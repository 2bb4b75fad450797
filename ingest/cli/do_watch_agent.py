"""Install the watcher with the system, ask how it is, take it back."""

import os
from pathlib import Path

from ingest.agents.install import Start, State, System, install, start, state_of, system_here, uninstall
from ingest.cli.console import Console, shape
from ingest.errors import Exit
from ingest.model.names import display
from ingest.stream.watcher import INSTALL, is_watching, is_well, watcher_beat, watcher_words
from ingest.watch.agent import watch_agent


def run_watch_agent(
    home: Path, console: Console, what: str, now: float, system: System | None = None, run: Start = start
) -> int:
    """what: "install", "status" or "uninstall". Gives 0; for `status` 11 where no card would be noticed now."""
    system, agent = system or system_here(), watch_agent(home)
    if what == "install":
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        install(agent, system, run)
        _say(console, system, State.RUNS, f"{shape('safe')} `safelight watch` runs from log-in on, and from now on")
        return int(Exit.OK)
    if what == "uninstall":
        was_there = uninstall(agent, system, run)
        _say(console, system, State.ABSENT, "Taken back" if was_there else "It was not installed")
        return int(Exit.OK)
    state, beat = state_of(agent, system, run), watcher_beat(home)
    alive = is_watching(beat)
    well, words = is_well(beat, now, alive), watcher_words(beat, now, alive)
    hint = "" if state is State.RUNS or INSTALL in words else f". Install it with: {INSTALL}"
    _say(console, system, state, f"{shape('safe' if well else 'warn')} {words}", watcher=words, well=well)
    console.say(f"  {state.value}{hint}")
    return int(Exit.OK if well else Exit.NOT_YET)


def _say(console: Console, system: System, state: State, text: str, **facts: object) -> None:
    folder = display(os.fsencode(system.folder))
    console.line({"schema": 1, "type": "summary", "state": state.name.lower(), "folder": folder, **facts})
    console.say(text)
    if state is not State.ABSENT:
        console.say(f"  in {folder}")
