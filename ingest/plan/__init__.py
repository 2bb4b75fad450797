"""What to do with a card: objects, shoots, names and one disposition for every entry. Pure; nothing is touched."""

from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.planned import (
    CardTag,
    ExistingShoot,
    IngestPlan,
    KnownContent,
    PlanCounts,
    PlannedFile,
    PlanSettings,
    ShootPlan,
    TakenName,
    taken_names,
)
from ingest.plan.preview import preview

__all__ = [
    "CardTag",
    "ExistingShoot",
    "IngestPlan",
    "KnownContent",
    "LedgerView",
    "PlanCounts",
    "PlanSettings",
    "PlannedFile",
    "ShootPlan",
    "TakenName",
    "plan_card",
    "preview",
    "taken_names",
]
