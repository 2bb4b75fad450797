"""The three moments on the open page, in a real Chromium: nobody loads it anew."""

import os

import pytest
from live_page import Dashboard, Tab, come_in, until
from scenery import card_of, photograph

SLOW = 'limit = "1 MB/s"\n'  # the least that may be set: a card of 2 MB is under way for some seconds

# Notes what claims to be safe from now on, however short it is seen.
NEVER_SAFE = """() => {
  window.claims = [];
  new MutationObserver(() => {
    for (const each of document.querySelectorAll(".verdict, #told")) {
      if (each.innerText.includes("SAFE")) { window.claims.push(each.innerText); }
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


@pytest.fixture
def served(studio):
    """The page of the studio, served by the real command."""
    assert studio.run("cards").code == 0
    dashboard = Dashboard(studio)
    yield dashboard
    dashboard.stop()


def slowly(studio):
    """Both destinations are held to a speed."""
    settings = studio.home / "config.toml"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(line + (SLOW if line.startswith("root") else "") for line in lines))


def ended(process):
    """Its exit code."""
    process.communicate(timeout=60)
    return process.returncode


def pictures(tab):
    """The names below the newest pictures."""
    return set(tab.page.locator(".arriving li span").all_inner_texts())


def title(tab):
    """The one large line of the card's panel."""
    return tab.panel().locator(".verdict").inner_text()


def test_two_tabs_follow_a_card_through_copying_and_safe_to_not_yet_and_a_reload_changes_nothing(
    studio, served, chromium
):
    card_of(studio, least=100_000)
    slowly(studio)

    def story(context):
        come_in(context, served)
        tabs = one, other = Tab(context, served), Tab(context, served, "/?second")
        one.sees("No card in a reader")
        process = studio.start("ingest", studio.card, "--json")
        for tab in tabs:
            shown = tab.says("CARD", "20 files to copy", "ssd", "nas", "proven")
            assert "o not format" in shown
            assert "SAFE" not in shown
        bars = {bar.get_attribute("aria-label") for bar in one.panel().get_by_role("progressbar").all()}
        assert bars >= {"ssd, proven", "nas, proven"}
        other.page.reload()
        assert "SAFE" not in other.says("CARD", "20 files to copy", "nas")
        for tab in tabs:
            tab.says("CARD", "SAFE TO FORMAT", "20 of 20 files proven", "Format it in the camera")
            until(lambda tab=tab: pictures(tab) & {"IMG_0001.JPG", "IMG_0020.JPG"}, lambda tab=tab: tab.text)
            assert tab.page.get_by_role("status").inner_text() == "CARD: SAFE TO FORMAT."
        assert ended(process) == 0

        studio.put("DCIM/100CANON/IMG_0021.JPG", photograph(21))
        for tab in tabs:
            until(lambda tab=tab: "SAFE" not in title(tab), lambda tab=tab: tab.text)
            assert "SAFE TO FORMAT" not in tab.says("CARD", "NOT YET", "1 file not copied yet: IMG_0021.JPG")
        assert [tab.loads for tab in tabs] == [1, 2]
        for tab in tabs:
            tab.is_clean()

    chromium.run(story)


def test_while_the_server_is_killed_no_safe_is_shown_and_when_it_is_back_the_same_tab_goes_on(studio, served, chromium):
    card_of(studio, count=3)
    assert studio.ingest().level == "safe"

    def story(context):
        come_in(context, served)
        tab = Tab(context, served)
        tab.says("CARD", "SAFE TO FORMAT", "3 of 3 files proven")
        served.kill()
        tab.sees("Not connected: what you see may be old")
        tab.page.evaluate(NEVER_SAFE)
        assert "SAFE" not in tab.text
        studio.put("DCIM/100CANON/IMG_0009.JPG", photograph(9))
        served.start()
        tab.says("CARD", "NOT YET", "1 file not copied yet: IMG_0009.JPG")
        until(lambda: not tab.page.locator("#line").is_visible(), lambda: tab.text)
        assert tab.page.evaluate("window.claims || []") == [], "an old answer was shown for a moment"
        tab.is_clean(was_cut=True)

    chromium.run(story)


def test_a_link_is_good_once_and_a_browser_that_was_not_let_in_is_told_how(studio, served, chromium):
    def owner(context):
        come_in(context, served)
        assert "No card" in Tab(context, served).text or Tab(context, served).sees("No card")

    def stranger(context):
        page = context.new_page()
        for path in ("/", served.link.removeprefix(served.url)):
            assert page.goto(served.url + path).status == 403
            assert "safelight dashboard --link" in page.inner_text("body")

    chromium.run(owner)
    chromium.run(stranger)
    assert os.stat(studio.home / "dashboard.key").st_mode & 0o077 == 0
