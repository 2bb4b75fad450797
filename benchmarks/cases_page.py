"""The page of a shoot of 10,000 pictures in a real Chromium: until something is seen, and frames while it scrolls."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import CannotMeasureError, Figure
from benchmarks.stations import Station, safelight

PAINT, SMOOTH = 1.0, 34.0  # seconds; milliseconds: two frames of 60 a second
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
_SENT = "performance.getEntriesByType('navigation')[0].responseEnd / 1000"
_NODES = "document.getElementsByTagName('*').length"
# Scrolls by a screen and a half a second, for four seconds; gives how long each frame took, in ms.
_SCROLL = """() => new Promise((done) => {
  const frames = [], begun = performance.now();
  let last = begun;
  function frame(now) {
    frames.push(now - last);
    last = now;
    window.scrollBy(0, innerHeight * 1.5 * frames[frames.length - 1] / 1000);
    if (now - begun < 4000) { requestAnimationFrame(frame); } else { done(frames.slice(2)); }
  }
  requestAnimationFrame(frame);
})"""


def page_of_a_large_shoot(work: Path, runs: int, *, count: int) -> list[Figure]:
    """Its first page, opened anew each time; what lies in the browser's cache from the time before is thrown away.

    Raises CannotMeasureError where no Chromium is.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise CannotMeasureError("no chromium is installed")
    station = Station(work / "home", work / "CARD", work / "ssd", work / "nas").set_up()
    _photographs(station.card / "DCIM", count)
    station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
    with _served(station) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        rounds = [
            (_painted(browser, link()), _bare_frames(browser), *_round(browser, link())) for _ in range(runs + 1)
        ][1:]
        browser.close()
    least, bare, painted, sent, nodes, frames = zip(*rounds, strict=True)
    where = f"{count:,} pictures, {max(nodes):,} elements on the page"
    return [
        Figure("until something is seen (first contentful paint)", "s", painted, PAINT, where),
        Figure(
            "the same of a page on which nothing stands", "s", least, None, "the least that this browser needs here"
        ),
        Figure("until the page was sent whole", "s", sent),
        Figure(
            "frames while it scrolls, 95 of 100 within", "ms", tuple(_within(each, 0.95) for each in frames), SMOOTH
        ),
        Figure("frames while it scrolls, half of them within", "ms", tuple(_within(each, 0.5) for each in frames)),
        Figure(
            "frames of a page on which nothing stands, 95 of 100 within", "ms",
            tuple(_within(each, 0.95) for each in bare), None, "the least that this browser needs here",
        ),
    ]  # fmt: skip


def _within(frames: list[float], part: float) -> float:
    return sorted(frames)[int(part * (len(frames) - 1))]


def _painted(browser: Any, link: str) -> float:
    """Seconds until something is seen of a page on which nothing stands."""
    page = _opened(browser, link, "/shoots?q=no+such+shoot")
    painted = float(page.evaluate(_PAINTED))
    page.context.close()
    return painted


def _bare_frames(browser: Any) -> list[float]:
    """How long each frame takes while a long white page scrolls, in ms."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_content("<body style='height: 100000px'>")
    frames: list[float] = page.evaluate(_SCROLL)
    page.context.close()
    return frames


def _opened(browser: Any, link: str, path: str) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(link)
    page.goto(link.partition("/enter")[0] + path)
    while not page.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
        page.wait_for_timeout(20)  # `wait_for_function` would need what the page's policy forbids
    return page


def _round(browser: Any, link: str) -> tuple[float, float, int, list[float]]:
    page = _opened(browser, link, "/shoots/1")
    painted, sent, nodes = page.evaluate(_PAINTED), page.evaluate(_SENT), page.evaluate(_NODES)
    frames = page.evaluate(_SCROLL)
    page.context.close()
    return painted, sent, nodes, frames


@contextmanager
def _served(station: Station) -> Iterator[Any]:
    """Serve the page; gives how to get a link that is good once."""
    process = subprocess.Popen(
        [*safelight(), "dashboard", "--no-open"],
        env={**os.environ, **station.variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "/enter?" in line:
            break

    def link() -> str:
        said = station.run("dashboard", "--link").demand().text
        found = re.search(r"http://\S+/enter\?\S+", said)
        assert found, said
        return found.group()

    try:
        yield link
    finally:
        process.terminate()
        process.wait(20)


def _photographs(folder: Path, count: int) -> None:
    """Small JPEGs, no two alike: what differs is a comment."""
    from PIL import Image

    data = io.BytesIO()
    Image.effect_noise((480, 320), 40).convert("RGB").save(data, "JPEG", quality=60)
    head, rest = data.getvalue()[:2], data.getvalue()[2:]
    for number in range(count):
        comment = b"%08d" % number
        place = folder / f"{100 + number // 9999}CANON"
        place.mkdir(parents=True, exist_ok=True)
        full = head + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + rest
        (place / f"IMG_{number % 9999 + 1:04}.JPG").write_bytes(full)
