"""Mutants that write SQL in another case are equivalent: SQLite reads keywords, tables and columns in any case."""

import re

REASON = "only the case of SQL, which SQLite ignores"
_TEXT = re.compile(r'("(?:[^"\\]|\\.)*")')
_SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|WHERE|VALUES|SET|AND|OR|CASE|WHEN|EXISTS|ORDER BY|GROUP BY|LIMIT|"
    r"ON CONFLICT|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|VACUUM)\b"
)
_EXACT = re.compile(r"('[^']*'|[:@$]\w+|\{[^}]*\})")  # literals, named values, what Python puts in


def only_case_of_sql(file: str, taken: str, given: str) -> bool:
    """Whether one line became the other by the case of SQL texts alone; quoted literals must be the same to the letter.

    Only texts of the ledger that hold a keyword in capitals are taken for SQL: a state's name alone is a value.
    """
    if not file.startswith("ingest/ledger/") or taken == given:
        return False
    before, after = _TEXT.split(taken), _TEXT.split(given)
    return len(before) == len(after) and all(
        one == other or (nth % 2 == 1 and _same_sql(one, other))
        for nth, (one, other) in enumerate(zip(before, after, strict=True))
    )


def _same_sql(one: str, other: str) -> bool:
    if not _SQL.search(one) or one.count("'") % 2:  # a literal that goes on in the next line cannot be compared
        return False
    before, after = _EXACT.split(one), _EXACT.split(other)
    return before[1::2] == after[1::2] and [p.lower() for p in before[::2]] == [p.lower() for p in after[::2]]
