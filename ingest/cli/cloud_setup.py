"""What a setup of the cloud was asked for, and what it says and asks on the terminal."""

import dataclasses
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ingest.cli.cloud_table import CloudTable
from ingest.cli.console import Console, shape
from ingest.cli.typed import typed
from ingest.cloud.hygiene import Finding, Level

SECONDS = 60.0  # that each question to the service may take
_SIGNS = {Level.STOP: "do_not_format", Level.WARN: "warn", Level.GOOD: "safe", Level.OFFER: "not_yet"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says; lock: days, 0 for none. ask: questions are allowed where there is a terminal."""

    bucket: str | None = None
    prefix: str | None = None
    realm: str | None = None
    lock: int = 0
    _: dataclasses.KW_ONLY
    encrypt: bool = False
    save_key: bool = False
    yes: bool = False
    ask: bool = True


@dataclass(slots=True)
class Setup:
    """A setup on its way. found: what was told so far. undone: what was asked for and not done."""

    folder: Path
    console: Console
    wishes: Wishes
    table: CloudTable
    found: list[Finding] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)

    def tell(self, finding: Finding) -> None:
        """Print it, and keep it for the summary."""
        self.found.append(finding)
        self.console.line({"schema": 1, "type": "finding", **dataclasses.asdict(finding)})
        self.console.say(f"{shape(_SIGNS[finding.level])} {finding.what:<11} {finding.text}")
        if finding.todo:
            self.console.say(f"  {'':<11} -> {finding.todo}")

    def not_done(self, what: str, why: str, way: str) -> None:
        """Tell that a wish stays one."""
        self.undone.append(what)
        self.tell(Finding(what, Level.WARN, f"not done: {why}", way))

    def count(self, level: Level) -> int:
        """How many findings of a level were told."""
        return sum(finding.level is level for finding in self.found)

    @property
    def asks(self) -> bool:
        """There is somebody to ask."""
        return self.wishes.ask and sys.stdin.isatty()

    def agreed(self, question: str) -> bool:
        """--yes, or a y that was typed."""
        return self.wishes.yes or (self.asks and answered(f"{question} [y/N] ").casefold() in ("y", "yes"))


def answered(question: str) -> str:
    """One line of an answer, "" where there is none."""
    try:
        return typed(question)
    except EOFError:  # Ctrl-D is no answer
        return ""
