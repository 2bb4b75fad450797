"""Print whether the ledger is sound."""

from pathlib import Path

from ingest.cli.bars import working
from ingest.cli.console import Console, paint, shape
from ingest.cli.home import LEDGER
from ingest.errors import Exit
from ingest.ledger.soundness import look, opened_to_look
from ingest.words import files, size

_SHOWN = 20
NEXT_STEP = "Keep the file; nothing is said to be safe by it. Then run: safelight ledger rebuild"


def run_ledger_check(folder: Path, console: Console) -> int:
    """Gives 0 for a sound ledger, 19 for a damaged one."""
    path = folder / LEDGER
    with opened_to_look(path) as ledger, working(console, "Looking at the whole ledger"):
        found = look(ledger)
    code = Exit.LEDGER if found.problems else Exit.OK
    console.line(
        {
            "schema": 1, "type": "summary", "ledger": str(path), "ledger_schema": found.schema,
            "sound": not found.problems, "problems": list(found.problems), "rows": found.rows,
            "hint": NEXT_STEP if found.problems else "", "exit": int(code),
        }
    )  # fmt: skip
    if not found.problems:
        counted = ", ".join(f"{files(found.rows[table], word)}" for table, word in _COUNTED)
        console.say(f"{paint(shape('safe'), 'green')} ledger sound   {size(path.stat().st_size)}: {counted}")
        return int(code)
    console.say(f"{paint(shape('do_not_format'), 'red')} ledger DAMAGED   {path}")
    for problem in found.problems[:_SHOWN]:
        console.say(f"    {problem}")
    if len(found.problems) > _SHOWN:
        console.say(f"    and {len(found.problems) - _SHOWN:,} more")
    console.say(f"  {NEXT_STEP}")
    return int(code)


_COUNTED = (("card", "card"), ("shoot", "shoot"), ("asset", "content"), ("proof", "proof"), ("verdict", "verdict"))
