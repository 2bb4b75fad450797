"""*Cards*: every card that was seen here."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.pages import page_number
from ingest.web.rendering import desk_of, page
from ingest.web.view_cards import cards_view


async def _show(request: Request) -> Response:
    return page(request, "cards.html", **await asyncio.to_thread(_facts, request))


async def _part(request: Request) -> Response:
    return page(request, "cards_part.html", **await asyncio.to_thread(_facts, request))


def _facts(request: Request) -> dict[str, Any]:
    desk = desk_of(request)
    with desk.ledger() as ledger:
        return {"shown": cards_view(ledger, desk.clock(), page_number(request.query_params.get("page", "")))}


ROUTES: list[BaseRoute] = [Route("/cards", _show), Route("/cards/part", _part)]
