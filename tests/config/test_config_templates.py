"""A template that the settings accept must never stop an ingest: the planner has to accept it too."""

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.config.templates import FILE_FIELDS, FOLDER_FIELDS, mistakes_of_template
from ingest.errors import ConfigError
from ingest.plan import naming
from ingest.plan.naming import Values, parse_template

_piece = st.sampled_from(
    ["{capture}", "{capture:%Y}", "{capture:%Y-%m-%d}", "{capture:%H%M%S%f}", "{capture:%q}", "{shoot}", "{original}",
     "{camera}", "{card}", "{lens}", "{original!r}", "{shoot:>9}", "{{", "}}", "{", "}", "/", "..", " ", "%", "ä", "_"]
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(_piece, min_size=1, max_size=5).map("".join), st.sampled_from([FOLDER_FIELDS, FILE_FIELDS]))
def test_what_the_settings_accept_the_planner_fills(text, fields):
    if mistakes_of_template(text, fields):
        return
    values = Values(datetime.fromisoformat("2026-03-14 15:09:26"), "Meyer", b"IMG_0001", "EOS R5", "CARD")
    assert parse_template(text, fields).fill(values)


def test_settings_and_planner_know_the_same_fields_and_date_letters():
    assert (FOLDER_FIELDS, FILE_FIELDS) == (naming.FOLDER_FIELDS, naming.FILE_FIELDS)
    letters = [chr(code) for code in range(33, 127)]
    ours = {letter for letter in letters if not mistakes_of_template(f"{{capture:x%{letter}}}", FOLDER_FIELDS)}
    assert ours == {letter for letter in letters if _filled(f"{{capture:x%{letter}}}")}


def _filled(text: str) -> bool:
    try:
        return bool(parse_template(text, FOLDER_FIELDS))
    except ConfigError:
        return False


@pytest.mark.parametrize(
    "text",
    ["{capture:%Y}/{capture:%Y-%m-%d} {shoot}", "{shoot}", "{capture:%Y/%m}/{shoot}", "{{{shoot}}}", "{capture}"],
)
def test_usual_folder_templates_are_accepted(text):
    assert mistakes_of_template(text, FOLDER_FIELDS) == []


def test_every_mistake_of_one_template_is_told():
    told = " ".join(mistakes_of_template("/{lens}{capture:%Q}", FILE_FIELDS, "original"))
    assert all(re.search(word, told) for word in ("lens", "%Q", "original", "relative"))
