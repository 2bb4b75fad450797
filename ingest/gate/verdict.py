"""The pure gate: `judge(evidence, policy)` gives the verdict; SAFE can be built from complete evidence only."""

from dataclasses import dataclass
from enum import StrEnum

from ingest.gate.evidence import CardEvidence, Policy
from ingest.gate.reasons import DO_NOT, Reason, reasons_against


class Level(StrEnum):
    """The three answers. Shape, word and colour of each belong to the faces."""

    SAFE = "safe"
    NOT_YET = "not_yet"
    DO_NOT_FORMAT = "do_not_format"


class UnearnedSafeError(AssertionError):
    """Somebody tried to build a SAFE verdict whose evidence does not carry it. A bug; nothing was said to the user."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one card at one moment. at: seconds since 1970 UTC. reasons: empty exactly when SAFE.

    Raises:
        UnearnedSafeError: level SAFE with evidence that does not prove every file (checked at construction).
    """

    level: Level
    at: float
    reasons: tuple[Reason, ...]
    evidence: CardEvidence
    policy: Policy

    def __post_init__(self) -> None:
        against = reasons_against(self.evidence, self.policy)
        if self.level is Level.SAFE and (against or self.reasons):
            raise UnearnedSafeError("; ".join(reason.text for reason in against) or "a SAFE verdict carries no reasons")
        if self.level is not Level.SAFE and not self.reasons:
            raise UnearnedSafeError("a verdict that is not SAFE must say why")

    @property
    def is_safe(self) -> bool:
        """True for SAFE TO FORMAT alone."""
        return self.level is Level.SAFE


def judge(evidence: CardEvidence, policy: Policy, at: float) -> Verdict:
    """SAFE when nothing speaks against it; DO NOT FORMAT when something failed or is unexplained; else NOT YET."""
    against = reasons_against(evidence, policy)
    if not against:
        level = Level.SAFE
    elif any(reason.code in DO_NOT for reason in against):
        level = Level.DO_NOT_FORMAT
    else:
        level = Level.NOT_YET
    return Verdict(level, at, against, evidence, policy)
