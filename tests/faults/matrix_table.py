"""The table of faults in ARCHITECTURE.md, made of `matrix.toml`; `python tests/faults/matrix_table.py --write`."""

import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ARCHITECTURE = HERE.parents[1] / "ARCHITECTURE.md"
BEGIN, END = "<!-- matrix of faults: made by tests/faults/matrix_table.py -->\n", "<!-- end of the matrix -->\n"


def cases() -> list[dict[str, Any]]:
    """The cases in their order."""
    found: list[dict[str, Any]] = tomllib.loads((HERE / "matrix.toml").read_text(encoding="utf-8"))["case"]
    return found


def table() -> str:
    """The rows in Markdown; of a test its name alone, once."""
    rows = ["| | fault | expected | told | tests |", "|---|---|---|---|---|"]
    for case in cases():
        fault = f"{case['fault']} ({case['source']})" if "source" in case else case["fault"]
        names = dict.fromkeys(test.partition("::")[2] for test in case["tests"])
        shown = " ".join(f"`{name}`" for name in names) or f"none: {case['why']}"
        rows.append("| " + " | ".join(_cell(text) for text in (case["id"], fault, case["expected"], case["told"])))
        rows[-1] += f" | {shown} |"
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("$", "\\$")


def with_table(text: str) -> str:
    """The document with its table made anew; ValueError where its marks are missing."""
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:before] + "\n" + table() + "\n" + text[after:]


def main() -> int:
    old = ARCHITECTURE.read_text(encoding="utf-8")
    new = with_table(old)
    if "--write" in sys.argv:
        ARCHITECTURE.write_text(new, encoding="utf-8")
        return 0
    return int(new != old)


if __name__ == "__main__":
    sys.exit(main())
