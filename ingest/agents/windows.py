"""Tasks for Windows' Task Scheduler (Task Scheduler schema 1.2, [MS-TSCH]). Pure."""

import subprocess  # for its rules of quoting alone: nothing is started here
from xml.sax.saxutils import escape

from ingest.agents.agent import Agent, AgentFile, refuse_unsayable

_SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"


def task_name(agent: Agent) -> str:
    """By which the scheduler knows it."""
    return f"Safelight\\{agent.name}"


def files(agent: Agent) -> tuple[AgentFile, ...]:
    """One task, in UTF-16 as the scheduler itself writes it. A night that was slept through is made up for.

    Raises:
        ValueError: a path that it cannot hold.
    """
    refuse_unsayable(agent)
    if any("%" in word for word in agent.command):
        raise ValueError("a path holds a %, which the scheduler takes for the name of a variable")
    text = (
        f'<?xml version="1.0" encoding="UTF-16"?>\n<Task version="1.2" xmlns="{_SPACE}">\n'
        f"  <RegistrationInfo><Description>Safelight: {escape(agent.title)}</Description></RegistrationInfo>\n"
        f"  <Triggers>{_trigger(agent)}</Triggers>\n"
        '  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType>'
        "<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>\n"
        f"  <Settings>{_settings(agent)}</Settings>\n"
        f'  <Actions Context="Author"><Exec>{_action(agent)}</Exec></Actions>\n</Task>\n'
    )
    return (AgentFile(f"safelight-{agent.name}.xml", text.encode("utf-16")),)


def _trigger(agent: Agent) -> str:
    if agent.at is None:
        return "<LogonTrigger><Enabled>true</Enabled></LogonTrigger>"
    return (
        f"<CalendarTrigger><StartBoundary>2020-01-01T{agent.at:%H:%M}:00</StartBoundary><Enabled>true</Enabled>"
        "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>"
    )


def _settings(agent: Agent) -> str:
    """The scheduler ends what runs longer than three days, and waits for the mains, unless it is told otherwise."""
    again = "<RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>" if not agent.at else ""
    return (
        "<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>"
        "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>"
        "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries><StartWhenAvailable>true</StartWhenAvailable>"
        f"{again}<Enabled>true</Enabled><ExecutionTimeLimit>PT0S</ExecutionTimeLimit>"
    )


def _action(agent: Agent) -> str:
    program, *words = agent.command
    return f"<Command>{escape(program)}</Command><Arguments>{escape(subprocess.list2cmdline(words))}</Arguments>"
