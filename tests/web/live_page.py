"""The page in a real Chromium, served by the real command; what the tests of the open page share beside `browser`."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

from ingest.web.keys import link_of_running

_LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/enter\?token=[0-9a-f.]+")
_PATIENCE = 30_000  # ms: a busy machine is no mistake of the page
_LOST = (
    "net::ERR_",
    "[object Event]",
    "htmx:sendError",
    "htmx:afterRequest",
)  # what Chromium and htmx say of a server that is away

# `safelight dashboard` as it is, but that it sees no card that other tests mount meanwhile, and these folders as cards.
_SERVE = """
import os
from ingest.web.floor import Floor
roots, Floor._destinations = Floor._roots, lambda self: ["/"]
Floor._roots = lambda self: [*roots(self), *os.environ["SEEN"].split(":")]
from ingest.cli.main import run
run()
"""


class Dashboard:
    """The command `safelight dashboard` of a studio as a process. seen: folders that are in a reader."""

    def __init__(self, studio, *seen):
        self._studio, self._seen = studio, seen
        self.port = 0
        self.start()

    def start(self):
        """Serve, at the same port as before."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, "dashboard", "--no-open", "--port", str(self.port)],
            env={
                **os.environ,
                "SAFELIGHT_HOME": str(self._studio.home),
                "SEEN": ":".join(map(str, self._seen)),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = ""
        while not (found := _LINK.search(said)):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            said += line
        self.link, self.port = found.group(), int(found.group(1))
        self._unused = self.link
        self.url = self.link.partition("/enter")[0]

    def next_link(self):
        """A link that nobody used."""
        link, self._unused = self._unused, ""
        return link or f"{self.url}/enter?token={link_of_running(self._studio.home, time.time())[1]}"

    def kill(self):
        """As a power cut would."""
        self.process.kill()
        self.process.communicate()

    def stop(self):
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(Exception):
                self.process.communicate(timeout=10)
        if self.process.poll() is None:
            self.kill()


def come_in(context, served):
    """By a link: the one that was printed, then one as `safelight dashboard --link` gives it."""
    page = context.new_page()
    page.goto(served.next_link())
    assert page.url == served.url + "/"
    page.close()


class Tab:
    """One open page, and what went wrong on it."""

    def __init__(self, context, served, path="/"):
        self.page = context.new_page()
        self.page.set_default_timeout(_PATIENCE)
        self.served, self.wrongs, self.loads = served, [], 0
        self.page.on("pageerror", lambda error: self.wrongs.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("load", self._loaded)
        self.go(path)

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.wrongs.append(message.text)

    def _loaded(self, _page):
        self.loads += 1

    def go(self, path):
        self.page.goto(self.served.url + path)

    @property
    def text(self):
        """All that can be seen."""
        return self.page.inner_text("body")

    def panel(self, card="CARD"):
        """The panel of a card on *Now*."""
        return self.page.locator(f'section.card-panel[aria-label="{card}"]')

    def says(self, card, *words):
        """Wait until the card's panel shows all these words; gives what it shows."""
        return until(lambda: self._shown(card, words), lambda: self.text)

    def _shown(self, card, words):
        shown = " ".join(self.panel(card).all_inner_texts())  # at once: a panel may be drawn anew meanwhile
        return shown if shown and all(word in shown for word in words) else ""

    def sees(self, *words):
        """Wait until the page shows all these words."""
        return until(lambda: all(word in self.text for word in words), lambda: self.text)

    def is_clean(self, *, was_cut=False):
        """No mistake on the console, nothing that the policy forbids. was_cut: the server was away meanwhile."""
        wrongs = [text for text in self.wrongs if not (was_cut and any(word in text for word in _LOST))]
        assert wrongs == [], wrongs


def assert_contrast(page):
    """axe-core finds every word readable, on a page where it looked before."""
    found = page.evaluate("axe.run({runOnly: ['color-contrast']})")["violations"]
    assert not found, [node["html"] for each in found for node in each["nodes"]]


def until(found, told, seconds=30.0):
    """Wait until `found()` is true and give it; `told()` goes into the failure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.03)
    raise AssertionError(told())
