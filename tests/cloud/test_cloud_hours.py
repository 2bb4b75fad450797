"""Hours and speed of the line: decided by the clock on the wall, changeable while a worker runs."""

import os
import threading
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cloud_worlds import LARGE_FROM, PART, never, store_for
from hypothesis import given
from hypothesis import strategies as st
from sealed_worlds import PUBLIC, raw

from ingest.cloud.b2 import B2Store
from ingest.cloud.errors import Interrupted
from ingest.cloud.events import UploadsResting, UploadStarted
from ingest.cloud.hours import Sending, sending_at
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.line import Line
from ingest.cloud.rules import LiveRules
from ingest.config import load, parse
from ingest.config.line_values import bytes_per_second, hours, minutes_of, uplink
from ingest.config.live import LiveSettings
from ingest.errors import ConfigError

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC")
minute = st.integers(min_value=0, max_value=1439)


def wall(zone):
    return lambda at: datetime.fromtimestamp(at, ZoneInfo(zone))


def at(zone, *when, fold=0):
    return datetime(*when, fold=fold, tzinfo=ZoneInfo(zone)).timestamp()


@given(
    begin=minute,
    end=minute,
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(tzinfo=UTC).timestamp()),  # noqa: DTZ001
    share=st.floats(min_value=0, max_value=0.999),
)
def test_until_it_changes_the_answer_stays_and_then_it_is_the_other_one(begin, end, zone, now, share):
    found = sending_at(now, begin, end, wall(zone))
    if begin == end:
        assert found == Sending(allowed=True)
        return
    assert found.changes_at is not None
    assert now < found.changes_at
    between = now + (found.changes_at - now) * share
    assert sending_at(between, begin, end, wall(zone)).allowed == found.allowed
    assert sending_at(found.changes_at, begin, end, wall(zone)).allowed != found.allowed


@pytest.mark.parametrize("zone", ZONES[:5])
@given(hour=st.integers(min_value=0, max_value=24 * 365 * 2 - 1))
def test_on_every_day_of_the_year_the_night_has_its_hours(zone, hour):
    now = at("UTC", 2025, 1, 1) + hour * 3600.0
    shown = wall(zone)(now)
    found = sending_at(now, 20 * 60, 7 * 60, wall(zone))
    assert found.allowed == (shown.hour >= 20 or shown.hour < 7)
    assert found.reason in ("sends until 07:00", "sends again at 20:00")


@pytest.mark.parametrize(
    ("when", "fold", "begin", "end", "allowed", "until", "reason"),
    [
        ((2025, 11, 14, 19, 59), 0, "20:00", "07:00", False, (2025, 11, 14, 20, 0), "sends again at 20:00"),
        ((2025, 11, 14, 20, 0), 0, "20:00", "07:00", True, (2025, 11, 15, 7, 0), "sends until 07:00"),
        ((2025, 11, 14, 8, 0), 0, "08:00", "09:00", True, (2025, 11, 14, 9, 0), "sends until 09:00"),
        # 2025-03-30 has no 02:30 in Berlin: half past two comes a day later, and the hour before ends at three
        ((2025, 3, 30, 1, 0), 0, "02:30", "02:45", False, (2025, 3, 31, 2, 30), "sends again at 02:30"),
        ((2025, 3, 30, 1, 59), 0, "01:00", "02:30", True, (2025, 3, 30, 3, 0), "sends until 03:00"),
        # 2025-10-26 has two: both are hours of the queue
        ((2025, 10, 26, 2, 30), 1, "02:00", "02:45", True, None, "sends until 02:45"),
    ],
)
def test_the_clock_on_the_wall(when, fold, begin, end, allowed, until, reason):
    found = sending_at(at("Europe/Berlin", *when, fold=fold), *minutes_of(f"{begin}-{end}"), wall("Europe/Berlin"))
    assert (found.allowed, found.reason) == (allowed, reason)
    if until:
        assert found.changes_at == at("Europe/Berlin", *until)


