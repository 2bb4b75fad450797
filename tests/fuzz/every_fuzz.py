"""Many more damaged files, others each time unless told otherwise. Takes minutes: `make test-faults`.

SAFELIGHT_FUZZ: how many times the number of `make test` (5). SAFELIGHT_FUZZ_SEED: of a run that is to be repeated.
"""

import os
import time

import pytest
from harness import damaged, harm_of
from targets import TARGETS, Target

TIMES = int(os.environ.get("SAFELIGHT_FUZZ", "5"))
SEED = int(os.environ.get("SAFELIGHT_FUZZ_SEED", time.time_ns()))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_many_damaged_files_do_no_harm(target: Target, tmp_path):
    cases = damaged(target, tmp_path / "samples", SEED)
    harm = harm_of(target, (next(cases) for _ in range(TIMES * target.count)), tmp_path / "reader")
    assert harm == [], f"with SAFELIGHT_FUZZ_SEED={SEED}"
