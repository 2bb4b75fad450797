"""The pictures of README are small, need nothing from elsewhere, and say in words what they show."""

import re

import pytest
from pictures import FOLDER, SHOWN, picture
from story import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_small_fetches_nothing_and_has_words_beside_it(name):
    drawn = (FOLDER / name).read_text(encoding="utf-8")
    assert len(drawn) < 60_000
    assert set(re.findall(r"https?://[^\"' )]+", drawn)) == {"http://www.w3.org/2000/svg"}
    [words] = re.findall(rf"!\[([^]]+)\]\(docs/pictures/{name}\)", README)
    assert len(words) > 40


def test_a_screen_is_drawn_as_text_in_its_colours():
    drawn = picture("x.svg", "safelight check", "\x1b[32;1m✔ SAFE TO FORMAT\x1b[0m   EOS_DIGITAL")
    assert "SAFE&#160;TO&#160;FORMAT" in drawn
    assert "#4ade80" in drawn
