"""Parsers that hang, die or eat memory while a card is copied: the verdict is the same, and nobody waits for them."""

import sys

import pytest
from nothing_false import nothing_is_false, photographs

from ingest.card.parsers import ParserPool

CHILD = """
import os, sys, time
print('{"ready": true}', flush=True)
deed = sys.argv[1]
open(sys.argv[0] + ".ran", "a").close()
for line in sys.stdin:
    if deed == "hang":
        time.sleep(600)
    elif deed == "die":
        os.abort()
    elif deed == "babble":
        while True: sys.stdout.write("x" * 65536)
    elif deed == "lie":
        print('{"capture": {"local": "../../etc"}}', flush=True)
    else:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
        eaten = [bytearray(64 << 20) for _ in range(99)]
"""


@pytest.mark.parametrize("deed", ["hang", "die", "babble", "lie", "eat"])
def test_a_card_whose_every_picture_breaks_its_parser_is_safe_all_the_same(
    studio, parsers, tmp_path, monkeypatch, deed
):
    """F100. Both parsers, for each file."""
    (tmp_path / "child.py").write_text(CHILD)
    command = (sys.executable, str(tmp_path / "child.py"), deed)
    defaults = ParserPool.__init__.__kwdefaults__
    changes = {"capture_command": command, "health_command": command, "capture_seconds": 0.3, "health_seconds": 0.3}
    for name, value in changes.items():
        monkeypatch.setitem(defaults, name, value)
    pictures = photographs(studio)
    answer = studio.ingest()
    assert (answer.code, answer.level, answer.counts["proven"]) == (0, "safe", 4), answer.out + answer.err
    assert (tmp_path / "child.py.ran").exists()
    nothing_is_false(studio, pictures)