@pytest.mark.parametrize("text", ["20:00", "20:00-20:00", "24:00-07:00", "8-9", 20, "20:00 to 07:00"])
def test_hours_that_are_none_are_a_mistake(text):
    with pytest.raises(ValueError, match=r"times of day|begins when it ends"):
        hours(text)


@pytest.mark.parametrize(
    ("text", "speed"),
    [("", 0), ("40 Mbit/s", 5_000_000), ("2.5Mbit/s", 312_500), ("1 Gbit/s", 125_000_000), ("500 kB/s", 500_000)],
)
def test_speeds_of_a_line_are_told_in_bits_or_bytes(text, speed):
    assert bytes_per_second(uplink(text)) == speed


@pytest.mark.parametrize("text", ["40", "40 Mb/s", "100 kbit/s", "1 kB/s", "40 mbit/s", 40])
def test_a_speed_that_is_none_or_too_slow_is_a_mistake(text):
    with pytest.raises(ValueError, match=r"must be a speed|too slow"):
        uplink(text)


def write(home, cloud):
    text = "".join(
        f'[[destinations]]\nname = "{name}"\nkind = "{name}"\nroot = "/mnt/{name}"\n' for name in ("ssd", "nas")
    )
    (home / "config.toml").write_text(f'{text}[cloud]\nkind = "b2"\nbucket = "my-archive"\n{cloud}\n')


def test_an_edit_counts_while_it_runs_and_a_broken_one_is_told_and_changes_nothing(tmp_path):
    write(tmp_path, 'limit = "8 Mbit/s"')
    line, told = Line(), []
    rules = LiveRules(LiveSettings(tmp_path, load(tmp_path)), line, told.append, wall=wall("UTC"))
    noon = at("UTC", 2025, 11, 14, 12)
    assert (rules(noon), line.limit, told) == (Sending(allowed=True), 1_000_000, [])
    write(tmp_path, 'limit = "16 Mbit/s"\nhours = "20:00-07:00"')
    assert (rules(noon).reason, line.limit) == ("sends again at 20:00", 2_000_000)
    write(tmp_path, 'limit = "fast"\nhours = ""')
    assert (rules(noon).reason, line.limit) == ("sends again at 20:00", 2_000_000)
    assert "cloud.limit" in told[-1]
    assert "the old ones stay" in told[-1]
    assert len(told) == 2
    rules(noon)
    assert len(told) == 2
    write(tmp_path, "")
    assert (rules(noon), line.limit) == (Sending(allowed=True), 0)


def test_now_does_not_ask_for_hours(tmp_path):
    write(tmp_path, 'hours = "20:00-07:00"')
    live = LiveSettings(tmp_path, load(tmp_path))
    rules = LiveRules(live, Line(), print, at_once=True, wall=wall("UTC"))
    assert rules(at("UTC", 2025, 11, 14, 12)).allowed


def test_a_run_that_waits_ends_when_encryption_is_switched_on_since_its_store_sends_as_before(world, server, tmp_path):
    write(tmp_path, "")
    live = LiveSettings(tmp_path, load(tmp_path))
    rules = LiveRules(live, Line(), [].append, at_once=True, wall=wall("UTC"))
    assert rules(at("UTC", 2025, 11, 14, 12)).allowed
    write(tmp_path, f'encrypt = true\nrecipients = ["{PUBLIC}"]')
    world.queue("M/A.JPG", b"to be seen by nobody")
    summary = world.run(server, rules=rules, wait=True)
    assert (summary.sent, summary.waiting, raw(server)) == (0, 1, {})
    assert "encrypt or recipients changed" in summary.closed
    write(tmp_path, "")
    assert world.run(server, rules=rules, wait=True).sent == 1


def test_outside_of_its_hours_a_run_sends_nothing_and_says_when(world, server):
    world.queue("M/A.JPG", b"picture")
    summary = world.run(server, rules=lambda now: Sending(False, now + 60, "sends again at 20:00"))
    assert (summary.sent, summary.waiting, summary.closed) == (0, 1, "sends again at 20:00")
    assert server.faults.calls("") == 0


