"""The exit code that says the same as the verdict, and more exactly why not."""

from ingest.errors import Exit
from ingest.gate.verdict import Level, Verdict

_BY_REASON = (
    ("interrupted", Exit.INTERRUPTED),
    ("mismatch", Exit.MISMATCH),
    ("unreadable", Exit.UNREADABLE_FILES),
    ("unlistable", Exit.UNREADABLE_FILES),
    ("destination", Exit.DESTINATION),
    ("same device", Exit.DESTINATION),
    ("too few destinations", Exit.DESTINATION),
)


def exit_of_check(verdict: Verdict) -> Exit:
    """`safelight check` answers with the level alone."""
    return {Level.SAFE: Exit.OK, Level.NOT_YET: Exit.NOT_YET, Level.DO_NOT_FORMAT: Exit.DO_NOT_FORMAT}[verdict.level]


def exit_of_ingest(verdict: Verdict) -> Exit:
    """`safelight ingest` names the gravest cause that a script can act on."""
    codes = {reason.code for reason in verdict.reasons}
    for code, value in _BY_REASON:
        if code in codes:
            return value
    return exit_of_check(verdict)
