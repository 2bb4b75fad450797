"""Hand an agent to the system, ask for it, take it back. One of three systems; what is started is passed in."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ingest.agents import launchd, systemd, windows
from ingest.agents.agent import Agent, AgentFile
from ingest.disk.atomic import write_durably
from ingest.errors import SafelightError, UsageError

Start = Callable[[Sequence[str]], tuple[int, str]]  # a command -> (exit code, what it printed)
_SECONDS = 60


class State(StrEnum):
    """How an agent stands."""

    RUNS = "installed"
    DIFFERS = "installed, but for another command or time"
    STOPPED = "its file is there, but the system does not know it"
    ABSENT = "not installed"


@dataclass(frozen=True, slots=True)
class System:
    """Where agents are kept and by which commands. folder: of the files. on, off, ask: commands, in their order.

    gone: those that follow when the files are gone.
    """

    folder: Path
    files: Callable[[Agent], tuple[AgentFile, ...]]
    on: Callable[[Agent, Path], list[list[str]]]
    off: Callable[[Agent], list[list[str]]]
    ask: Callable[[Agent], list[str]]
    gone: tuple[list[str], ...] = ()


def system_here(platform: str = sys.platform, home: Path | None = None) -> System:
    """The means of this computer. home: of the person, whose own agents they are."""
    home = home or Path.home()
    if platform == "darwin":
        return _launchd(home)
    if platform == "win32":
        return _windows(home)
    return _systemd(home)


def _systemd(home: Path) -> System:
    manager = ["systemctl", "--user"]
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return System(
        config / "systemd" / "user",
        systemd.files,
        lambda agent, _: [[*manager, "daemon-reload"], [*manager, "enable", "--now", systemd.unit_name(agent)]],
        lambda agent: [[*manager, "disable", "--now", systemd.unit_name(agent)]],
        lambda agent: [*manager, "is-enabled", systemd.unit_name(agent)],
        ([*manager, "daemon-reload"],),
    )


def _launchd(home: Path) -> System:
    domain = f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui/0"
    return System(
        home / "Library" / "LaunchAgents",
        launchd.files,
        lambda _, file: [["launchctl", "bootstrap", domain, str(file)]],
        lambda agent: [["launchctl", "bootout", f"{domain}/{launchd.label(agent)}"]],
        lambda agent: ["launchctl", "print", f"{domain}/{launchd.label(agent)}"],
    )


def _windows(home: Path) -> System:
    return System(
        home / "AppData" / "Local" / "safelight" / "tasks",
        windows.files,
        lambda agent, file: [["schtasks", "/Create", "/F", "/TN", windows.task_name(agent), "/XML", str(file)]],
        lambda agent: [["schtasks", "/Delete", "/F", "/TN", windows.task_name(agent)]],
        lambda agent: ["schtasks", "/Query", "/TN", windows.task_name(agent)],
    )


def start(command: Sequence[str]) -> tuple[int, str]:
    """Run one of the system's own commands."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        return 127, f"there is no {command[0]}"
    except subprocess.TimeoutExpired:
        return 124, f"{command[0]} gave no answer"
    return ended.returncode, (ended.stderr.strip() or ended.stdout.strip())


def install(agent: Agent, system: System, run: Start = start) -> None:
    """Write the files and hand them over; one of the same name is replaced.

    Raises:
        UsageError: a path that the system cannot hold.
        SafelightError: the system refuses; what it said. No file of it stays then.
    """
    try:
        wanted = system.files(agent)
    except ValueError as error:
        raise UsageError(
            f"This cannot be handed to the system: {error}", hint="Move it to a folder of a plain name"
        ) from error
    if _installed(agent, system):
        uninstall(agent, system, run)
    system.folder.mkdir(parents=True, exist_ok=True)
    for file in wanted:
        write_durably(os.fsencode(system.folder), os.fsencode(file.path), file.data, replace=True)
    for command in system.on(agent, system.folder / wanted[-1].path):
        code, said = run(command)
        if code:
            uninstall(agent, system, run)
            raise SafelightError(
                f"The system did not take it: {said or f'{command[0]} ended with {code}'}",
                hint=f"It was asked by: {' '.join(command)}",
            )


def uninstall(agent: Agent, system: System, run: Start = start) -> bool:
    """Take it back; whether there was anything. What the system says of it is not waited for: its files go."""
    was_there = _installed(agent, system)
    for command in system.off(agent) if was_there else ():
        run(command)
    for file in system.files(agent):
        with contextlib.suppress(FileNotFoundError):
            (system.folder / file.path).unlink()
    for command in system.gone if was_there else ():
        run(command)
    return was_there


def _installed(agent: Agent, system: System) -> bool:
    return any((system.folder / file.path).exists() for file in system.files(agent))


def state_of(agent: Agent, system: System, run: Start = start) -> State:
    """Whether it is there as it would be written now, and the system knows it."""
    if not _installed(agent, system):
        return State.ABSENT
    for file in system.files(agent):
        path = system.folder / file.path
        if not path.exists() or path.read_bytes() != file.data:
            return State.DIFFERS
    return State.STOPPED if run(system.ask(agent))[0] else State.RUNS