def test_a_run_that_waits_sends_when_its_hours_come_or_are_changed(world, server):
    world.queue("M/A.JPG", b"picture")
    now, opens = [1000.0], 5000.0

    def sleep(seconds):
        now[0] += seconds

    def rules(at):
        return Sending(at >= opens, max(opens, at + 1), "sends again at 20:00")

    summary = world.run(server, rules=rules, wait=True, clock=lambda: now[0], sleep=sleep)
    assert (summary.checked, summary.closed) == (1, "")
    assert now[0] >= opens
    assert [event.seconds for event in world.events if isinstance(event, UploadsResting)] == [4000.0]


@pytest.mark.parametrize("connections", [1, 3])
def test_when_the_hours_end_a_part_is_finished_and_no_new_one_begun(world, server, connections):
    key = world.queue("M/clip.MP4", os.urandom(12 * PART))
    line, ends = Line(connections=connections), threading.Event()

    def on_event(event):
        if isinstance(event, UploadStarted):
            line.set_limit(2 * PART)
            threading.Timer(0.8, ends.set).start()

    def rules(now):
        return Sending(not ends.is_set(), None, "sends again at 20:00")

    clock, store = iter(range(10**9)), store_with(server, line)
    summary = world.run(
        server, store=store, line=line, rules=rules, on_event=on_event, clock=lambda: time.time() + next(clock)
    )
    assert (summary.sent, summary.closed, summary.problem) == (0, "sends again at 20:00", None)
    assert world.jobs()[key][0] == "waiting"
    arrived = server.faults.calls("b2_upload_part/")
    assert 1 <= arrived < 12
    line.set_limit(0)
    line.closing = ""
    assert world.run(server, store=store, line=line).checked == 1
    assert server.faults.calls("b2_upload_part/") == 12  # each once


def store_with(server, line):
    key = ApplicationKey(server.key_id, server.key)
    return B2Store(server.bucket, key, realm=server.url, large_from=LARGE_FROM, part_size=PART, line=line)


class Clock:
    """A clock that moves when somebody sleeps on it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@given(
    sizes=st.lists(st.integers(min_value=1, max_value=200_000), min_size=1, max_size=40),
    limit=st.integers(min_value=50_000, max_value=10**8),
)
def test_never_more_goes_out_than_the_limit_and_a_quarter_of_a_second(sizes, limit):
    clock = Clock()
    line = Line(limit=limit, clock=clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.cloud.line.time.sleep", clock.sleep)
        for size in sizes:
            assert line.pace(size, never)
    assert sum(sizes) <= limit * (clock.now + 0.25) + 1
    assert clock.now <= sum(sizes) / limit + 1e-6


def test_a_limit_that_is_lifted_lets_go_what_waits_and_a_stop_too():
    line = Line(limit=50_000)
    threading.Timer(0.2, line.set_limit, [0]).start()
    assert line.pace(50_000_000, never)
    line.set_limit(50_000)
    assert not line.pace(50_000_000, lambda: True)


def test_a_line_that_closes_gives_no_connection():
    line = Line()
    line.closing = "sends again at 20:00"
    with pytest.raises(Interrupted, match="20:00"), line.connection(never):
        pass
    line.closing = ""
    with line.connection(never):
        pass


def test_the_settings_take_hours_speed_and_connections():
    places = [{"name": name, "kind": name, "root": f"/mnt/{name}"} for name in ("ssd", "nas")]
    cloud = {"kind": "b2", "bucket": "my-archive", "hours": "20:00 - 07:00", "limit": "40 Mbit/s", "parallel": 2}
    found = parse({"destinations": places, "cloud": cloud}).cloud
    assert (found.hours, found.limit, found.parallel) == ("20:00-07:00", "40 Mbit/s", 2)
    with pytest.raises(ConfigError) as caught:
        parse({"destinations": places, "cloud": {**cloud, "parallel": 0, "hours": "night"}})
    assert len(caught.value.mistakes) == 2


def test_the_default_store_is_not_held(server):
    assert store_for(server).line.limit == 0
