"""Who is called after real work: the ledger and the stream are those of real sessions."""

import contextlib
import http.server
import json
import sqlite3
import threading
import time

import pytest
from studio import cloud_at

from ingest.config import load
from ingest.notices.herald import Herald
from ingest.notices.send import Sent
from ingest.stream import store
from ingest.stream.notices import given_notices

DAY = 86_400.0
MUTE = "[notices]\ndesktop = false\n"


class Calls:
    """Stands for desktop and phone; fails: they are out of reach."""

    def __init__(self):
        self.got, self.complaints, self.fails = [], [], False

    def __call__(self, notice, settings):
        self.got.append(notice)
        return Sent((), ("no desktop here",)) if self.fails else Sent(("desktop",))


@pytest.fixture
def calls():
    return Calls()


def herald(studio, calls):
    return Herald(studio.home, load(studio.home), by=calls, tell=calls.complaints.append)


def titles(notices):
    return [notice.title for notice in notices]


def test_a_safe_card_is_told_once_whoever_looks(studio, calls):
    studio.shoot(3)
    assert studio.ingest().code == 0
    now, first, second = time.time(), herald(studio, calls), herald(studio, calls)
    [notice] = first.look(now)
    assert notice.title.startswith("Safe to format: ")
    assert notice.text.startswith("3 of 3 files proven")
    assert first.look(now + 3) == second.look(now + 4) == ()
    assert calls.got == [notice]


def test_a_verdict_that_is_not_safe_calls_with_reason_and_step_and_safe_later_is_news_again(studio, calls):
    studio.shoot(2)
    studio.put("DCIM/100CANON/EMPTY.JPG", b"")
    assert studio.ingest().code == 11
    watcher = herald(studio, calls)
    [notice] = watcher.look(time.time())
    assert notice.title.startswith("Not yet: ")
    assert "EMPTY.JPG" in notice.text
    assert studio.ingest("--acknowledge").code == 0
    assert [title.partition(":")[0] for title in titles(watcher.look(time.time()))] == ["Safe to format"]


def test_what_happened_before_somebody_looked_is_no_news(studio, calls):
    studio.shoot(1)
    studio.ingest()
    assert herald(studio, calls).look(time.time() + 2 * 3600) == ()


def test_behind_other_work_verdicts_are_left_to_the_watcher(studio, calls):
    studio.shoot(1)
    studio.ingest()
    assert herald(studio, calls).look(time.time(), sessions=False) == ()
    assert len(herald(studio, calls).look(time.time())) == 1


def test_a_session_that_failed_and_a_silent_card_call_and_one_that_was_interrupted_or_typed_wrongly_does_not(
    studio, calls
):
    studio.shoot(1)
    studio.ingest()
    watcher, now = herald(studio, calls), time.time()
    watcher.look(now)
    with contextlib.closing(store.open_stream(studio.home)) as stream:
        for verb, code in (("ingest", 13), ("ingest", 130), ("ingest", 12), ("check", 13)):
            session = store.begin(stream, verb, 1, 1.0, now)
            store.tell(stream, session, now, "error", {"exit": code, "message": f"{verb} {code}", "hint": "Look"})
        store.tell(stream, session, now, "card_waits", {"label": "EOSR5_A", "uuid": "9C33-6BBD"})
        store.tell(stream, session, now, "card_silent", {"label": "EOSR5_B"})
    told = watcher.look(now + 1)
    assert [(notice.title, notice.text) for notice in told] == [
        ("A session ended with an error", "ingest 13. Look."),
        (
            "A card waits for you: EOSR5_A 9C33-6BBD",
            "Say whether it is to be ingested: safelight ingest, or on the page.",
        ),
        ("EOSR5_B does not answer, do not format it", "Try another reader or cable."),
    ]
    assert watcher.look(now + 2) == ()


def test_a_queue_that_stands_still_for_a_day_is_told_and_while_it_is_paused_it_is_not(studio, server, calls):
    studio.configure(extra=cloud_at(server.url))
    studio.shoot(2)
    assert studio.ingest().code == 0
    watcher, now = herald(studio, calls), time.time()
    for hour in range(24):
        watcher.look(now + hour * 3600)
    del calls.got[:]
    assert watcher.look(now + DAY - 3600) == ()
    [notice] = watcher.look(now + DAY + 60)
    assert (notice.title, "2 files wait" in notice.text) == ("The cloud has stood still for a day", True)
    assert studio.run("cloud", "pause").code == 0
    assert watcher.look(now + 2 * DAY + 120) == ()
    assert studio.run("cloud", "resume").code == 0
    assert watcher.look(now + 2 * DAY + 3600) == ()
    assert studio.run("cloud", "run").code == 0
    assert watcher.look(now + 4 * DAY) == ()


def test_an_upload_that_needs_a_person_calls(studio, server, calls):
    studio.configure(extra=cloud_at(server.url))
    studio.shoot(2)
    studio.ingest()
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        ledger.execute("UPDATE upload_job SET state = 'needs you', last_error = 'The copy is gone' WHERE id = 1")
        ledger.commit()
    told = herald(studio, calls).look(time.time(), sessions=False)
    assert [(notice.title, "1 file cannot be sent: The copy is gone." in notice.text) for notice in told] == [
        ("Uploads need you", True)
    ]


