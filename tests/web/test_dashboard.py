"""The verb: it says how to come in, serves, and ends by Ctrl-C."""

import builtins
import re
import signal
import socket

import httpx
import pytest

from ingest.web.keys import RUNNING

LINK = re.compile(r"http://127\.0\.0\.1:\d+/enter\?token=[0-9a-f.]+")


def link_of(text):
    return LINK.search(text).group()


@pytest.fixture
def dashboard(studio):
    """The command as a process of its own, once its link is there: (process, link)."""
    process = studio.start("dashboard", "--no-open")
    lines = ""
    while not LINK.search(lines):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines += line
    yield process, link_of(lines)
    if process.poll() is None:
        process.kill()
    process.communicate()


def ask(url, **options):
    with httpx.Client(trust_env=False, timeout=60, **options) as client:
        for _ in range(200):  # the link is told a moment before the first answer
            try:
                return client.get(url, follow_redirects=True)
            except httpx.ConnectError:
                continue
        raise AssertionError("it never answered")


def test_the_link_leads_to_the_page_and_ctrl_c_ends_it_while_it_is_open(dashboard, studio):
    process, link = dashboard
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert (
            "No card in a reader" in client.get(link, follow_redirects=True).text or "Looking" in client.get("/").text
        )
        base = link.partition("/enter")[0]
        with client.stream("GET", f"{base}/events") as response:
            assert next(response.iter_lines()).startswith("id: ")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "The page is closed" in err
    assert "Traceback" not in err
    assert not (studio.home / RUNNING).exists()


def test_it_listens_on_this_computer_alone(dashboard):
    _, link = dashboard
    port = int(link.split(":")[2].partition("/")[0])
    ask(link)
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [row for row in rows if int(row.partition(":")[2], 16) == port] == [f"0100007F:{port:04X}"]


def test_a_second_one_gives_a_link_to_the_first_and_so_does_the_option(dashboard, studio):
    _, link = dashboard
    for words in (("dashboard", "--no-open"), ("dashboard", "--link")):
        run = studio.run(*words)
        assert run.code == 0, run.err
        new = link_of(run.out)
        assert new != link
        assert new.partition("/enter")[0] == link.partition("/enter")[0]
        assert ask(new).status_code == 200


def test_a_link_without_a_page_says_how_to_start_one(studio):
    run = studio.run("dashboard", "--link")
    assert run.code == 2
    assert "safelight dashboard" in run.err


def test_a_note_of_a_page_that_was_killed_is_not_believed(dashboard, studio):
    process, _ = dashboard
    process.kill()
    process.wait()
    assert (studio.home / RUNNING).exists()
    assert studio.run("dashboard", "--link").code == 2


def test_a_port_that_is_taken_is_told(studio):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = studio.run("dashboard", "--no-open", "--port", str(taken.getsockname()[1]))
    assert run.code == 2
    assert "Port" in run.err
    assert "leave --port out" in run.err


def test_without_the_extra_it_says_what_to_install(studio, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name == "uvicorn":
            raise ImportError("No module named 'uvicorn'", name="uvicorn")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    run = studio.run("dashboard", "--no-open")
    assert run.code == 4
    assert "pip install '.[dashboard]'" in run.err
