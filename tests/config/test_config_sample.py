"""The sample that people copy: it must load, say what is true, and stay so when parts of it are switched on."""

import re
import tomllib
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.config import CONFIG_FILE, Settings, load, parse, render, sample
from ingest.config.settings import EXAMPLE_DESTINATIONS, TABLES


def test_the_sample_loads_and_says_nothing_but_the_defaults(tmp_path):
    (tmp_path / CONFIG_FILE).write_text(sample(), encoding="utf-8")
    assert load(tmp_path) == parse({"destinations": list(EXAMPLE_DESTINATIONS)})


def test_every_part_that_is_commented_out_works_when_it_is_switched_on():
    text = re.sub(r"^#(?=\S)", "", sample(), flags=re.MULTILINE)
    switched_on = parse(tomllib.loads(text))
    assert switched_on.cloud is not None
    assert switched_on.cloud.bucket == "my-archive"
    assert [catalog.kind.value for catalog in switched_on.catalogs] == ["lightroom"]


def test_every_setting_stands_in_the_sample_with_its_explanation():
    text = sample()
    for table in (Settings, *TABLES.values()):
        for name, field in table.model_fields.items():
            assert field.description, name
            assert field.description in text
            assert name in TABLES or re.search(rf"^#?{name} = ", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 120


def test_settings_written_out_are_read_back_the_same():
    given_settings = parse(
        {
            "station": 'a "quoted" \\ name',
            "destinations": [
                {"name": "näs 🌊", "kind": "nas", "root": "/mnt/n \\ as", "site": "cellar", "limit": "12.5 MiB/s"},
                {"name": "ssd", "kind": "ssd", "root": "/mnt/ssd"},
            ],
            "copying": {"patience": 1},
            "naming": {"day_starts": "05:30"},
            "catalogs": [
                {"kind": "lightroom", "path": "/a.lrcat"},
                {"kind": "capture_one", "path": "/b.cocatalog"},
                {"kind": "darktable", "path": "/c/library.db"},
            ],
            "cloud": {"kind": "b2", "bucket": "my-archive"},
        }
    )
    assert parse(tomllib.loads(render(given_settings.model_dump()))) == given_settings
    assert given_settings.naming.day_starts == time(5, 30)


_printable = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@settings(deadline=None)
@given(
    name=_printable.filter(
        lambda text: not text.startswith("-") and text.casefold() not in ("b2", "s3", "folder", "cloud")
    ),
    root=_printable,
)
def test_any_name_and_folder_survive_being_written_out(name, root):
    if name.casefold() == "other" or root in (".", "..") or "/" in root:
        return
    places = [
        {"name": name, "kind": "ssd", "root": f"/one/{root}"},
        {"name": "other", "kind": "nas", "root": "/two"},
    ]
    settings_now = parse({"destinations": places})
    assert parse(tomllib.loads(render(settings_now.model_dump()))) == settings_now


@pytest.mark.parametrize("part", ["kind", "root", "name"])
def test_an_init_that_forgets_a_part_of_a_destination_gets_the_example_and_valid_toml(part):
    place = {key: value for key, value in EXAMPLE_DESTINATIONS[0].items() if key != part}
    assert parse(tomllib.loads(render({"destinations": [place, EXAMPLE_DESTINATIONS[1]]}))).places()
