"""How Safelight's bytes and time limits reach b2sdk: the HTTP session, and the stream that is sent.

Two gaps of the SDK are closed here: its JSON calls wait 20 minutes for an answer, five times; and what it sends
cannot be stopped but by an exception that is a B2Error, thrown from the stream's own `read`.
"""

import logging
from typing import Any

from b2sdk.v3.exception import B2Error
from requests import Response, Session

from ingest.cloud import window

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60  # of silence, for a listing or any other small question
UPLOAD_SECONDS = 120  # of silence while a body goes out or the service takes it in


class StopSendingError(B2Error):  # type: ignore[misc]  # b2sdk carries no types
    """A person asked to stop. A B2Error, as any other exception in `read` would come out as UnknownError."""


class SourceUnreadableError(B2Error):  # type: ignore[misc]  # b2sdk carries no types
    """The file being sent gave an error or ended early."""


class TimeLimitedSession(Session):
    """A requests session that never waits longer than it should, whatever its caller asks for."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # requests allows bytes; b2sdk sends text
        """As `requests.Session.request`, with our own `timeout` (connect, silence) in seconds."""
        sends = "b2_upload_" in url
        kwargs["timeout"] = (CONNECT_SECONDS, UPLOAD_SECONDS if sends else ANSWER_SECONDS)
        return super().request(method, url, *args, **kwargs)


def keep_quiet() -> None:
    """At DEBUG b2sdk and urllib3 write account tokens and upload tokens into the log."""
    for name in ("b2sdk", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Window(window.Window):
    """One whose errors are B2Errors: any other one in `read` would come out of the SDK as UnknownError."""

    def _stopped(self) -> Exception:
        return StopSendingError()

    def _gone(self, words: str) -> Exception:
        return SourceUnreadableError(words)
