"""The pages as Chromium shows them: nothing for axe-core to find, no sideways scrolling, no complaint, keys suffice."""

import contextlib
import itertools

import pytest
from browser import DESKTOP, PHONE, assert_accessible, assert_no_sideways, enter, quiet
from studio import EVENING

SIZE = dict(zip(("width", "height"), DESKTOP, strict=True))
PAGES = ("/cards", "/shoots", "/shoots?needs=you&q=harb", "/shoots/1", "/shoots/1/pictures/1", "/health")


@pytest.fixture
def open_gallery(gallery, serve_studio):
    with serve_studio(gallery) as page:
        yield page


def _each(context, served, paths, look):
    seen = enter(context, served)
    with quiet(seen):
        for path in paths:
            seen.page.goto(served.url + path, wait_until="load")
            look(seen.page)


def test_by_day_axe_finds_nothing_headings_go_down_step_by_step_and_tables_name_their_columns(chromium, open_gallery):
    def look(page):
        assert_accessible(page)
        levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(each => Number(each.tagName[1]))")
        assert (levels[0], levels.count(1)) == (1, 1)
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
        assert page.locator("th:not([scope])").count() == 0
        page.set_viewport_size({"width": DESKTOP[0] // 2, "height": DESKTOP[1] // 2})  # as at 200 %
        assert_no_sideways(page)
        page.set_viewport_size(SIZE)

    chromium.run(_each, open_gallery, PAGES, look, color_scheme="light", viewport=SIZE)


def test_by_night_on_a_small_phone_axe_finds_nothing_and_nothing_is_wider_than_the_window(chromium, open_gallery):
    def look(page):
        assert_no_sideways(page)
        assert_accessible(page)

    size = dict(zip(("width", "height"), PHONE, strict=True))
    chromium.run(_each, open_gallery, PAGES, look, color_scheme="dark", viewport=size)


def test_without_scripts_the_shoots_that_need_somebody_are_found_by_keys_alone(chromium, open_gallery):
    def look(context, served):
        seen = enter(context, served)
        page = seen.page
        with quiet(seen):
            page.goto(served.url + "/shoots", wait_until="load")
            page.focus("#q")
            page.keyboard.press("Tab")
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
            page.wait_for_url("**needs=you**")
            assert page.locator(".row h2").all_inner_texts() == ["Harbour"]
            page.focus(".row h2 a")
            page.keyboard.press("Enter")
            page.wait_for_url("**/shoots/2")
            assert page.locator("h1").inner_text() == "Harbour"

    chromium.run(look, open_gallery, java_script_enabled=False)


def test_the_pictures_of_a_shoot_are_there_with_a_name_for_ears(chromium, open_gallery):
    from playwright.sync_api import expect

    def look(page):
        first = page.locator(".cells img").first
        assert first.get_attribute("alt").startswith("IMG_0001.JPG")
        expect(first).to_have_js_property("naturalWidth", 300, timeout=20_000)

    chromium.run(_each, open_gallery, ("/shoots/1",), look)


def test_an_open_list_follows_the_ledger(chromium, studio, serve_studio):
    def look(context, served):
        seen = enter(context, served)
        page = seen.page
        page.goto(served.url + "/shoots", wait_until="load")
        assert "No shoot yet" in page.inner_text("main")
        studio.shoot(2)
        with contextlib.suppress(SystemExit):
            assert studio.ingest("--shoot", "New one").level == "safe"
        page.wait_for_selector("text=New one", timeout=20_000)
        assert seen.complaints == []

    assert studio.run("cards").code == 0
    with serve_studio(studio) as served:
        chromium.run(look, served)


def test_who_goes_by_keys_stays_at_the_same_link_while_the_list_is_drawn_anew(chromium, studio, serve_studio):
    studio.shoot(2)
    assert studio.ingest("--shoot", "Harbour").code == 0

    def look(context, served):
        seen = enter(context, served)
        page = seen.page
        page.goto(served.url + "/shoots", wait_until="load")
        page.focus(".row h2 a")
        studio.put("DCIM/100CANON/IMG_0777.JPG", b"one more", EVENING)
        assert studio.ingest("--shoot", "Harbour").code == 0
        page.get_by_text("3 files").first.wait_for()
        assert page.evaluate("document.activeElement.textContent") == "Harbour"
        assert page.evaluate("document.activeElement.closest('#shoots') !== null")

    with serve_studio(studio) as served:
        chromium.run(look, served)
