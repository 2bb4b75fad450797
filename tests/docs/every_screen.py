"""The guide shows what the program shows: run by `make test-faults`, for it tells the whole story (half a minute)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from loops import needs_loops
from story import GUIDE, screens, with_screens


@pytest.mark.root
@needs_loops
def test_each_screen_of_the_guide_is_the_programs_own():
    text = GUIDE.read_text(encoding="utf-8")
    assert with_screens(text, screens()) == text, "python tests/docs/story.py --write"
