"""Each call of a session with the bucket broken in each way, and the line cut all along its bytes.

Takes minutes: `make test-faults`. `test_faults_of_the_cloud.py` has a sample. SAFELIGHT_CUTS: how many places are cut.
"""

import os

import pytest
from cloud_proxy import Break, Way
from cloud_session import (
    DOWNWARDS,
    UPWARDS,
    breaks_in_passing,
    cloud_session,
    goes_silent,
    keeps_breaking,
    only_pauses,
    restore_breaks_once,
    sweep,
)

pytestmark = pytest.mark.slow
CUTS = int(os.environ.get("SAFELIGHT_CUTS", "1500"))


@pytest.fixture
def session(tmp_path):
    with cloud_session(tmp_path / "station", silence=0.3) as running:
        yield running


@pytest.mark.parametrize("how", [Break.CLOSE, Break.RESET, Break.SILENCE])
@pytest.mark.parametrize("call", UPWARDS)
def test_each_break_of_each_call_of_an_upload_costs_nothing_but_another_attempt(session, call, how):
    """F088, F090."""
    breaks_in_passing(session, call, how)


@pytest.mark.parametrize("how", [Break.CLOSE, Break.RESET])
@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("call", UPWARDS)
def test_each_break_that_stays_ends_the_run_honestly_and_the_next_one_completes_it(session, call, way, how):
    """F088, F090."""
    keeps_breaking(session, call, way, how)


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("call", UPWARDS)
def test_each_silence_is_given_up_and_tried_again(session, call, way):
    """F088."""
    goes_silent(session, call, way)


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("call", UPWARDS)
def test_each_pause_is_waited_for_and_nothing_is_asked_twice(tmp_path, call, way):
    """F088."""
    with cloud_session(tmp_path / "station") as session:
        only_pauses(session, call, way)


@pytest.mark.parametrize("how", [Break.CLOSE, Break.RESET, Break.SILENCE])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("call", DOWNWARDS)
def test_each_break_of_each_call_of_a_restore_leaves_every_file_whole(session, call, share, how):
    """F088."""
    restore_breaks_once(session, call, share, how)


def test_cut_all_along_its_bytes_a_session_with_the_bucket_goes_on_and_nothing_false_is_recorded(tmp_path):
    """F088, F090."""
    places = sweep(tmp_path / "sweep", CUTS)
    print(f"\n{len(places):,} places, the last one after {places[-1][0]:,} bytes")
    assert len({at for at, _ in places}) == CUTS
