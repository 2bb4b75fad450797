# ruff: noqa: N802, F821, F722 - the names of a desktop's methods, and their types as the bus writes them
"""Notices as they are really sent: over a D-Bus of their own to a desktop that writes them down, and by HTTP."""

import asyncio
import contextlib
import http.server
import json
import logging
import subprocess
import threading

import pytest
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, method

from ingest.config.settings import NoticeSettings, UrlsFrom
from ingest.notices import send as sending
from ingest.notices.decide import Kind, Notice
from ingest.notices.send import send

SAFE = Notice(Kind.SAFE, "Safe to format: EOSR5_A", "All files proven.", "@verdict 1")
BAD = Notice(Kind.NEEDS_YOU, "DO NOT FORMAT: EOSR5_A", "3 files differ.", "@verdict 2", urgent=True)
DESKTOP = NoticeSettings(desktop=True, urls_from=UrlsFrom.NOWHERE)
URLS = NoticeSettings(desktop=False, urls_from=UrlsFrom.ENVIRONMENT)


class Desktop(ServiceInterface):
    """What a desktop offers (the Desktop Notifications Specification), and writes down."""

    def __init__(self):
        super().__init__("org.freedesktop.Notifications")
        self.shown = []

    @method()
    def Notify(
        self,
        app: "s",
        replaces: "u",
        icon: "s",
        title: "s",
        text: "s",
        actions: "as",
        hints: "a{sv}",
        timeout: "i",
    ) -> "u":
        self.shown.append((app, title, text, hints["urgency"].value))
        return len(self.shown)

    @method()
    def GetCapabilities(self) -> "as":
        return ["body"]

    @method()
    def GetServerInformation(self) -> "ssss":
        return ["test", "safelight", "1", "1.2"]

    @method()
    def CloseNotification(self, number: "u"):
        pass


@pytest.fixture
def bus(tmp_path, monkeypatch):
    """A session bus of this test's own."""
    address = f"unix:path={tmp_path}/bus"
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}", "--print-address"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout.readline()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    daemon.terminate()
    daemon.wait()
    daemon.stdout.close()


@pytest.fixture
def desktop(bus):
    desktop, begun, loop = Desktop(), threading.Event(), asyncio.new_event_loop()

    async def serve():
        connection = await MessageBus(bus).connect()
        connection.export("/org/freedesktop/Notifications", desktop)
        await connection.request_name("org.freedesktop.Notifications")
        begun.set()
        await connection.wait_for_disconnect()

    def run():
        with_end = loop.create_task(serve())
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(with_end)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    yield desktop
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    thread.join()
    loop.close()


def test_a_notice_is_shown_on_the_desktop_and_do_not_format_stays_there(desktop):
    assert send(SAFE, DESKTOP) == sending.Sent(("desktop",), ())
    assert send(BAD, DESKTOP).arrived
    assert desktop.shown == [
        ("Safelight", "Safe to format: EOSR5_A", "All files proven.", 1),
        ("Safelight", "DO NOT FORMAT: EOSR5_A", "3 files differ.", 2),
    ]


def test_a_name_on_a_card_plays_no_trick_on_a_desktop_that_reads_markup(desktop):
    name = "<a href='x'>\x1b[31m\u202egpj & co</a>"
    assert send(Notice(Kind.SAFE, name, name, "k"), DESKTOP).arrived
    for text in desktop.shown[0][1:3]:
        assert text.isprintable()
        assert not set("<>&\x1b\u202e") & set(text)


def test_a_text_that_is_far_too_long_is_cut(desktop):
    send(Notice(Kind.SAFE, "t", "word " * 1000, "k"), DESKTOP)
    assert len(desktop.shown[0][2]) == 400


def test_without_a_session_of_the_desktop_it_is_told_and_nothing_is_raised(monkeypatch, caplog, capfd):
    monkeypatch.delenv("DISPLAY", raising=False)
    sent = send(SAFE, DESKTOP)
    assert not sent.arrived
    assert "cannot be shown on this desktop" in sent.problems[0]
    assert "DBUS_SESSION_BUS_ADDRESS" in sent.problems[0]
    assert capfd.readouterr() == ("", "")


def test_a_desktop_that_is_not_there_on_the_bus_is_told(bus):
    [problem] = send(SAFE, DESKTOP).problems
    assert "org.freedesktop.Notifications" in problem


def test_a_desktop_that_never_answers_is_given_up(desktop, monkeypatch):
    monkeypatch.setattr(sending, "_SECONDS", 0.3)
    monkeypatch.setattr("desktop_notifier.DesktopNotifier.send", lambda *_, **__: asyncio.sleep(60))
    [problem] = send(SAFE, DESKTOP).problems
    assert "did not take a notice" in problem


# -- by mail or to a phone ------------------------------------------------------------------------------------------
@pytest.fixture
def phone():
    """A service at which Apprise leaves JSON; answer: its status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(self.server.answer)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.answer = [], 200
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address_of(phone, secret="hush-hush-hush"):
    return f"json://user:{secret}@127.0.0.1:{phone.server_port}/box"


def test_a_notice_goes_to_every_address_of_the_environment(phone, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", f"{address_of(phone)} {address_of(phone)}")
    assert send(SAFE, URLS) == sending.Sent(("addresses",), ())
    assert [(got["title"], got["message"], got["type"]) for got in phone.got] == [
        ("Safe to format: EOSR5_A", "All files proven.", "success")
    ] * 2
    send(BAD, URLS)
    assert phone.got[-1]["type"] == "warning"


def test_an_address_that_refuses_is_told_by_number_and_never_by_its_secret(phone, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", f"{address_of(phone)} nonsense://hush-hush-hush@x")
    phone.answer = 500
    sent = send(SAFE, URLS)
    assert sent.problems == ("2 of 2 addresses for notices did not take it",)
    told = repr(sent) + "".join(capfd.readouterr()) + caplog.text
    assert "hush-hush-hush" not in told


def test_addresses_that_are_asked_for_and_are_not_there_are_told():
    [problem] = send(SAFE, URLS).problems
    assert "SAFELIGHT_NOTICE_URLS is not set" in problem
    [problem] = send(SAFE, NoticeSettings(desktop=False, urls_from=UrlsFrom.KEYCHAIN)).problems
    assert "holds no addresses" in problem


def test_without_apprise_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", "json://localhost")
    [problem] = send(SAFE, URLS).problems
    assert "pip install '.[mail]'" in problem


def test_where_nothing_is_set_nothing_is_sent():
    assert send(SAFE, NoticeSettings(desktop=False, urls_from=UrlsFrom.NOWHERE)) == sending.Sent()
