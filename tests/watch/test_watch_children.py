"""The watcher's children, and what it looks at for itself: settings, ledger, destinations."""

import os
import sys
import time

import pytest
from cards import card
from studio import cloud_at

from ingest.config import load
from ingest.watch import children
from ingest.watch.children import Child, command_of
from ingest.watch.house import House
from ingest.watch.presence import Presence


@pytest.fixture
def child(monkeypatch, tmp_path):
    """A child that runs a few lines of Python."""
    begun = []

    def begin(lines):
        monkeypatch.setattr(children, "command_of", lambda _home, words: [sys.executable, "-S", "-c", *words])
        begun.append(Child(tmp_path, [lines]))
        return begun[-1]

    yield begin
    for each in begun:
        each.kill()
        each.wait(5)
        each.close()


def test_lines_are_read_along_as_they_become_whole(child, tmp_path):
    go = tmp_path / "go"
    one = child(
        "import os, time\n"
        "print('{\"n\": 1}\\nno json\\n[2]\\n{\"n\":', end='', flush=True)\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "print(' 2}', flush=True)\n"
    )
    found = []
    while not found:
        found += one.lines()
    assert found == [{"n": 1}]
    assert one.code() is None
    go.touch()
    assert one.wait(10)
    assert one.lines() == [{"n": 2}]
    assert one.code() == 0


def test_what_it_complained_of_last_is_known_in_one_line(child):
    one = child("import sys; print('one\\ntwo\\n  three\\nfour', file=sys.stderr); sys.exit(1)")
    assert one.wait(10)
    assert (one.code(), one.last_words()) == (1, "two three four")


def test_it_is_told_to_end_as_by_an_ordinary_kill_and_leaves_no_file(child, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one = child("import time; print('{}', flush=True); time.sleep(60)")
    while not one.lines():
        time.sleep(0.01)
    assert not one.wait(0.0)
    one.tell()
    assert one.wait(10)
    assert one.code() == -15
    assert list(tmp_path.glob("safelight-*")) == []


def test_nothing_of_the_folder_in_which_somebody_stands_is_imported(tmp_path, monkeypatch):
    words = command_of(tmp_path, ["ingest", "/media/EOS"])
    assert words[:4] == [sys.executable, "-P", "-m", "ingest.cli.main"]
    assert words[4:] == ["--home", str(tmp_path), "ingest", "/media/EOS"]


def test_the_house_knows_what_a_destination_lacks_and_what_waits_for_the_bucket(studio):
    house = House(studio.home, load(studio.home))
    assert (house.known(), house.lacking(["nas"]), house.uploads_wait(time.time())) == ({}, set(), False)
    studio.configure(extra=cloud_at("http://127.0.0.1:9"))
    assert house.refresh() == ""
    studio.nas.rename(studio.base / "away")
    card(studio, "CARD", 2)
    assert studio.ingest().level == "not_yet"
    (studio.base / "away").rename(studio.nas)
    assert set(house.known()) == {"ssd"}
    assert house.lacking(["ssd", "nas"]) == {"nas"}
    assert house.uploads_wait(time.time())
    assert studio.run("cloud", "pause").code == 0
    assert not house.uploads_wait(time.time())
    studio.configure(extra="[watch]\nstart = 7\n")
    assert "start" in house.refresh()
    assert house.refresh() == ""
    assert house.roots == {os.fsencode(studio.ssd), os.fsencode(studio.nas)}


def test_that_a_destination_went_and_came_is_news_once_each(studio):
    card(studio, "CARD", 1)
    assert studio.ingest().level == "safe"
    house, presence = House(studio.home, load(studio.home)), Presence()

    def news():
        presence.ask(house.known())
        found = {}
        while presence.is_asking:
            found |= presence.news()
            time.sleep(0.01)
        return found

    assert news() == {"ssd": True, "nas": True}
    assert news() == {}
    studio.nas.rename(studio.base / "away")
    assert news() == {"nas": False}
    studio.nas.mkdir()
    assert news() == {}, "a folder at its place is not the destination"
    studio.nas.rmdir()
    (studio.base / "away").rename(studio.nas)
    assert news() == {"nas": True}
    presence.close()


def test_a_destination_that_says_nothing_is_away_and_holds_up_nobody(monkeypatch):
    presence = Presence(2.0)
    for answer in (_is_here, _hangs):
        monkeypatch.setattr("ingest.watch.presence.bears", answer)
        presence.ask({"nas": ("a place", "a mark")})
        if answer is _is_here:
            while presence.is_asking:
                presence.news()
    assert presence.news() == {}
    time.sleep(2.2)
    assert presence.news() == {"nas": False}
    presence.close()


def _is_here(_place, _marker):
    return True


def _hangs(_place, _marker):
    time.sleep(60)
