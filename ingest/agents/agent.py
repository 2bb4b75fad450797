"""What the system is to start, and the files that say so. Pure."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Agent:
    """A command that runs by itself. name: one word. command: absolute program first, then its arguments.

    at: when, each day by this computer's clock; None: from log-in on, and again when it fails.
    """

    name: str
    title: str
    command: tuple[str, ...]
    at: time | None = None


@dataclass(frozen=True, slots=True)
class AgentFile:
    """A file for the system. path: below the folder where it looks for such files."""

    path: str
    data: bytes


def refuse_unsayable(agent: Agent) -> None:
    """No such file can hold a line break or a NUL in a command; nobody's folder should be called so.

    Raises:
        ValueError: one of them does.
    """
    for word in (*agent.command, agent.title):
        if any(ord(character) < 32 or ord(character) == 127 for character in word):
            raise ValueError(f"{word!r} holds a control character")
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{word!r} is no valid Unicode") from None
