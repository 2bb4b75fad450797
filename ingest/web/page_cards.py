"""*Cards*: every card that was seen here, and the certificate of its last verdict to be saved."""

import asyncio
import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.certificates.faces import as_html, as_json, as_text
from ingest.certificates.facts import certificate_of
from ingest.certificates.signing import sign
from ingest.certificates.station_key import station_key
from ingest.stream import store
from ingest.web.pages import page_number
from ingest.web.rendering import desk_of, page
from ingest.web.view_cards import cards_view, looks_of

_FORMS = {
    "html": (as_html, "html", "text/html"),
    "text": (as_text, "txt", "text/plain"),
    "json": (as_json, "json", "application/json"),
}
_BEYOND = 1 << 63  # no row of the ledger has such a number


async def _show(request: Request) -> Response:
    return page(request, "cards.html", **await asyncio.to_thread(_facts, request))


async def _part(request: Request) -> Response:
    return page(request, "cards_part.html", **await asyncio.to_thread(_facts, request))


def _facts(request: Request) -> dict[str, Any]:
    desk, now = desk_of(request), desk_of(request).clock()
    with desk.stream() as stream:
        looks = looks_of(told.body for told in store.told_of(stream, "verdict", now - store.MONTH))
    with desk.ledger() as ledger:
        return {"shown": cards_view(ledger, now, page_number(request.query_params.get("page", "")), looks)}


async def _certificate(request: Request) -> Response:
    """A file to be saved, as `safelight certificate --to` writes it: it carries its own style, and opens anywhere."""
    form, number = request.query_params.get("as", "html"), request.path_params["verdict"]
    if form not in _FORMS or number >= _BEYOND:
        raise HTTPException(404)
    made = await asyncio.to_thread(_made, request, number, form)
    if made is None:
        raise HTTPException(404)
    text, label = made
    _, ending, media_type = _FORMS[form]
    name = f"safelight-{label}-verdict-{number}.{ending}"
    return Response(text, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def _made(request: Request, number: int, form: str) -> tuple[str, str] | None:
    """(the file, the card's label for its name); None for a verdict that is not known.

    Raises:
        ConfigError: the key of the station is set to something that is no key.
    """
    desk = desk_of(request)
    with desk.ledger() as ledger:
        if ledger.execute("SELECT 1 FROM verdict WHERE id = ?", (number,)).fetchone() is None:
            return None
        certificate = certificate_of(ledger, number)
    station = station_key(desk.home)
    text = _FORMS[form][0](certificate, sign(certificate, station.key) if station.key else None)
    label = re.sub("[^A-Za-z0-9_-]+", "-", certificate.facts["card"]["label"]).strip("-")
    return text, label or "card"


ROUTES: list[BaseRoute] = [
    Route("/cards", _show),
    Route("/cards/part", _part),
    Route("/cards/{verdict:int}/certificate", _certificate),
]