def test_very_many_changed_copies_call(studio, calls):
    studio.shoot(12)
    studio.ingest()
    for path in studio.nas.rglob("*.JPG"):
        path.write_bytes(b"x" * path.stat().st_size)
    assert studio.run("verify", "--at", "nas").code == 18
    [notice] = herald(studio, calls).look(time.time(), sessions=False)
    assert (notice.title, notice.urgent) == ("Very many copies changed", True)
    assert "safelight verify --history" in notice.text


def test_missed_nights_and_an_overdue_drill_call_and_stay(studio, calls):
    studio.shoot(1)
    studio.ingest()
    now = time.time()
    (studio.home / "schedule").write_text(f"02:30 {now:.0f}\n")
    watcher = herald(studio, calls)
    assert titles(watcher.look(now + 3 * DAY)) == ["Nights were missed"]
    assert titles(watcher.look(now + 91 * DAY)) == ["A drill is overdue", "Nights were missed"]


def test_a_notice_that_cannot_be_sent_is_complained_of_once_and_tried_again(studio, calls):
    studio.shoot(1)
    studio.ingest()
    calls.fails, now = True, time.time()
    watcher = herald(studio, calls)
    assert len(watcher.look(now)) == 1
    assert watcher.look(now + 60) == ()
    assert len(watcher.look(now + 700)) == 1
    assert calls.complaints == ["A notice could not be sent. no desktop here"]
    calls.fails = False
    assert len(watcher.look(now + 1400)) == 1
    assert watcher.look(now + 2100) == ()
    assert len(calls.complaints) == 1


def test_without_a_ledger_or_with_a_damaged_stream_nothing_is_told_and_nothing_breaks(studio, calls):
    assert herald(studio, calls).look(time.time()) == ()
    assert not (studio.home / "ledger.sqlite").exists()
    studio.shoot(1)
    studio.ingest()
    (studio.home / "stream.sqlite").write_bytes(b"no database at all" * 100)
    for end in ("-wal", "-shm"):
        (studio.home / f"stream.sqlite{end}").unlink(missing_ok=True)
    assert len(herald(studio, calls).look(time.time())) == 1


def test_a_stream_of_an_older_safelight_remembers_notices_too(studio, calls):
    studio.shoot(1)
    studio.ingest()
    with contextlib.closing(sqlite3.connect(studio.home / "stream.sqlite")) as old:
        old.execute("DROP TABLE notice")
        events = old.execute("SELECT count(*) FROM event").fetchone()
    assert len(herald(studio, calls).look(time.time())) == 1
    with contextlib.closing(store.open_stream(studio.home)) as stream:
        assert any(key.startswith("@verdict ") for key in given_notices(stream))
        assert stream.execute("SELECT count(*) FROM event").fetchone() == events


# -- the commands -----------------------------------------------------------------------------------------------------
@pytest.fixture
def phone(studio, monkeypatch):
    """An address that takes JSON, set in the studio."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.got = []
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", f"json://127.0.0.1:{running.server_port}/box")
        studio.configure(extra=f'{MUTE}urls_from = "environment"\n')
        yield running
        running.shutdown()
        thread.join()


def test_a_drill_and_a_night_that_fail_call_at_their_end(studio, phone):
    studio.shoot(2)
    assert studio.ingest().code == 0
    assert studio.run("drill").code == 0
    assert phone.got == []
    for place in (studio.ssd, studio.nas):
        for path in place.rglob("*.JPG"):
            path.write_bytes(b"rotten")
    assert studio.run("drill", "--json").last["passed"] is False
    assert phone.got == ["A drill did not pass"]
    assert studio.run("nightly").code != 0
    assert phone.got[1:] == ["The night's work did not all succeed"]


def test_a_test_notice_says_by_which_way_it_went_and_its_exit_code_tells(studio, phone):
    run = studio.run("notices", "test", "--json")
    assert (run.code, run.last["ways"], run.last["problems"]) == (0, ["addresses"], [])
    assert phone.got == ["Safelight can reach you"]
    studio.configure(extra=MUTE)
    run = studio.run("notices", "test")
    assert (run.code, "No way is set" in run.out) == (4, True)
    studio.configure(extra="")
    run = studio.run("notices", "test")
    assert (run.code, "cannot be shown on this desktop" in run.out) == (4, True)


def test_a_desktop_that_takes_no_notice_is_told_once_and_by_doctor_from_then_on(studio):
    studio.shoot(1)
    studio.ingest()
    for path in studio.nas.rglob("*.JPG"):
        path.write_bytes(b"rotten")
    runs = [studio.run("drill"), studio.run("drill")]
    assert [(run.code, run.err.count("A notice could not be sent")) for run in runs] == [(18, 1), (18, 0)]
    [finding] = [each for each in studio.run("doctor", "--json").events("finding") if each["what"] == "notices"]
    assert "cannot be shown on this desktop" in finding["text"]


def test_addresses_are_typed_at_a_terminal_alone(studio):
    run = studio.run("notices", "urls")
    assert (run.code, "SAFELIGHT_NOTICE_URLS" in run.err) == (2, True)
