"""A shoot of 10,000 pictures on its page: little is drawn at once. How fast that is stands in benchmarks/."""

import hashlib

import pytest
from live_page import Dashboard, Tab, come_in, until
from scenery import card_of

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.places import destination_ids
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead

PICTURES, NODES, AT_ONCE = 10_000, 5_000, 120


def add_pictures(home, count):
    """More of them in the first shoot and on its card, as the ledger knows them; the files are nowhere."""
    connection = open_ledger(home / "ledger.sqlite")
    places = destination_ids(connection)
    [[card, run, folder]] = connection.execute(
        "SELECT (SELECT max(id) FROM card), (SELECT max(id) FROM run), (SELECT folder FROM shoot WHERE id = 1)"
    )
    with transaction(connection):
        files = [_file(number, bytes(folder), places) for number in range(count)]
        record(connection, run_id=run, card_id=card, boot_id="", files=files, upload=None, now=1.0)
    connection.close()


def _file(number, folder, places):
    name = b"IMG_%05d.JPG" % number
    sha1, xxh128 = hashlib.sha1(name).digest(), hashlib.md5(name).digest()
    copies = tuple(
        NewCopy(place, folder + b"/" + name, number, 0, Method.DIRECT, True, xxh128, 1.0) for place in places.values()
    )
    card_file, digest = CardFile(b"DCIM/101CANON/" + name, 6_000_000, number), Digest(6_000_000, xxh128, sha1)
    read = SourceRead(1, xxh128, Method.CACHED, 1.0)
    return NewFile(card_file, digest, sha1[:16], read, copies, None, 1, folder + b"/" + name, name[:9].decode())


@pytest.fixture
def served(studio):
    card_of(studio, count=1)
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    add_pictures(studio.home, PICTURES - 1)
    dashboard = Dashboard(studio)
    yield dashboard
    dashboard.stop()


def test_a_page_of_ten_thousand_pictures_has_few_elements_and_asks_for_what_is_seen_only(served, chromium):
    def story(context):
        come_in(context, served)
        asked = []
        context.on("request", lambda request: asked.append(request.url) if "/preview/" in request.url else None)
        tab = Tab(context, served, "/shoots/1")
        tab.sees("10,000 pictures")
        pictures = tab.page.locator(".cells img")
        assert 100 <= pictures.count() <= 500
        assert tab.page.locator(".cells img:not([loading=lazy][width][height][alt])").count() == 0
        assert tab.page.evaluate("document.getElementsByTagName('*').length") < NODES
        tab.page.wait_for_timeout(300)
        before = len(set(asked))
        assert 0 < before <= AT_ONCE
        pictures.last.scroll_into_view_if_needed()
        until(lambda: tab.page.wait_for_timeout(50) or len(set(asked)) > before, lambda: str(asked[-3:]))
        tab.page.get_by_role("link", name="After").first.click()
        tab.page.wait_for_url("**/shoots/1?page=2")
        assert pictures.count() == 500
        tab.is_clean()

    chromium.run(story)
