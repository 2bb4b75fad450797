"""Install the night's work with the system, ask for it, take it back."""

import contextlib
import os
from datetime import time
from pathlib import Path

from ingest.agents.agent import Agent
from ingest.agents.install import Start, State, System, install, start, state_of, system_here, uninstall
from ingest.cli.console import Console, shape
from ingest.cli.home import SCHEDULE, installed_at
from ingest.config.values import day_starts
from ingest.disk.atomic import write_durably
from ingest.errors import Exit, UsageError
from ingest.model.names import display
from ingest.watch.children import command_of


def nightly_agent(home: Path, at: time) -> Agent:
    """The night's work. It is started by this very Python, whatever the PATH of the system's own manager is."""
    return Agent("nightly", "what is done each night", tuple(command_of(home, ["nightly"])), at)


def run_schedule(
    home: Path, console: Console, what: str, at: str, now: float, system: System | None = None, run: Start = start
) -> int:
    """Gives 0; for `status` 11 where it is not installed as it should be."""
    system = system or system_here()
    known = installed_at(home)
    if what == "install":
        agent = nightly_agent(home, _clock(at))
        install(agent, system, run)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        since = known[1] if known else now
        text = f"{agent.at:%H:%M} {since:.0f}\n"
        write_durably(os.fsencode(home), SCHEDULE.encode(), text.encode(), replace=True)
        text = f"{shape('safe')} `safelight nightly` runs each night at {agent.at:%H:%M}"
        return _say(console, State.RUNS, agent, system, text)
    agent = nightly_agent(home, known[0] if known else time(2, 30))
    if what == "uninstall":
        was_there = uninstall(agent, system, run)
        with contextlib.suppress(FileNotFoundError):
            (home / SCHEDULE).unlink()
        return _say(console, State.ABSENT, agent, system, "Taken back" if was_there else "It was not installed")
    state = state_of(agent, system, run)
    sign = shape("safe") if state is State.RUNS else shape("warn")
    when = f", each night at {agent.at:%H:%M}" * (state is State.RUNS)
    hint = "" if state is State.RUNS else ". Install it with: safelight schedule install"
    _say(console, state, agent, system, f"{sign} {state.value}{when}{hint}")
    return int(Exit.OK if state is State.RUNS else Exit.NOT_YET)


def _clock(text: str) -> time:
    try:
        return day_starts(text)
    except ValueError as error:
        raise UsageError(f"--at {error}", hint="Say it like 02:30") from None


def _say(console: Console, state: State, agent: Agent, system: System, text: str) -> int:
    folder = display(os.fsencode(system.folder))
    at = f"{agent.at:%H:%M}" if state is not State.ABSENT else ""
    console.line({"schema": 1, "type": "summary", "state": state.name.lower(), "at": at, "folder": folder})
    console.say(text)
    if state is not State.ABSENT:
        console.say(f"  in {folder}")
    return int(Exit.OK)
