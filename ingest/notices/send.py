"""Sends a notice: to the desktop by desktop-notifier, by mail or to a phone by Apprise. What fails is told, not raised.

Both libraries say in their logs what went wrong, addresses and all: nothing of that is passed on.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.cloud.keys import without_secrets
from ingest.config.settings import NoticeSettings
from ingest.errors import ConfigError
from ingest.model.names import display_text
from ingest.notices.decide import Kind, Notice
from ingest.notices.urls import find_urls
from ingest.words import how_to_add

APP = "Safelight"
_SECONDS = 10.0  # that the desktop may take to answer
_LONGEST = 400  # characters of a text: what is longer no desktop shows
_MARKUP = str.maketrans({"<": "‹", ">": "›", "&": "＆"})  # some desktops read markup, others show it


@dataclass(frozen=True, slots=True)
class Sent:
    """ways: in which it was sent. problems: a sentence for each way that failed."""

    ways: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        """It went out in one way at least."""
        return bool(self.ways)


def send(notice: Notice, settings: NoticeSettings) -> Sent:
    """By every way that is set."""
    ways: list[str] = []
    problems: list[str] = []
    if settings.desktop:
        problem = _on_desktop(notice)
        (problems if problem else ways).append(problem or "desktop")
    try:
        urls = find_urls(settings.urls_from)
    except ConfigError as error:
        problems.append(f"{error.message}. {error.hint}")
    else:
        if urls:
            problem = _by_urls(notice, urls)
            (problems if problem else ways).append(problem or "addresses")
    return Sent(tuple(ways), tuple(without_secrets(problem) for problem in problems))


def _on_desktop(notice: Notice) -> str:
    """Gives what is wrong, "" when it was handed over."""
    import asyncio

    with _unheard("desktop_notifier") as heard:
        try:
            asyncio.run(asyncio.wait_for(_handed_over(notice, heard), _SECONDS))
        except TimeoutError:
            return f"The desktop did not take a notice within {_SECONDS:.0f} s"
        except Exception as error:  # noqa: BLE001 - whatever a desktop's bus throws, the work goes on
            return _desktop_problem(str(error) or type(error).__name__)
    return _desktop_problem(heard[-1]) if heard else ""


async def _handed_over(notice: Notice, heard: list[str]) -> None:
    from desktop_notifier import DesktopNotifier, Urgency

    arrived: list[bool] = []
    notifier = DesktopNotifier(APP, None)
    try:
        await notifier.send(
            _shown(notice.title), _shown(notice.text), Urgency.Critical if notice.urgent else Urgency.Normal,
            on_dispatched=lambda: arrived.append(True),
        )  # fmt: skip
    finally:
        bus = getattr(getattr(notifier, "_backend", None), "bus", None)
        if bus is not None:
            bus.disconnect()
    if not arrived and not heard:
        heard.append("it was not taken")


def _desktop_problem(why: str) -> str:
    return f"Notices cannot be shown on this desktop: {display_text(why.strip())[:200]}"


def _shown(text: str) -> str:
    """One printable line without markup."""
    line = display_text(text).translate(_MARKUP)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _by_urls(notice: Notice, urls: Sequence[str]) -> str:
    """Gives what is wrong, "" when all addresses took it. No address is named."""
    try:
        from apprise import Apprise, NotifyFormat, NotifyType
    except ImportError:
        return f"Notices by mail or to a phone need Apprise. {how_to_add('mail')}"
    level = NotifyType.SUCCESS if notice.kind is Kind.SAFE else NotifyType.WARNING
    failed = 0
    with _unheard("apprise"):
        for url in urls:
            one = Apprise()
            try:
                taken = one.add(url) and one.notify(
                    body=display_text(notice.text) or notice.kind.value, title=display_text(notice.title),
                    notify_type=level, body_format=NotifyFormat.TEXT,
                )  # fmt: skip
            except Exception:  # noqa: BLE001 - its text may hold the address
                taken = False
            failed += not taken
    return f"{failed} of {len(urls)} addresses for notices did not take it" if failed else ""


def is_address(url: str) -> bool:
    """Whether Apprise knows such an address; where there is no Apprise, whether it looks like one."""
    try:
        from apprise import Apprise
    except ImportError:
        return "://" in url
    with _unheard("apprise"):
        return Apprise.instantiate(url, suppress_exceptions=True) is not None


class _Ear(logging.Handler):
    """Keeps what a library logs: of an exception its own words."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        error = record.exc_info[1] if record.exc_info else None
        self._heard.append(str(error) if error and str(error) else record.getMessage())


@contextmanager
def _unheard(name: str) -> Iterator[list[str]]:
    """Gives what a library logs, and keeps it from everybody else."""
    heard: list[str] = []
    logger, ear = logging.getLogger(name), _Ear(heard)
    before = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = before
