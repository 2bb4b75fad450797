"""A restore to where it was: the working copies of shoots that were released stand on their disk again."""

from collections.abc import Sequence

from ingest.cli.console import Console, paint, shape
from ingest.cli.do_release import one_shoot
from ingest.cli.do_repair import heal_these
from ingest.cli.home import Home
from ingest.errors import Exit, UsageError
from ingest.ledger.care_log import released_standings
from ingest.model.names import display
from ingest.words import files, size


def bring_released_back(home: Home, console: Console, what: Sequence[str]) -> int:
    """Each file from the nearest right copy, read back before it counts; gives 0 where all stand again."""
    shoots = [one_shoot(home, word) for word in what]
    names = ", ".join(shoot.name for shoot in shoots)
    if not any(released_standings(home.ledger, shoot.id) for shoot in shoots):
        raise UsageError(
            f"Nothing of {names} was released", hint="To bring it elsewhere, name an existing folder: --to"
        )
    report = heal_these(
        home,
        console,
        lambda: [each for shoot in shoots for each in released_standings(home.ledger, shoot.id)],
        "Restoring",
    )
    left = {**report.waiting, **report.failed}
    console.line(
        {
            "schema": 1, "type": "summary", "shoot": names, "files": report.copies, "restored": len(report.healed),
            "bytes": report.bytes_read, "failed": {display(path): why for (_, path), why in left.items()},
            "good": report.good,
        }
    )  # fmt: skip
    sign = paint(shape("safe"), "green") if report.good else paint(shape("do_not_format"), "red")
    back = f"{len(report.healed):,} of {files(report.copies)} back where they were"
    console.say(f"{sign} {names}: {back}, read back and equal, {size(report.bytes_read)}")
    for (place, path), why in left.items():
        console.say(f"    NOT restored: {place}: {display(path)}: {why}")
    return int(Exit.OK if report.good else Exit.CARE_FAILED)
