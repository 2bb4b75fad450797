"""10,000 tries to read beneath a writer at full speed: no state that is told may be torn, none may leave a trace.

Takes minutes: `make test-faults`. `test_snapshot_storm.py` has a sample. SAFELIGHT_SNAPSHOT_TRIES: how many in all.
"""

import os
import random
import time
from pathlib import Path

import pytest
from snapshot_storm import MODES, storm

pytestmark = pytest.mark.slow
TRIES = int(os.environ.get("SAFELIGHT_SNAPSHOT_TRIES", "10000")) // len(MODES)


@pytest.mark.parametrize("mode", MODES)
def test_under_a_writer_that_hardly_rests_every_state_that_is_told_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    with storm(tmp_path, mode, 20, monkeypatch) as running:
        running.run(TRIES // 2)
    assert running.turns


@pytest.mark.parametrize("mode", MODES)
def test_under_a_writer_that_never_rests_every_state_that_is_told_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    with storm(tmp_path, mode, 0, monkeypatch) as running:
        running.run(TRIES // 4)
    assert running.tries == len(running.turns) + len(running.refused)


@pytest.mark.parametrize("mode", MODES)
def test_wherever_a_writer_is_halted_its_last_state_is_told_and_nothing_beside_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    seed = time.time_ns()
    print(f"SEED {seed}")
    with storm(tmp_path, mode, 0, monkeypatch) as running:
        running.run_halted(TRIES // 4, random.Random(seed))
    if mode != "PAIR":  # its journal is in memory: half a transaction of it can be noticed, and not be undone
        assert running.refused == []
