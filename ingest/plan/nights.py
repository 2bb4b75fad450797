"""When a night's work was missed, and the report of one that was not. Pure."""

from datetime import UTC, datetime

from ingest.model.nights import Night, Outcome

GRACE = 36 * 3600.0  # seconds behind the last night until one counts as missed: clocks change, laptops sleep late
_DAY = 86400.0


def missed(last: float | None, installed: float | None, now: float) -> int:
    """How many nights were missed, 0 for none. last: when the last one began; installed: since when they are expected.

    A last night in the future, by a clock that was wrong, says nothing.
    """
    if installed is None or installed > now:
        return 0
    since = max(installed, last if last is not None and last <= now else 0.0)
    return int((now - since) // _DAY) if now - since > GRACE else 0


def report(night: Night, station: str) -> str:
    """One short page of text."""
    began = datetime.fromtimestamp(night.began, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"Safelight, the night of {began}, station {station}: {sentence(night)}", ""]
    lines += [f"{step.outcome.value:<14} {step.name}{f': {step.words}' * bool(step.words)}" for step in night.steps]
    return "\n".join([*lines, ""])


def sentence(night: Night) -> str:
    """What matters of it."""
    if night.failed:
        return f"{len(night.failed)} of {len(night.steps)} steps FAILED: {', '.join(s.name for s in night.failed)}"
    later = [step.name for step in night.steps if step.outcome is Outcome.LATER]
    return f"all is well; more is left of {', '.join(later)}" if later else "all is well"
