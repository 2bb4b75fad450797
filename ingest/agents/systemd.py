"""Units for systemd's user manager (systemd.service(5), systemd.timer(5)). Pure."""

from ingest.agents.agent import Agent, AgentFile, refuse_unsayable


def unit_name(agent: Agent) -> str:
    """The unit that is enabled: a timer, or the service itself."""
    return f"safelight-{agent.name}.{'timer' if agent.at else 'service'}"


def files(agent: Agent) -> tuple[AgentFile, ...]:
    """For `~/.config/systemd/user`.

    Raises:
        ValueError: a path that no unit can hold.
    """
    refuse_unsayable(agent)
    if set(agent.command[0]) & set("\"'\\"):  # systemd 252: "Executable name contains special characters"
        raise ValueError(f"{agent.command[0]} holds a quote or a backslash, and systemd starts no such program")
    service = AgentFile(f"safelight-{agent.name}.service", _service(agent).encode())
    if agent.at is None:
        return (service,)
    return (service, AgentFile(unit_name(agent), _timer(agent).encode()))


def _service(agent: Agent) -> str:
    program, *words = agent.command
    command = " ".join((f'"{_percent(program)}"', *map(_quoted, words)))
    lines = ["[Unit]", f"Description=Safelight: {_percent(agent.title)}", "", "[Service]"]
    if agent.at is None:
        lines += ["Type=exec", "Restart=on-failure", "RestartSec=10", "SuccessExitStatus=130"]
        lines += ["KillMode=mixed", "TimeoutStopSec=150"]  # it tells its children itself, and sees them end
    else:
        lines += ["Type=oneshot", "Nice=10", "IOSchedulingClass=idle"]
    lines.append(f"ExecStart={command}")
    if agent.at is None:
        lines += ["", "[Install]", "WantedBy=default.target"]
    return "\n".join([*lines, ""])


def _timer(agent: Agent) -> str:
    """Persistent: a night that the computer slept through is made up for when it wakes."""
    assert agent.at is not None
    return "\n".join(
        [
            "[Unit]", f"Description=Safelight: {_percent(agent.title)}", "", "[Timer]",
            f"OnCalendar=*-*-* {agent.at:%H:%M}:00", "Persistent=true", "", "[Install]", "WantedBy=timers.target", "",
        ]
    )  # fmt: skip


def _quoted(word: str) -> str:
    """As systemd reads back a word: backslash and quote escaped, `%` no specifier, `$` no variable."""
    text = _percent(word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$"))
    return f'"{text}"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")
