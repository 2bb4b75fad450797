"""80 columns and 24 lines are enough: what the demo's shoot looks like on a real terminal of that size."""

import os
import re
import subprocess
import sys

import pytest
from terminals import PROGRAM, shown_by

from ingest.cli.wrapping import width_of

MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhl]|\r(?!\n)")


def on_terminal(studio, *words):
    """Everything that a terminal of 80 columns gets, as it came."""
    environment = {**os.environ, "SAFELIGHT_HOME": str(studio.home), "LC_ALL": "C.UTF-8"}
    environment.pop("COLUMNS", None)
    command = [*PROGRAM, *map(str, words)]
    return shown_by(command, env=environment, stderr=subprocess.DEVNULL)[1].replace("\r\n", "\n")


@pytest.fixture
def demo(studio, repository):
    """The demo's card, once ingested, with its catalog and one more photograph on the card."""
    sys.path.insert(0, str(repository / "sample_cards"))
    import make_sample_cards as samples

    samples.stage("canon", studio.card)
    studio.configure(
        extra=f'[[catalogs]]\nkind = "lightroom"\npath = "{repository}/sample_cards/catalogs/Sample.lrcat"\n'
    )
    assert studio.run("ingest", studio.card, "--shoot", "Meyer wedding").code == 0
    studio.put("DCIM/101CANON/IMG_8888.JPG", b"one more")
    return studio


def test_no_answer_is_wider_than_the_terminal_and_nothing_in_it_jumps(demo):
    commands = [("check", demo.card), ("status",), ("shoots",), ("cards",), ("drill",)]
    for words in commands:
        text = on_terminal(demo, *words)
        assert text.strip(), words
        assert not MOVES.search(text), words
        # a path of this test may be longer than a line: it is never broken, since it could not be copied then
        long = [line for line in text.splitlines() if width_of(line) > 80 and str(demo.base) not in line]
        assert not long, words
