"""The watcher with real file systems: cards that are mounted while it runs, a destination that goes and comes back."""

import http.server
import json
import random
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from images import Image, needs_images
from studio import EVENING, Studio

pytestmark = [pytest.mark.root, needs_images]


def fill(mnt, name, count=3):
    """Photographs on a mounted card; their contents."""
    dice = random.Random(name)
    card = Studio.__new__(Studio)
    card.card = mnt
    pictures = [dice.randbytes(3000) for _ in range(count)]
    for number, data in enumerate(pictures):
        card.put(f"DCIM/100CANON/{name}_{number:04}.JPG", data, EVENING)
    return pictures


def in_order(watch, *wanted):
    """Whether these (type, value of the body) stand in the stream in this order, others between them."""
    told = iter((each.type, tuple(each.body.values())) for each in watch.told())
    return all(any(kind == k and value in body for kind, body in told) for k, value in wanted)


def test_three_cards_at_once_end_safe_and_the_last_one_is_begun_when_it_is_mounted(studio, watching):
    cards = [Image(studio.base, name) for name in ("EOS_A", "EOS_B", "EOS_C")]
    pictures = []
    with ExitStack() as mounted:
        for card in cards:
            mounted.enter_context(card)
            pictures += fill(card.mnt, card.mnt.name)
        cards[2].unmount()
        watch = watching("--auto", "--json")
        watch.until(lambda: len(watch.beat().get("sessions", [])) == 2)
        assert watch.states() == {"EOS_A": "runs", "EOS_B": "runs"}
        cards[2].mount()
        watch.until(lambda: len(watch.events("verdict")) == 3)
        watch.until(lambda: not watch.beat()["sessions"])
        assert watch.end() == 0
    assert {line["level"] for line in watch.events("verdict")} == {"safe"}
    assert [line["label"] for line in watch.events("card_noticed")] == ["EOS_A", "EOS_B", "EOS_C"]
    begun = [Path(line["mount"]).name for line in watch.events("card_found")]
    assert sorted(begun[:2]) == ["EOS_A", "EOS_B"]
    assert studio.contents(studio.ssd) == studio.contents(studio.nas) == sorted(pictures)


@pytest.fixture
def phone(monkeypatch):
    """Where notices go by Apprise; `got`: their titles."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", f"json://127.0.0.1:{server.server_port}/box")
        yield server
        server.shutdown()
        thread.join()


def test_a_nas_that_drops_and_returns_is_caught_up_and_verdict_and_notices_follow_in_order(studio, watching, phone):
    nas, card = Image(studio.base, "vault"), Image(studio.base, "EOS_A")
    with nas, card:
        photos = nas.mnt / "Photos"
        photos.mkdir()
        studio.configure(nas=photos, devices=2, extra='[notices]\ndesktop = false\nurls_from = "environment"\n')
        first = fill(card.mnt, "first")
        assert studio.run("ingest", card.mnt, "--json").level == "safe"
        pictures = [*first, *fill(card.mnt, "second")]
        card.unmount()
        watch = watching("--auto", "--json")
        watch.until(watch.beat)
        nas.unmount()
        watch.until(lambda: in_order(watch, ("destination_away", "nas")))
        card.mount()
        watch.until(lambda: watch.events("verdict"))
        assert watch.events("verdict")[-1]["level"] == "not_yet"
        watch.until(lambda: any(title.startswith("Not yet: EOS_A") for title in phone.got))
        nas.mount()
        watch.until(lambda: watch.events("verdict")[-1]["level"] == "safe")
        assert studio.contents(photos) == studio.contents(studio.ssd) == sorted(pictures)
        watch.until(lambda: phone.got[-1].startswith("Safe to format: EOS_A"))
        watch.until(lambda: not watch.beat()["sessions"])
        assert in_order(
            watch,
            ("destination_away", "nas"),
            ("verdict", "not_yet"),
            ("destination_back", "nas"),
            ("caught_up", 0),
            ("verdict", "safe"),
        )
        assert watch.end() == 0
