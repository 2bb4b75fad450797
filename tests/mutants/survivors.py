"""`make mutants`: what decides broken in one place at a time; a change that no test sees must stand in SURVIVORS.md.

A listed survivor is a line `- file function: text -> text`: what the mutant takes away and what it puts there instead.
It holds wherever the line moves, and ends when the text does: one that no longer survives is told as well.
Those that change the case of SQL alone need no line: they are counted.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mutmut.__main__ import get_diff_for_mutant
from sql_case import REASON, only_case_of_sql

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MUTANTS = ROOT / "mutants"
LISTED = HERE / "SURVIVORS.md"
KILLED = {1, 3, 36, 24, -24, 152, 255}  # pytest failed, or the mutant went round for ever


def run() -> int:
    """All mutants anew, by one process: the same tests with the same examples each time."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(HERE)}, check=False).returncode


def results() -> dict[str, dict[str, int | None]]:
    """File -> mutant -> how its tests ended, None where they did not run; files without mutants are left out."""
    found = {}
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        if codes:
            found[str(path.relative_to(MUTANTS)).removesuffix(".meta")] = codes
    return found


def change_of(file: str, mutant: str) -> tuple[str, str, str]:
    """(`function`, text that is taken away, text that is put there)."""
    diff = get_diff_for_mutant(mutant, path=file).splitlines()[2:]
    taken, given = (" ".join(line[1:].strip() for line in diff if line[0] == sign) for sign in "-+")
    function = re.sub(r"^x[_ǁ]", "", mutant.rpartition("__mutmut_")[0].rpartition(".")[2]).replace("ǁ", ".")
    return function, taken, given


def compare(found: set[str], listed: set[str]) -> tuple[list[str], list[str]]:
    """(survivors that are not listed, listed ones that did not survive)."""
    return sorted(found - listed), sorted(listed - found)


def listed(text: str) -> set[str]:
    """The survivors that SURVIVORS.md names."""
    return set(re.findall(r"^- (ingest/.+)$", text, re.M))


def main() -> int:
    """Non-zero where a mutant survived that is not listed, or a listed one no longer does."""
    if status := run():
        return status
    survived = set()
    for file, codes in results().items():
        alive = [mutant for mutant, code in codes.items() if code not in KILLED]
        changes = [change_of(file, mutant) for mutant in alive]
        told = [change for change in changes if not only_case_of_sql(file, *change[1:])]
        counts = f"{len(codes) - len(alive)} killed, {len(told)} survived"
        print(f"{file}: {counts}" + (f", {len(alive) - len(told)} change {REASON}" if len(alive) > len(told) else ""))
        survived |= {f"{file} {function}: {taken} -> {given}" for function, taken, given in told}
    unlisted, gone = compare(survived, listed(LISTED.read_text(encoding="utf-8")))
    for title, lines in (("Not listed in SURVIVORS.md:", unlisted), ("Listed, but did not survive:", gone)):
        print("\n- ".join((title, *lines)) if lines else f"{title} none")
    return int(bool(unlisted or gone))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
