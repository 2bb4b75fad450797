"""Every page in every state: for eyes, ears, keys, narrow windows, and browsers without scripts."""

import pytest
from browser import assert_accessible, assert_no_sideways
from live_page import Dashboard, Tab, assert_contrast, come_in
from states import CARDS, house, seen

WORDS = {  # what a page must show, with scripts or without
    "/": tuple(CARDS.values()),
    "/cards": ("EOS_A", "EOS_C", "SAFE TO FORMAT", "NOT YET", "DO NOT FORMAT"),
    "/shoots": ("Harbour at dusk", "Meyer wedding", "Northern hills", "8 of 8 proven", "safelight repair"),
    "/shoots/3": ("Northern hills", "not as proven", "IMG_0201.JPG", "safelight verify 3"),
    "/shoots/1/pictures/1": ("IMG_0001.JPG", "ssd", "nas"),
    "/health": ("ssd", "nas", "watcher", "drill"),
}
PAGES = tuple(WORDS)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A page on which every state of a card is seen at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        studio = house(tmp_path_factory.mktemp("house"))
        dashboard = Dashboard(studio, *seen(studio))
        yield dashboard
        dashboard.stop()


@pytest.fixture
def bare(studio):
    """A page of a home in which nothing ever happened."""
    assert studio.run("cards").code == 0
    dashboard = Dashboard(studio)
    yield dashboard
    dashboard.stop()


def opened(context, served, path="/"):
    """A tab that came in, on this page; of *Now* when every card was looked at."""
    come_in(context, served)
    tab = Tab(context, served, path)
    if path == "/":
        settle(tab)
    return tab


def settle(tab):
    for card, words in CARDS.items():
        tab.says(card, words)


def go_to_each(context, served, look):
    """`look(tab)` on every page; of each nothing is on the console."""
    tab = opened(context, served)
    for path in PAGES:
        tab.go(path)
        look(tab)
    tab.is_clean()


def test_each_state_of_a_card_is_said_in_its_words_and_only_what_must_alarm_does(served, chromium):
    def story(context):
        tab = opened(context, served)
        assert "may be formatted" not in tab.panel("EOS_D").inner_text()
        assert "Nothing is lost: run the same command again" in tab.panel("EOS_D").inner_text()
        assert "attic" in tab.panel("EOS_E").inner_text()
        assert "No destination is there" in tab.panel("EOS_G").inner_text()
        assert "Watcher not running" in tab.text
        safe = [card for card in CARDS if "SAFE TO FORMAT" in tab.panel(card).inner_text()]
        assert safe == ["EOS_A"]
        alarm = tab.page.get_by_role("alert").inner_text()
        assert "EOS_C: DO NOT FORMAT" in alarm
        assert "EOS_G needs you" in alarm
        assert not {"EOS_A", "EOS_B", "EOS_D", "EOS_E"} & set(alarm.replace(":", "").split())
        assert "EOS_A: SAFE TO FORMAT." in tab.page.get_by_role("status").inner_text()
        for card in CARDS:  # shape and word, never the colour alone
            assert tab.panel(card).locator(".verdict .shape").inner_text().strip()
        tab.is_clean()

    chromium.run(story)


def test_axe_core_finds_nothing_on_any_page_in_light_and_in_dark(served, chromium):
    def look(tab):
        tab.page.emulate_media(color_scheme="light")
        assert_accessible(tab.page)
        tab.page.emulate_media(color_scheme="dark")
        assert_contrast(tab.page)  # the rest is the same in the dark

    chromium.run(lambda context: go_to_each(context, served, look))


def test_nothing_stands_out_on_a_phone_and_at_200_percent(served, chromium):
    def look(tab):
        for width in (360, 640):  # 640: a window of 1280 pixels at 200 %
            tab.page.set_viewport_size({"width": width, "height": 800})
            assert_no_sideways(tab.page)

    chromium.run(lambda context: go_to_each(context, served, look))


# Whatever may have the focus and is seen, in the order of the page.
REACHABLE = """() => Array.from(document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"))
  .filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 200))"""
FOCUSED = """() => {
  const each = document.activeElement, style = getComputedStyle(each);
  const box = each.getBoundingClientRect();
  return [each.outerHTML.slice(0, 200), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    box.right > 0 && box.left < innerWidth];
}"""


def test_the_tab_key_reaches_everything_in_its_order_and_what_has_the_focus_is_seen(served, chromium):
    def look(tab):
        wanted, found = tab.page.evaluate(REACHABLE), []
        for _ in wanted:
            tab.page.keyboard.press("Tab")
            html, is_seen, is_inside = tab.page.evaluate(FOCUSED)
            assert is_seen, f"{tab.page.url}: nothing shows that this has the focus: {html}"
            assert is_inside, f"{tab.page.url}: out of sight with the focus: {html}"
            found.append(html)
        assert found == wanted
        assert "Skip to the page" in found[0]

    def skip(tab):
        tab.go("/shoots")
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.press("Enter")
        assert tab.page.evaluate("document.activeElement.id") == "main"
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.closest('main') !== null")

    def story(context):
        go_to_each(context, served, look)
        skip(Tab(context, served))

    chromium.run(story)


def test_without_scripts_every_page_shows_what_it_knows_and_comes_anew_by_itself(served, chromium):
    def story(context):
        come_in(context, served)
        page = context.new_page()
        for path in PAGES:
            page.goto(served.url + path)
            text = page.inner_text("main")
            missing = [words for words in WORDS[path] if words.lower() not in text.lower()]
            assert not missing, f"{path}: {missing} not in {text}"
        page.goto(served.url)
        assert page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").count() == 1

    chromium.run(story, java_script_enabled=False)


def test_a_home_without_a_card_and_without_a_shoot_says_what_to_do(bare, chromium):
    def story(context):
        come_in(context, bare)
        tab = Tab(context, bare)
        tab.sees("No card in a reader. Plug one in.", "Watcher not running")
        assert_accessible(tab.page)
        for path, words in (
            ("/cards", "No card was ingested here yet"),
            ("/shoots?needs=you", "No shoot yet"),
            ("/health", "None yet: the first ingest makes one"),
        ):
            tab.go(path)
            tab.sees(words)
            assert_accessible(tab.page)
            assert_no_sideways(tab.page)
        tab.is_clean()
        tab.go("/shoots/77")
        tab.sees("There is no such page")
        assert_accessible(tab.page)

    chromium.run(story)


def test_a_ledger_that_is_damaged_is_told_on_every_page_and_what_to_run(bare, studio, chromium):
    for end in ("-wal", "-shm"):
        (studio.home / f"ledger.sqlite{end}").unlink(missing_ok=True)
    (studio.home / "ledger.sqlite").write_bytes(b"no database at all" * 100)

    def story(context):
        page = context.new_page()
        page.goto(bare.next_link())
        for path in ("/", "/cards", "/shoots", "/health"):
            assert page.goto(bare.url + path).status == 500
            text = page.inner_text("main")
            assert "The ledger cannot be read" in text
            assert "safelight ledger check" in text
            assert_no_sideways(page)
        assert_accessible(page)

    chromium.run(story, color_scheme="dark", viewport={"width": 360, "height": 740})
