"""The line to the cloud breaks in the middle of an upload, of an answer, of a download; or it is silent for a while."""

import contextlib
import itertools

from cloud_proxy import Harm, Trouble, Way
from cloud_worlds import store_for
from cut_lines import LATER, PICTURES, Station, break_at_each, nothing_false, wanted

from ingest.cloud.errors import CloudError, CloudUnreachable

CLIP = "originals/M/CLIP.MP4"


def test_wherever_the_line_breaks_nothing_false_is_said_and_the_next_session_sends_each_object_once(tmp_path):
    break_at_each(tmp_path, 6, (Harm.RESET, Harm.CLOSE))


def test_a_line_that_is_silent_for_a_while_is_waited_for_and_nothing_is_sent_twice(tmp_path):
    for way in Way:
        with Station(tmp_path / way) as (world, server, line):
            line.arm(Trouble(way, 5_000, Harm.HOLD, seconds=1.0))
            summary = world.run(server)
            assert (line.happened, summary.checked, summary.duplicates) == (1, len(PICTURES), 0)
            nothing_false(world, server)


def test_a_line_that_is_down_keeps_the_queue_and_when_it_is_back_everything_goes(tmp_path, monkeypatch):
    monkeypatch.setattr("b2sdk._internal.b2http.B2Http.TRY_COUNT_OTHER", 1)
    monkeypatch.setattr("b2sdk.v3.B2Session.B2HTTP_CLASS.post_json_return_json.__defaults__", (1,))
    with Station(tmp_path / "station") as (world, server, line):
        line.is_down = True
        summary = world.run(server)
        assert isinstance(summary.problem, CloudUnreachable)
        assert world.states() == ["waiting"] * len(PICTURES)
        line.is_down = False
        assert world.run(server, clock=lambda: LATER).checked == len(PICTURES)
        nothing_false(world, server)


def test_a_download_whose_line_breaks_goes_on_or_ends_with_an_error_and_never_with_other_bytes(tmp_path):
    with Station(tmp_path / "station") as (world, server, line):
        assert world.run(server).checked == len(PICTURES)
        whole = wanted()[CLIP]
        line.arm(None)
        store_for(server).get(CLIP, bytearray().extend)
        length, ends = line.passed[Way.DOWN], []
        for step, harm in itertools.product(range(8), (Harm.RESET, Harm.CLOSE)):
            line.arm(Trouble(Way.DOWN, length * step // 8, harm))
            got = bytearray()
            with contextlib.suppress(CloudError):
                store_for(server).get(CLIP, got.extend)
                assert bytes(got) == whole
            assert whole.startswith(got)
            ends.append((line.happened, len(got) == len(whole)))
        assert [happened for happened, _ in ends] == [1] * 16
        assert sum(complete for _, complete in ends) >= 8  # one that breaks within the bytes goes on behind them
