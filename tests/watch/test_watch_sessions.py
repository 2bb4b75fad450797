"""The watcher as a process, its cards as folders: each gets a session of its own."""

import os
import signal
import time

import pytest
from cards import card
from studio import cloud_at
from watching import is_gone

from ingest.stream.recorder import Recorder


def levels(watch):
    return {os.path.basename(line["mount"]): line["level"] for line in watch.events("verdict")}


SLOW = 'limit = "1 MB/s"\n'  # stands behind the last destination


def test_a_card_that_comes_meanwhile_begins_and_one_that_is_back_begins_again(studio, watching, server):
    studio.configure(extra='[watch]\nstart = "auto"\n' + cloud_at(server.url))
    pictures = card(studio, "A", 3)
    watch = watching("--json", folders=["A"])
    watch.until(lambda: "A" in watch.states())
    pictures |= card(studio, "B", 4)
    watch.mount("A", "B")
    watch.until(lambda: len(levels(watch)) == 2)
    assert levels(watch) == {"A": "safe", "B": "safe"}
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(pictures.values())
    assert watch.until(lambda: set(watch.states().values()) == {"ended"})
    watch.until(lambda: [line for line in watch.events("summary") if line.get("of") == "cloud run"])
    assert studio.ask("SELECT count(*) FROM upload_job WHERE state IN ('sent', 'checked')") == [(len(pictures),)]
    watch.mount("B")
    watch.until(lambda: watch.states() == {"B": "ended"})
    card(studio, "A", 2, seed=2)
    watch.mount("B", "A")
    watch.until(lambda: [line["label"] for line in watch.events("card_found")].count("A") == 2)
    assert watch.states().keys() == {"A", "B"}
    assert watch.states()["B"] == "ended"
    assert watch.end() in (0, 130)
    assert watch.beat()["ended"]


def test_where_nobody_can_be_asked_a_card_waits_for_a_word_and_nothing_is_copied(studio, watching):
    card(studio, "A")
    watch = watching(folders=["A"])
    [told] = watch.until(lambda: [each for each in watch.told() if each.type == "card_waits"])
    assert told.body["mount"] == str(studio.base / "A")
    assert watch.until(lambda: watch.states()) == {"A": "waits"}
    time.sleep(0.5)
    assert studio.copies(studio.ssd) == {}
    assert studio.run("ingest", studio.base / "A", "--json", "--dry-run").code == 0
    assert watch.states() == {"A": "waits"}
    with Recorder(studio.home, "ingest", print) as session:
        session.say("card_found", {"root": str(studio.base / "A")})
        assert watch.until(lambda: watch.states()["A"] == "other")
    assert "It waits for your word: safelight ingest" in watch.out.read_text()
    assert watch.end(signal.SIGINT) == 0
    assert watch.out.read_text().endswith("The watch has ended.\n")


def test_once_without_anybody_to_ask_is_a_plain_mistake(studio):
    answer = studio.run("watch", "--once", "--json")
    assert (answer.code, answer.last["message"]) == (2, "Nobody can be asked here")


def test_a_second_watcher_is_told_of_the_first(studio, watching):
    watch = watching("--auto", "--json", folders=[])
    watch.until(watch.beat)
    answer = studio.run("watch", "--auto", "--json")
    assert answer.code == 12
    assert "Another watcher is at work for this home (running" in answer.last["message"]
    assert watch.end() == 0
    assert watch.lines[-1] == {"schema": 1, "type": "summary", "exit": 0}
    other = watching("--auto", folders=[])
    other.until(lambda: other.beat().get("pid") == other.process.pid)


def test_a_sigterm_ends_the_sessions_in_order_and_the_same_card_goes_on(studio, watching):
    studio.configure(extra=SLOW)
    pictures = card(studio, "A", 3, 400_000)
    watch = watching("--auto", "--json", folders=["A"])
    watch.until(lambda: watch.events("phase") and watch.events("phase")[-1]["name"] == "copying")
    [session] = watch.until(lambda: watch.beat()["sessions"])
    assert watch.end() == 130
    assert is_gone(session["pid"])
    said = [line["text"] for line in watch.events("said")]
    assert f"A is not finished, do not format it. To go on: safelight ingest {studio.base}/A" in said
    assert watch.lines[-1]["exit"] == 130
    studio.configure(extra="")
    answer = studio.run("ingest", studio.base / "A", "--json")
    assert answer.level == "safe"
    assert studio.contents(studio.nas) == sorted(pictures.values())
    assert studio.leftovers() == []


def test_a_session_that_is_killed_is_begun_once_more_and_then_told(studio, watching):
    studio.configure(extra=SLOW)
    card(studio, "A", 8, 500_000)
    watch = watching("--auto", "--json", folders=["A"])
    killed = []
    for _ in range(2):
        session = watch.until(lambda: [s for s in watch.beat().get("sessions", []) if s["pid"] not in killed])[0]
        os.kill(session["pid"], signal.SIGKILL)
        killed.append(session["pid"])
        watch.until(lambda: len(watch.events("error")) == len(killed))
    told = [line["message"] for line in watch.events("error")]
    assert "A: its session was killed. It is begun once more" in told[0]
    assert "Do not format the card; try again with: safelight ingest" in told[1]
    assert watch.until(lambda: watch.states()["A"] == "ended")
    assert [each.body["exit"] for each in watch.told() if each.type == "session_died"] == [-9, -9]
    assert watch.beat()["sessions"] == []


def test_settings_with_a_mistake_at_the_start_end_the_watch_and_later_are_told(studio, watching):
    watch = watching("--auto", "--json", folders=[])
    watch.until(watch.beat)
    good = (studio.home / "config.toml").read_text()
    (studio.home / "config.toml").write_text(good + "[gate]\nnonsense = 1\n")
    [said] = watch.until(lambda: watch.events("said"))
    assert "the old ones stay" in said["text"]
    card(studio, "A")
    watch.mount("A")
    watch.until(lambda: watch.events("error"))
    assert watch.end() == 0
    assert studio.run("watch", "--auto", "--json").code == 4


@pytest.mark.parametrize("words", [("--install", "--status"), ("--status", "--auto"), ("--uninstall", "--once")])
def test_what_is_asked_of_the_system_stands_alone(studio, words):
    assert studio.run("watch", *words, "--json").code == 2
