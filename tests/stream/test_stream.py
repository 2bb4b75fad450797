"""The stream: what sessions say, numbered, kept, and never in the way of a session."""

import contextlib
import multiprocessing
import os
import signal
import sqlite3

import pytest

from ingest import events
from ingest.stream import store
from ingest.stream.recorder import Recorder, is_alive

NOON = 1_790_000_000.0


@pytest.fixture
def stream(tmp_path):
    with contextlib.closing(store.open_stream(tmp_path)) as found:
        yield found


def kinds(told):
    return [each.type for each in told]


def test_events_have_numbers_from_which_a_reader_goes_on(stream):
    session = store.begin(stream, "ingest", 1, 0.0, NOON)
    numbers = [store.tell(stream, session, NOON, "warned", {"text": str(n)}) for n in range(5)]
    assert numbers == sorted(set(numbers))
    assert [each.body["text"] for each in store.told_since(stream, numbers[2])] == ["3", "4"]
    assert [each.id for each in store.told_since(stream, 0, most=2)] == numbers[:2]
    assert store.newest_number(stream) == numbers[-1]
    assert store.told_since(stream, numbers[-1]) == []


def test_of_how_far_a_session_is_only_the_newest_is_kept_and_its_number_goes_on(stream):
    one, two = (store.begin(stream, "ingest", 1, 0.0, NOON) for _ in range(2))
    for n in range(4):
        last = store.tell(stream, one, NOON, "progressed", {"read": n})
        store.tell(stream, two, NOON, "progressed", {"read": 10 * n})
    assert [each.body["read"] for each in store.told_by(stream, one)] == [3]
    assert [each.body["read"] for each in store.told_by(stream, two)] == [30]
    assert [each.id for each in store.told_since(stream, last - 1)] == [last, last + 1]


def test_numbers_are_never_given_twice_also_when_the_last_one_went(stream):
    session = store.begin(stream, "ingest", 1, 0.0, NOON)
    last = store.tell(stream, session, NOON, "progressed", {})
    later = store.begin(stream, "ingest", 1, 0.0, NOON + store.MONTH + 1)
    assert store.told_by(stream, session) == []
    assert store.tell(stream, later, NOON, "warned", {}) > last


def test_what_is_older_than_a_month_goes_and_the_rest_stays(stream):
    old = store.begin(stream, "ingest", 1, 0.0, NOON)
    young = store.begin(stream, "check", 1, 0.0, NOON + store.MONTH - 5)
    for session in (old, young):
        store.tell(stream, session, NOON, "warned", {})
    now = store.begin(stream, "ingest", 1, 0.0, NOON + store.MONTH + 5)
    assert [row.id for row in store.newest_sessions(stream)] == [now, young]
    assert {each.session for each in store.told_since(stream, 0)} == {young}


def test_a_damaged_stream_is_made_anew_under_another_word_and_the_session_goes_on(tmp_path):
    with contextlib.closing(store.open_stream(tmp_path)) as before:
        word = store.epoch_of(before)
        store.begin(before, "ingest", 1, 0.0, NOON)
    (tmp_path / store.STREAM).write_bytes(b"no database " * 1000)
    heard = []
    with Recorder(tmp_path, "ingest", heard.append) as recorder:
        recorder(events.Warned("code", "text"))
        recorder.ends(0)
    with contextlib.closing(store.open_stream(tmp_path)) as after:
        assert store.epoch_of(after) != word
        assert kinds(store.told_since(after, 0)) == ["warned"]
    assert [event.text for event in heard] == ["text"]


def test_a_stream_that_is_damaged_while_a_session_runs_costs_notes_and_nothing_else(tmp_path):
    heard = []
    with Recorder(tmp_path, "ingest", heard.append) as recorder:
        recorder(events.Warned("code", "first"))
        for end in ("", "-wal", "-shm"):
            (tmp_path / f"{store.STREAM}{end}").write_bytes(b"\xff" * 65_536)
        recorder(events.Warned("code", "second"))
        recorder.ends(0)
    assert [event.text for event in heard] == ["first", "second"]


