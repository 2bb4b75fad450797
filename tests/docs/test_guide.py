"""The guide tells its stories with screens of the program; that they are its own is held by `every_screen.py`."""

import inspect
import re

import pytest
import story

from ingest.certificates.wording import CLOSING

GUIDE = story.GUIDE.read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- screen: ([a-z ]+) -->\n```\n\$ safelight [^\n]+\n(.*?)```\n", GUIDE, re.DOTALL))
TOLD = re.findall(r'yield "([a-z ]+)"', inspect.getsource(story.Story.screens))


def test_the_guide_shows_every_screen_of_the_story_once():
    assert sorted(BLOCKS) == sorted(TOLD)
    assert len(TOLD) == GUIDE.count("<!-- screen: ")


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_screen_fits_into_80_columns_and_shows_no_path_of_whoever_made_it(name):
    lines = BLOCKS[name].splitlines()
    assert lines
    assert max(map(len, lines)) <= 80
    assert not re.search(r"/var/tmp|/home/|/root|loop\d", BLOCKS[name])


@pytest.mark.parametrize(
    ("name", "answer"),
    [("first card", "SAFE TO FORMAT"), ("two more", "NOT YET"), ("nas away", "NOT YET"), ("damaged card", "NOT YET"),
     ("safe again", "SAFE TO FORMAT"), ("not safe any more", "DO NOT FORMAT")],
)  # fmt: skip
def test_each_story_ends_with_the_answer_that_it_is_about(name, answer):
    assert re.search(rf"^[✔…✘] {answer} ", BLOCKS[name], re.MULTILINE)


def test_the_last_line_of_a_safe_screen_is_the_one_wording_of_it():
    assert CLOSING in re.sub(r"\s+", " ", BLOCKS["first card"])


def test_a_new_screen_takes_the_place_of_the_old_one_and_its_command_stays():
    text = "<!-- screen: a b -->\n```\n$ safelight check\nold\nlines\n```\nbehind\n"
    told = {"a b": "new \\1"}
    assert story.with_screens(text, told) == "<!-- screen: a b -->\n```\n$ safelight check\nnew \\1\n```\nbehind\n"
