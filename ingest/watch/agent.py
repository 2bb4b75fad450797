"""How the system itself starts the watcher at log-in."""

from pathlib import Path

from ingest.agents.agent import Agent
from ingest.watch.children import command_of


def watch_agent(home: Path) -> Agent:
    """The watcher of this home, from log-in on. It is started by this very Python, whatever the PATH there is.

    Whether it begins by itself is `[watch] start` of the settings: a change needs no new installation.
    """
    return Agent("watch", "notices cards", tuple(command_of(home, ["watch"])))
