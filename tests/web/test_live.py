"""The page while it is open: over a real connection, events in their order, resumed where they were cut."""

import json
import os
import re
import signal
import sqlite3
import time

import pytest

from ingest.stream import store
from ingest.web.floor import Floor
from ingest.web.look_child import look

KINDS = {"now", "cards", "shoots", "health", "work"}


class Events:
    """Server-sent events as a browser takes them: (id, topic, data)."""

    def __init__(self, response):
        self._lines = response.iter_lines()

    def __next__(self):
        fields = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif fields.get("event"):
                return fields["id"], fields["event"], json.loads(fields["data"])
            elif not line:
                fields = {}
        raise AssertionError("the stream ended")

    def until(self, topic):
        """The ids and topics up to the first of this topic."""
        found = []
        while not found or found[-1][1] != topic:
            found.append(next(self)[:2])
        return found


def noticed(served, number):
    """Wait until the page has seen this event."""
    deadline = time.monotonic() + 30
    while served.floor.pulse.number < number and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.fixture
def stream(studio):
    """The stream as a session writes it, and the session's number."""
    connection = store.open_stream(studio.home)
    number = store.begin(connection, "ingest", 1, 1.0, time.time())
    yield lambda kind="warned": store.tell(connection, number, time.time(), kind, {"type": kind, "text": kind})
    connection.close()