def test_a_stream_that_another_one_holds_costs_notes_and_nothing_else(tmp_path):
    store.open_stream(tmp_path).close()
    other = sqlite3.connect(tmp_path / store.STREAM, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    heard = []
    with Recorder(tmp_path, "ingest", heard.append) as recorder:
        recorder(events.Warned("code", "text"))
        recorder.ends(0)
    other.close()
    assert len(heard) == 1


def test_a_home_in_which_nothing_can_be_written_costs_notes_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("a file, no folder")
    heard = []
    with Recorder(tmp_path / "file" / "home", "ingest", heard.append) as recorder:
        recorder(events.Warned("code", "text"))
        recorder.say("verdict", {})
    assert len(heard) == 1


def test_a_full_stream_costs_notes_and_nothing_else(tmp_path):
    heard = []
    with Recorder(tmp_path, "ingest", heard.append) as recorder:
        recorder._stream.execute("PRAGMA max_page_count = 1")
        for _ in range(3):
            recorder(events.Warned("code", "x" * 100_000))
        recorder.ends(0)
    assert len(heard) == 3


def test_a_session_says_its_end_and_an_error_says_what_it_was(tmp_path):
    with Recorder(tmp_path, "ingest", lambda _: None) as recorder:
        recorder.ends(11)
    with pytest.raises(RuntimeError), Recorder(tmp_path, "ingest", lambda _: None):
        raise RuntimeError("the reader fell off")
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path, "ingest", lambda _: None):
        raise KeyboardInterrupt
    with contextlib.closing(store.open_stream(tmp_path)) as stream:
        assert [row.exit for row in store.newest_sessions(stream)] == [130, 1, 11]
        [told] = store.told_since(stream, 0)
    assert (told.type, told.body["message"]) == ("error", "the reader fell off")


def test_a_run_that_writes_nothing_leaves_no_stream(tmp_path):
    with Recorder(None, "ingest", lambda _: None) as recorder:
        recorder(events.Warned("code", "text"))
    assert list(tmp_path.iterdir()) == []


def _killed(home):
    recorder = Recorder(home, "ingest", lambda _: None)
    recorder(events.Warned("code", "before"))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_session_that_was_killed_is_not_shown_as_alive(tmp_path):
    child = multiprocessing.get_context("fork").Process(target=_killed, args=(tmp_path,))
    child.start()
    child.join()
    with contextlib.closing(store.open_stream(tmp_path)) as stream, Recorder(tmp_path, "check", print):
        running, killed = store.newest_sessions(stream)
        assert (killed.ended, killed.exit, is_alive(killed)) == (None, None, False)
        assert is_alive(running)
        assert kinds(store.told_by(stream, killed.id)) == ["warned"]


def test_a_number_of_a_process_that_is_another_one_by_now_is_no_session(stream):
    store.begin(stream, "ingest", os.getpid(), 12.0, NOON)
    assert not is_alive(store.newest_sessions(stream)[0])


def test_progress_is_noted_a_few_times_a_second_at_most_and_passed_on_each_time(tmp_path, monkeypatch):
    now = iter((0.0, 0.1, 0.2, 0.3, 0.4, 0.5))
    monkeypatch.setattr("ingest.stream.recorder.time.monotonic", lambda: next(now) + 100.0)
    heard, noted = [], []
    monkeypatch.setattr(store, "tell", lambda *words: noted.append(words[-1]["read"]))
    with Recorder(tmp_path, "ingest", heard.append) as recorder:
        for n in range(5):
            recorder(events.Progressed(n))
    assert [event.read for event in heard] == [0, 1, 2, 3, 4]
    assert noted == [0, 3]


def test_a_sign_of_life_replaces_the_one_before_and_others_keep_theirs(stream):
    assert store.last_beat(stream, "watcher") is None
    store.beat(stream, "watcher", NOON, {"n": 1})
    store.beat(stream, "night", NOON, {"n": 5})
    store.beat(stream, "watcher", NOON + 3, {"n": 2})
    found = store.last_beat(stream, "watcher")
    assert (found.at, found.body) == (NOON + 3, {"n": 2})


def test_only_the_owner_may_read_what_sessions_say(tmp_path):
    store.open_stream(tmp_path).close()
    assert (tmp_path / store.STREAM).stat().st_mode & 0o777 == 0o600
