import tomllib

import pytest

from ingest.config import parse, render
from ingest.config.settings import EXAMPLE_DESTINATIONS
from ingest.errors import ConfigError

PRESETS = """
[ingest]
preset = "wedding"
[presets.wedding]
creator = "Ann Öz"
copyright = "© 2026 Ann Öz"
keywords = ["wedding", "people | couple"]
[presets."to sell"]
keywords = []
"""


def settings_with(text):
    return parse({"destinations": list(EXAMPLE_DESTINATIONS), **tomllib.loads(text)})


def mistakes_of(text):
    with pytest.raises(ConfigError) as refusal:
        settings_with(text)
    return refusal.value.mistakes


def test_presets_stand_under_names_of_the_users_own():
    found = settings_with(PRESETS)
    assert found.ingest.preset == "wedding"
    assert list(found.presets) == ["wedding", "to sell"]
    assert found.presets["wedding"].keywords == ("wedding", "people|couple")
    assert found.presets["to sell"].creator == ""
    assert hash(found) == hash(settings_with(PRESETS))


def test_presets_are_shown_as_they_may_stand_in_the_file():
    found = settings_with(PRESETS)
    text = render(found.model_dump())
    assert '[presets."to sell"]' in text
    assert parse(tomllib.loads(text)) == found


def test_without_any_there_is_an_example_in_the_sample():
    assert "#[presets.NAME]\n#creator = " in render({"destinations": EXAMPLE_DESTINATIONS})
    assert not settings_with("").presets


def test_a_preset_that_does_not_exist_is_a_mistake():
    assert mistakes_of(PRESETS.replace('preset = "wedding"', 'preset = "weding"')) == (
        'ingest.preset: "weding" is none of wedding, to sell; did you mean "wedding"?',
    )
    assert mistakes_of('[ingest]\npreset = "wedding"') == ("ingest.preset: there is no [presets.wedding]",)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('presets = "wedding"', "presets: must be tables: write [presets.NAME]"),
        ('[presets]\ncreator = "Ann"', "presets.creator: must be a table: write [presets.NAME]"),
        ('[presets.a]\ncreater = "Ann"', 'presets.a.creater: is not known; did you mean "creator"?'),
        ('[presets.a]\nkeywords = ["a, b"]', "presets.a.keywords[0]: must not hold a comma: editors would"),
        ('[presets.a]\nkeywords = "a"', 'presets.a.keywords: must be a list, ["wedding", "people|couple"]'),
        ("[presets.a]\ncopyright = 2026", 'presets.a.copyright: must be text in quotes, "..."'),
        ('[presets.a]\ncreator = "a\\nb"', "presets.a.creator: holds characters that cannot be seen"),
        ('[presets.-a]\ncreator = "a"', "presets.-a: must not begin with a dash"),
        ('[ingest]\nkeywords = ["a"]', "ingest.keywords: is not known here; it belongs to [presets.NAME]"),
    ],
)
def test_each_mistake_is_told_with_its_place(text, mistake):
    [told] = mistakes_of(text)
    assert told.startswith(mistake)
