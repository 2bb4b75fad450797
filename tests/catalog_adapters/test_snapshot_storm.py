"""A sample of the tries to read beneath a writer at full speed; `every_snapshot.py` makes 10,000 of them."""

import random
import sys
from pathlib import Path

import pytest
from snapshot_storm import MODES, storm

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be halted there")


@pytest.mark.parametrize("mode", MODES)
def test_under_a_writer_that_hardly_rests_every_state_that_is_told_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    with storm(tmp_path, mode, 20, monkeypatch) as running:
        running.run(60)
    assert running.turns


@pytest.mark.parametrize("mode", MODES)
def test_wherever_a_writer_is_halted_its_last_state_is_told_and_nothing_beside_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    with storm(tmp_path, mode, 0, monkeypatch) as running:
        running.run_halted(25, random.Random(1))
    if mode != "PAIR":  # its journal is in memory: half a transaction of it can be noticed, and not be undone
        assert running.refused == []
    assert running.tries == len(running.turns) + len(running.refused)
