"""The pure gate: a Verdict is computed from its evidence and can be made in no other way."""

from dataclasses import dataclass, field
from enum import StrEnum

from ingest.gate.evidence import CardEvidence, Policy
from ingest.gate.reasons import DO_NOT, Reason, reasons_against


class Level(StrEnum):
    """The three answers. Shape, word and colour of each belong to the faces."""

    SAFE = "safe"
    NOT_YET = "not_yet"
    DO_NOT_FORMAT = "do_not_format"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one card at one moment. at: seconds since 1970 UTC.

    reasons and level are not given but found: whoever wants a SAFE verdict must show evidence against which no reason
    speaks. reasons is empty exactly when the level is SAFE; a failure or something unexplained is DO NOT FORMAT,
    missing work or a missing device NOT YET.
    """

    evidence: CardEvidence
    policy: Policy
    at: float
    reasons: tuple[Reason, ...] = field(init=False)
    level: Level = field(init=False)

    def __post_init__(self) -> None:
        against = reasons_against(self.evidence, self.policy)
        object.__setattr__(self, "reasons", against)
        object.__setattr__(self, "level", _level(against))

    @property
    def is_safe(self) -> bool:
        """True for SAFE TO FORMAT alone."""
        return self.level is Level.SAFE


def _level(against: tuple[Reason, ...]) -> Level:
    if not against:
        return Level.SAFE
    if any(reason.code in DO_NOT for reason in against):
        return Level.DO_NOT_FORMAT
    return Level.NOT_YET


def judge(evidence: CardEvidence, policy: Policy, at: float) -> Verdict:
    """The verdict that this evidence carries."""
    return Verdict(evidence, policy, at)
