"""Before every answer: is this our own browser, asking our own page? Else it is refused, with what to do.

Any web site can make a browser ask 127.0.0.1 for something, and can give its own name this address. So the Host must be
ours, what the browser tells of who asks (Fetch Metadata, Origin) must be us, and the cookie of a visit must be there.
"""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.web.desk import Desk
from ingest.web.rendering import page

ENTER = "/enter"
FORM_FIELD = "form_word"
FORM_HEADER = "x-safelight-form"
_LARGEST_FORM = 16_384
_SAFE_METHODS = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=()",
}


def cookie_name(port: int) -> str:
    """Browsers do not tell cookies of one host by its ports; so the name does."""
    return f"safelight-{port}"


class Guard:
    """ASGI middleware: refuses what is not ours, adds to every answer what a browser must not do with it."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there is no WebSocket
        request = Request(scope, receive)
        sending = _with_headers(send)
        refusal = self._foreign(scope) or self._enters(request) or self._stranger(request)
        if refusal is None and scope["method"] not in _SAFE_METHODS:
            body = await _body(receive)
            refusal = self._unsent(scope, body)
            receive = _again(body or b"", receive)
        await (refusal or self._app)(scope, receive, sending)

    def _foreign(self, scope: Scope) -> Response | None:
        """Another host's name, another site's request."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._desk.hosts:
            return PlainTextResponse("This address serves Safelight's page to its own computer alone.\n", 403)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin is not None and origin != f"http://{hosts[0]}":
            return PlainTextResponse("Another page asked for this; it is refused.\n", 403)
        is_entry = scope["path"] == ENTER and headers.get("sec-fetch-mode") == "navigate"
        if site in ("same-origin", "none", None) or (is_entry and scope["method"] == "GET"):
            return None
        return PlainTextResponse("Another page asked for this; it is refused.\n", 403)

    def _enters(self, request: Request) -> Response | None:
        """The link that was shown: a cookie for its token, once."""
        if request.url.path != ENTER or request.method not in _SAFE_METHODS:
            return None
        now, keys = self._desk.clock(), self._desk.keys
        if request.method == "HEAD" or not keys.redeem(request.query_params.get("token", ""), now):
            if self._visit(request):
                return RedirectResponse("/", 303)  # the link once more, in the browser that used it
            return self._refused(request, "This link was used already, or is older than five minutes")
        answer = _onward(request)
        name = cookie_name(self._desk.port)
        answer.set_cookie(name, keys.visit(now), path="/", httponly=True, samesite="strict", max_age=7 * 86_400)
        return answer

    def _stranger(self, request: Request) -> Response | None:
        """No visit: nothing is shown but how to come in. What the page looks like is no secret."""
        visit = self._visit(request)
        if not visit and request.url.path.startswith("/static/"):
            return None
        if not visit:
            return self._refused(request, "This browser was not let in yet")
        request.scope["form_word"] = self._desk.keys.form_word(visit)
        return None

    def _visit(self, request: Request) -> str:
        """The valid cookie of a visit, else ""."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(request.headers.get("cookie", ""))
        except CookieError:
            return ""
        word = jar.get(cookie_name(self._desk.port))
        return word.value if word and self._desk.keys.is_visit(word.value, self._desk.clock()) else ""

    def _unsent(self, scope: Scope, body: bytes | None) -> Response | None:
        """Whether what is sent comes from a form of ours."""
        headers = Headers(scope=scope)
        if body is None:
            return PlainTextResponse("That is too large for a form of this page.\n", 413)
        if headers.get("origin") is None and headers.get("sec-fetch-site") != "same-origin":
            return PlainTextResponse("It is not known which page sent this; it is refused.\n", 403)
        told = headers.get(FORM_HEADER) or parse_qs(body.decode("ascii", "replace")).get(FORM_FIELD, [""])[0]
        if told and told.isascii() and hmac.compare_digest(told, scope["form_word"]):
            return None
        return PlainTextResponse("This form is from an older page. Load the page again.\n", 403)

    def _refused(self, request: Request, title: str) -> Response:
        return page(request, "enter.html", 403, title=title)


def _onward(request: Request) -> Response:
    """To the page. Behind a link on another site a redirect comes without the new cookie, a fresh start with it."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return PlainTextResponse("Come in.\n", headers={"refresh": "0; url=/"})
    return RedirectResponse("/", 303)


async def _body(receive: Receive) -> bytes | None:
    """What was sent; None when it is too much."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(body) > _LARGEST_FORM:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body once more, then what comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