def test_a_new_listener_is_told_to_look_at_everything_once(served):
    with served.client() as client, client.stream("GET", "/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in response.headers
        events = Events(response)
        told = [next(events) for _ in KINDS]
        assert {topic for _, topic, _ in told} == KINDS
        assert all(data == {"schema": 1, "topic": topic} for _, topic, data in told)


def test_what_a_session_tells_reaches_the_page_with_its_number(served, stream, studio):
    with served.client() as client, client.stream("GET", "/events") as response:
        events = Events(response)
        for _ in KINDS:
            next(events)
        number = stream("verdict")
        while (told := next(events))[1] != "shoots" or not told[0].endswith(f"-{number}"):
            pass
        with sqlite3.connect(studio.home / store.STREAM) as connection:
            assert told[0] == f"{store.epoch_of(connection)}-{number}"


def test_who_was_cut_off_is_told_what_was_missed_and_nothing_twice(served, stream):
    with served.client() as client:
        noticed(served, stream())
        with client.stream("GET", "/events") as response:
            last = Events(response).until("now")[-1][0]
        with client.stream("GET", "/events", headers={"last-event-id": last}) as response:
            first = next(Events(response))
            assert first[1] == "cards", "nothing was missed of the stream: only what has no number is looked at"
        number = stream()
        noticed(served, number)
        with client.stream("GET", "/events", headers={"last-event-id": last}) as response:
            told = next(Events(response))
            assert (told[0].rpartition("-")[2], told[1]) == (str(number), "now")


@pytest.mark.parametrize("last", ["000000000000-1", "nonsense", "-", "{epoch}-999999", "{epoch}-x"])
def test_a_number_of_another_stream_means_that_the_page_is_loaded_anew(served, stream, last):
    stream()
    with served.client() as client:
        headers = {"last-event-id": last.format(epoch=served.floor.pulse.epoch)}
        with client.stream("GET", "/events", headers=headers) as response:
            assert next(Events(response))[1] == "refresh"


def test_a_stream_that_is_made_anew_is_followed(served, studio):
    with served.client() as client, client.stream("GET", "/events") as response:
        events = Events(response)
        for _ in KINDS:
            next(events)
        for end in ("", "-wal", "-shm"):
            (studio.home / f"{store.STREAM}{end}").unlink(missing_ok=True)
        store.open_stream(studio.home).close()
        with sqlite3.connect(studio.home / store.STREAM) as connection:
            epoch = store.epoch_of(connection)
        while not next(events)[0].startswith(epoch):
            pass


def test_a_change_of_the_ledger_by_another_program_is_noticed(served, studio):
    with served.client() as client, client.stream("GET", "/events") as response:
        events = Events(response)
        for _ in KINDS:
            next(events)
        with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
            ledger.execute("CREATE TABLE later (x)")
        assert events.until("shoots")


def test_two_tabs_are_told_the_same(served, stream):
    with served.client() as one, served.client() as other:
        with one.stream("GET", "/events") as first, other.stream("GET", "/events") as second:
            tabs = [Events(first), Events(second)]
            for events in tabs:
                for _ in KINDS:
                    next(events)
            number = stream()
            for events in tabs:
                while not next(events)[0].endswith(f"-{number}"):
                    pass
        assert len(served.floor.pulse._listeners) <= 2


def test_a_server_that_was_killed_and_is_back_at_its_port_lets_the_same_browser_go_on(serve, stream):
    with serve() as before, before.client() as client:
        cookies, port = dict(client.cookies), before.port
        number = stream()
    with serve(port) as after, after.client(cookies) as client:
        assert client.get("/").status_code == 200, "the visit is still good"
        headers = {"last-event-id": f"{after.floor.pulse.epoch}-{number - 1}"}
        with client.stream("GET", "/events", headers=headers) as response:
            assert next(Events(response))[:2] == (f"{after.floor.pulse.epoch}-{number}", "now")


def test_settings_that_change_are_taken_up_and_a_mistake_in_them_changes_nothing(served, studio):
    def until(condition):
        deadline = time.monotonic() + 30
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert condition()

    old = served.desk.settings
    studio.configure(extra="[cards]\nignore = ['*.tmp']\n")
    until(lambda: served.desk.settings is not old)
    taken = served.desk.settings
    (studio.home / "config.toml").write_text("nonsense", encoding="utf-8")
    time.sleep(1.5)
    assert served.desk.settings is taken


def test_the_page_follows_a_card_from_copying_to_safe_to_a_photograph_more(served, studio):
    """The second moment, whole: SAFE, then one photograph is added, and the page takes SAFE back and asks anew."""

    def until(client, *words):
        deadline = time.monotonic() + 60
        text = ""
        while time.monotonic() < deadline:
            text = client.get("/now/part").text
            if all(word in text for word in words):
                return text
            time.sleep(0.1)
        raise AssertionError(f"{words} never came: {text}")

    studio.shoot()
    with served.client() as client:
        assert "No card in a reader" in until(client, "Plug one in")
        assert studio.ingest().level == "safe"
        until(client, "SAFE TO FORMAT", "3 of 3 files proven", "Format it in the camera")
        studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
        text = until(client, "NOT YET", "1 file not copied yet: IMG_0009.JPG")
        assert "SAFE TO FORMAT" not in text.partition("card-panel")[2]
        more = studio.card / "DCIM/100CANON/IMG_0009.JPG"
        data = more.read_bytes()
        more.unlink()
        until(client, "SAFE TO FORMAT", "Format it in the camera")
        studio.put("DCIM/100CANON/IMG_0009.JPG", data)
        until(client, "NOT YET", "1 file not copied yet: IMG_0009.JPG")
        (studio.card).rename(studio.base / "pulled")
        until(client, "NOT YET", "not in the reader")


def test_a_button_starts_the_command_that_stands_beside_it_and_leads_back(served, studio):
    studio.shoot()
    assert studio.ingest().level == "safe"
    with served.client() as client:
        deadline = time.monotonic() + 60
        while 'action="/do/check"' not in (page := client.get("/").text) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert f"safelight check {studio.card}" in page
        fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page))
        headers = {"origin": served.url, "referer": f"{served.url}/?from=here"}
        answer = client.post("/do/check", data=fields, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?from=here")
        while "running" in (work := client.get("/work").text) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert f"safelight check {studio.card}" in work
        assert "SAFE TO FORMAT" in work


def test_a_damaged_ledger_is_told_and_no_card_is_called_safe(served, studio):
    studio.shoot()
    assert studio.ingest().level == "safe"
    for end in ("", "-wal", "-shm"):
        (studio.home / f"ledger.sqlite{end}").unlink(missing_ok=True)
    (studio.home / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    with served.client() as client:
        for path in ("/", "/now/part"):
            answer = client.get(path)
            assert answer.status_code == 500
            assert "The ledger cannot be read" in answer.text
            assert "safelight ledger check" in answer.text
            assert "SAFE TO FORMAT" not in answer.text


def test_a_reader_that_hangs_takes_safe_back_until_it_answers_again(served, studio):
    def until(client, words):
        deadline = time.monotonic() + 60
        while words not in (text := client.get("/now/part").text):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)
        return text

    studio.shoot()
    served.floor.looker.soon = 0.5
    with served.client() as client:
        assert studio.ingest().level == "safe"
        until(client, "Format it in the camera")
        child = served.floor.looker._child.pid
        os.kill(child, signal.SIGSTOP)
        try:
            assert "Do not format it on that" in until(client, "THE READER DOES NOT ANSWER")
        finally:
            os.kill(child, signal.SIGCONT)
        until(client, "Format it in the camera")


def test_a_check_that_has_answered_and_still_runs_is_not_taken_for_a_look_at_what_came_since(desk, studio, monkeypatch):
    studio.shoot()
    assert studio.ingest().level == "safe"
    floor = Floor(desk)
    started = []
    monkeypatch.setattr(floor.errands, "start", lambda name, root: started.append((name, root)))
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
    facts = look([], ["/"], [str(studio.card)])
    floor.looker.seen = floor.looker._taken(facts)
    monkeypatch.setattr(floor.errands, "running_for", lambda _root: ["it answered, and is about to end"])
    floor.recheck()
    assert started == []
    monkeypatch.setattr(floor.errands, "running_for", lambda _root: [])
    floor.recheck()
    floor.recheck()
    assert started == [("check", str(studio.card))]
