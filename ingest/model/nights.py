"""A night: what was done by itself, step by step."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    NOTHING = "nothing to do"
    LATER = "later"  # something is left, and the next night goes on
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. words: what it did, or what is wrong and what to do. exit: of the error, 0 for none."""

    name: str
    outcome: Outcome
    words: str = ""
    exit: int = 0


@dataclass(frozen=True, slots=True)
class Night:
    """Seconds since 1970 UTC; steps in their order."""

    began: float
    ended: float
    steps: tuple[Step, ...]

    @property
    def failed(self) -> tuple[Step, ...]:
        """Those that a person must look at."""
        return tuple(step for step in self.steps if step.outcome is Outcome.FAILED)
