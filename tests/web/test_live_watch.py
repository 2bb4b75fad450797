"""The watcher and the page together: what begins by itself is seen, three cards at once, a NAS that comes and goes."""

import contextlib
import sys
from pathlib import Path

import pytest
from live_page import Dashboard, Tab, come_in
from scenery import card_of

sys.path.append(str(Path(__file__).resolve().parents[1] / "watch"))

from watching import Watch

CARDS = ("EOS_A", "EOS_B", "EOS_C")


@pytest.fixture
def evening(studio):
    """The page of a studio with three readers, and a watcher that begins by itself: (page, watcher)."""
    with contextlib.ExitStack() as ends:

        def begin(extra="", *cards):
            studio.configure(extra=extra + '[watch]\nstart = "auto"\n')
            served = Dashboard(studio, *(studio.base / name for name in CARDS))
            ends.callback(served.stop)
            watch = Watch(studio, "--json", folders=list(cards))
            ends.callback(watch.end)
            watch.until(watch.beat)
            return served, watch

        assert studio.run("cards").code == 0
        yield begin


def test_three_cards_at_once_have_a_panel_each_and_all_end_safe(studio, evening, chromium):
    for number, name in enumerate(CARDS):
        card_of(studio, count=3, first=10 * number + 1, card=studio.base / name)
    served, watch = evening()

    def story(context):
        come_in(context, served)
        tab = Tab(context, served)
        tab.sees("Watcher running")
        watch.mount(*CARDS)
        for name in CARDS:
            tab.says(name, "SAFE TO FORMAT", "3 of 3 files proven")
        assert tab.page.locator(".card-panel").count() == 3
        heard = tab.page.get_by_role("status").inner_text()
        assert sorted(heard.split(". ")) == [
            f"{name}: SAFE TO FORMAT{'.' * (name == heard[-22:-17])}" for name in CARDS
        ]
        assert tab.loads == 1
        tab.is_clean()

    chromium.run(story)
    assert len(studio.copies(studio.ssd)) == len(studio.copies(studio.nas)) == 9


def test_a_nas_that_drops_in_the_middle_and_returns_is_told_by_the_page_in_its_order(studio, evening, chromium):
    card_of(studio, count=3, card=studio.base / "EOS_A")
    card_of(studio, count=15, first=11, least=100_000, card=studio.base / "EOS_B")
    served, watch = evening('limit = "1 MB/s"\n', "EOS_A")
    gone = studio.nas.with_name("unplugged")

    def story(context):
        come_in(context, served)
        tab, health = Tab(context, served), Tab(context, served, "/health")
        tab.says("EOS_A", "SAFE TO FORMAT")
        watch.mount("EOS_A", "EOS_B")
        tab.says("EOS_B", "15 files to copy", "nas", "MB proven")
        studio.nas.rename(gone)
        shown = tab.says("EOS_B", "NOT YET", "nas")
        assert "SAFE TO FORMAT" not in shown
        health.sees("away")
        gone.rename(studio.nas)
        tab.says("EOS_B", "SAFE TO FORMAT", "15 of 15 files proven")
        health.sees("here")
        assert [tab.loads, health.loads] == [1, 1]
        for each in (tab, health):
            each.is_clean()

    chromium.run(story)
    assert studio.copies(studio.nas) == studio.copies(studio.ssd)
    told = [(each.type, value) for each in watch.told() for value in each.body.values() if isinstance(value, str)]
    order = ("destination_away", "nas"), ("verdict", "not_yet"), ("destination_back", "nas"), ("verdict", "safe")
    last = [len(told) - told[::-1].index(each) for each in order]
    assert last == sorted(last), told
