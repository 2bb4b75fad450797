"""The reference and the man page say what the code says, and nothing is missing."""

import re

import pytest
from reference import MAN, PAGE, ROOT, events, man_page, reference, type_of, verbs

from ingest.cli.json_lines import TYPES, WRITES
from ingest.config.settings import TABLES, Settings
from ingest.errors import Exit

REFERENCE = PAGE.read_text(encoding="utf-8")


def test_both_are_what_the_code_says():
    assert reference() == REFERENCE, "python tests/docs/reference.py --write"
    assert man_page() == MAN.read_text(encoding="utf-8"), "python tests/docs/reference.py --write"


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_each_verb_stands_there_with_its_options_examples_and_json_lines(verb):
    part = REFERENCE.partition(f"### safelight {verb}\n")[2].partition("\n### ")[0]
    options = {name for option in verbs()[verb].params for name in option.opts if name.startswith("--")}
    assert options <= set(re.findall(r"--[a-z-]+", part))
    assert f"\nsafelight {verb}" in part
    assert "Exit codes: 0 " in part
    assert ("--json" in options) == ("With `--json`: " in part), f"ingest/cli/json_lines.py lacks {verb}"


def test_each_setting_exit_code_and_event_stands_there():
    settings = REFERENCE.partition("## Settings")[2].partition("## Exit codes")[0]
    for table in (Settings, *TABLES.values()):
        for name in table.model_fields:
            assert re.search(rf"^#?\[*{name}\b|^#?{name} =", settings, re.M), name
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", REFERENCE, re.M)} == {int(code) for code in Exit}
    for event in events():
        part = REFERENCE.partition(f"### {type_of(event)}\n")[2].partition("\n### ")[0]
        assert set(event.__dataclass_fields__) <= set(re.findall(r"`(\w+)`", part)), event


def test_each_type_that_the_code_writes_is_told_and_no_other():
    said = {type_of(event) for event in events()}
    written = set()
    for path in [*(ROOT / "ingest" / "cli").glob("*.py"), ROOT / "ingest" / "gate" / "certificate.py"]:
        if path.name != "json_lines.py":
            written |= set(re.findall(r'"type": "([a-z_]+)"', path.read_text(encoding="utf-8")))
    assert set(TYPES) == written
    assert {kind for kinds in WRITES.values() for kind in kinds} | {"summary", "error"} == written | said
