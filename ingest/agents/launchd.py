"""Property lists for launchd's agents (launchd.plist(5)). Pure."""

import plistlib

from ingest.agents.agent import Agent, AgentFile, refuse_unsayable


def label(agent: Agent) -> str:
    """By which launchd knows it."""
    return f"app.safelight.{agent.name}"


def files(agent: Agent) -> tuple[AgentFile, ...]:
    """For `~/Library/LaunchAgents`. A night that the Mac slept through is made up for by launchd itself.

    Raises:
        ValueError: a path that it cannot hold.
    """
    refuse_unsayable(agent)
    plist: dict[str, object] = {
        "Label": label(agent),
        "ProgramArguments": list(agent.command),
        "ProcessType": "Background",
    }
    if agent.at is None:
        plist |= {"RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}, "ThrottleInterval": 10}
    else:
        plist |= {"StartCalendarInterval": {"Hour": agent.at.hour, "Minute": agent.at.minute}, "LowPriorityIO": True}
    return (AgentFile(f"{label(agent)}.plist", plistlib.dumps(plist)),)
