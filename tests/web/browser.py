"""A real Chromium at a real page: what a photographer sees, and what axe-core finds. One browser for all tests.

The browser runs in a thread of its own: Playwright keeps an event loop in the thread that starts it, and Starlette's
test client wants none there.
"""

import contextlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

DESKTOP, PHONE = (1280, 900), (360, 740)


class Chromium:
    """The browser of a session of tests. Each test asks in `visit`, which runs in the browser's thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chromium")
        try:
            self._thread.submit(self._start).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )

    def close(self) -> None:
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _end(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def run(self, work: Any, *args: Any, **options: Any) -> Any:
        """`work(context, *args)` in the browser's thread; options: of `new_context`."""
        return self._thread.submit(self._within, work, args, options).result()

    def _within(self, work: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        context = self._browser.new_context(**options)
        try:
            return work(context, *args)
        finally:
            context.close()


def chromium_or_skip() -> Chromium:
    """Skips with the reason where there is none; `CI=true` makes that a failure, as of every test that is not run."""
    pytest.importorskip("playwright", reason="playwright is not installed; `make` installs it")
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; `make` installs it")
    return Chromium()


class Seen:
    """A page as it was opened, with everything that it complained about."""

    def __init__(self, page: Any) -> None:
        self.page, self.complaints = page, []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._answered)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")


def enter(context: Any, served: Any) -> Seen:
    """Come in by the link, as the command prints it."""
    seen = Seen(context.new_page())
    token = served.desk.keys.link_token(served.desk.clock())
    seen.page.goto(f"{served.url}/enter?token={token}", wait_until="load")
    return seen


def assert_accessible(page: Any) -> None:
    """axe-core finds no violation; those that it finds are listed."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    told = [
        f"{each['id']} ({each['impact']}): {each['help']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found
        for node in each["nodes"][:3]
    ]
    assert not told, "\n".join(told)


def assert_no_sideways(page: Any) -> None:
    """Nothing is wider than the window."""
    wide, own = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= own, f"the page is {wide} pixels wide in a window of {own}"


@contextlib.contextmanager
def quiet(seen: Seen) -> Iterator[None]:
    """No error in the console, no violation of the policy, no answer that failed."""
    yield
    assert seen.complaints == []
