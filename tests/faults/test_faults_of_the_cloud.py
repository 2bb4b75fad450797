"""The line to the bucket breaks, in each way and at each call of a session; see `cloud_proxy` for how.

However it breaks: the ledger calls nothing sent or checked that the bucket does not hold with these very bytes, the
queue goes on by itself or by the next `cloud run`, a second version is told, and no torn file gets a name. Here a
sample of calls and ways; `every_cloud_cut.py` has all of them.
"""

import pytest
from cloud_proxy import Break, Way
from cloud_session import (
    CLIP,
    DOWNWARDS,
    SENDING,
    UPWARDS,
    breaks_in_passing,
    cloud_session,
    goes_silent,
    keeps_breaking,
    only_pauses,
    restore_breaks_once,
    sweep,
)

from ingest.cloud.errors import CloudUnreachable
from ingest.cloud.events import UploadSent, UploadsResting

SWEPT = 16
SOME = (
    ("b2_authorize_account", Way.DOWN),
    ("b2_upload_file", Way.UP),
    ("b2_upload_part", Way.DOWN),
    ("b2_finish_large_file", Way.DOWN),
)


@pytest.fixture
def session(tmp_path):
    with cloud_session(tmp_path / "station", silence=0.3) as running:
        yield running


@pytest.mark.parametrize("call", UPWARDS)
def test_a_line_that_breaks_in_any_call_of_an_upload_costs_nothing_but_another_attempt(session, call):
    """F088, F090."""
    breaks_in_passing(session, call, Break.RESET if call in SENDING else Break.CLOSE)


@pytest.mark.parametrize("call", UPWARDS)
def test_a_line_that_keeps_breaking_ends_the_run_honestly_and_the_next_one_completes_it(session, call):
    """F088, F090."""
    keeps_breaking(session, call, Way.UP if call in SENDING else Way.DOWN, Break.RESET)


@pytest.mark.parametrize("call", SENDING)
def test_an_answer_that_is_swallowed_behind_a_good_upload_leaves_one_object_that_is_told_as_one(session, call):
    """F090."""
    session.relay.add(Break.CLOSE, call, Way.DOWN, 0.0)
    summary = session.run()
    assert (summary.checked, summary.duplicates) == (2, 0)
    session.is_complete()
    if call == "b2_upload_file":  # a part that is sent again replaces itself
        assert session.server.faults.calls(call) == 1


@pytest.mark.parametrize(("call", "way"), SOME)
def test_a_line_that_goes_silent_is_given_up_and_tried_again(session, call, way):
    """F088."""
    goes_silent(session, call, way)


def test_a_silent_line_can_be_left_at_once_and_what_was_sent_of_a_clip_is_kept(tmp_path):
    """F088."""
    with cloud_session(tmp_path / "station", silence=60) as session:
        session.relay.add(Break.SILENCE, "b2_finish_large_file", Way.UP, 0.0)
        session.relay.on_break = session.world.stop.set
        assert session.run().interrupted
        session.nothing_is_false()
        session.world.stop.clear()
        sent = session.server.faults.calls("b2_upload_part")
        assert session.run().problem is None
        session.is_complete()
        assert session.server.faults.calls("b2_upload_part") == sent


@pytest.mark.parametrize(("call", "way"), SOME)
def test_a_line_that_only_pauses_is_waited_for_and_nothing_is_asked_twice(tmp_path, call, way):
    """F088."""
    with cloud_session(tmp_path / "station") as session:
        only_pauses(session, call, way)


def test_a_service_that_refuses_connections_for_a_while_is_waited_for(session):
    """F091."""
    session.relay.down()
    assert session.run(sleep=lambda _seconds: session.relay.up()).problem is None
    session.is_complete()
    assert any(isinstance(event, UploadsResting) for event in session.world.events)


def test_a_service_that_stays_away_ends_the_run_as_unreachable_and_the_next_one_sends_all(session):
    """F091."""
    session.relay.down()
    assert isinstance(session.run().problem, CloudUnreachable)
    assert session.world.states() == ["waiting", "waiting"]
    session.relay.up()
    assert session.run().problem is None
    session.is_complete()


@pytest.mark.parametrize("call", UPWARDS)
def test_a_network_that_goes_away_before_any_answer_leaves_nothing_false_until_it_is_back(session, call):
    """F090. What was asked for is done, and nobody can be asked whether."""
    session.relay.add(Break.CLOSE, call, Way.DOWN, 0.0)
    session.relay.on_break = session.relay.down
    assert isinstance(session.run().problem, CloudUnreachable)
    session.nothing_is_false()
    session.relay.on_break = lambda: None
    session.relay.up()
    assert session.run().problem is None
    if call == "b2_finish_large_file":  # this run saw none of its parts arrive: the SHA-1 is its uploader's word alone
        session.nothing_is_false()
        assert sorted(session.world.states()) == ["checked", "sent"]
    else:
        session.is_complete()


def test_while_the_listing_of_the_check_is_cut_nothing_is_called_checked_or_lost(session):
    """F092."""

    def break_from_now_on(event):
        if isinstance(event, UploadSent) and event.key.endswith(CLIP):
            session.relay.add(Break.CLOSE, "b2_list_file_names", Way.DOWN, 0.9, times=1_000)

    assert isinstance(session.run(on_event=break_from_now_on).problem, CloudUnreachable)
    assert session.world.states() == ["sent", "sent"]
    session.nothing_is_false()
    session.relay.clear()
    assert session.run().problem is None
    session.is_complete()


@pytest.mark.parametrize(
    ("call", "share", "how"),
    [
        ("b2_authorize_account", 0.0, Break.RESET),
        ("b2_get_file_info", 0.3, Break.CLOSE),
        ("b2_download_file_by_id", 0.5, Break.SILENCE),
        ("b2_download_file_by_id", 0.05, Break.CLOSE),
        ("b2_download_file_by_id", 0.99, Break.RESET),
    ],
)
def test_a_restore_whose_line_breaks_once_brings_every_file_back_whole(session, call, share, how):
    """F088."""
    restore_breaks_once(session, call, share, how)


@pytest.mark.parametrize("call", DOWNWARDS)
def test_a_restore_whose_line_keeps_breaking_leaves_no_torn_file_and_says_which_are_missing(session, call):
    """F088."""
    session.run()
    session.relay.add(Break.CLOSE, call, Way.DOWN, 0.8, times=1_000)
    failed = session.restore().failed
    assert {key.decode() for key in failed} == set(session.contents)
    assert all("cannot be reached" in why for why in failed.values())
    assert session.came_back() == set()
    session.relay.clear()
    assert session.restore().failed == {}
    assert session.came_back() == set(session.contents)


def test_wherever_a_session_with_the_bucket_is_cut_it_goes_on_and_nothing_false_is_recorded(tmp_path):
    """F088, F090."""
    places = sweep(tmp_path / "sweep", SWEPT)
    assert len({at for at, _ in places}) == SWEPT
