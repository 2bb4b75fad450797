"""*Shoots*: the copies of each, and what needs a person."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.pages import page_number
from ingest.web.rendering import desk_of, kept_of, page
from ingest.web.view_shoots import shoots_view

_LONGEST = 200  # characters of what is searched for


async def _show(request: Request) -> Response:
    return page(request, "shoots.html", **await asyncio.to_thread(_facts, request))


async def _part(request: Request) -> Response:
    return page(request, "shoots_part.html", **await asyncio.to_thread(_facts, request))


def _facts(request: Request) -> dict[str, Any]:
    desk, asked = desk_of(request), request.query_params
    search = asked.get("q", "").strip()[:_LONGEST]
    number = page_number(asked.get("page", ""))
    with desk.ledger() as ledger:
        view = shoots_view(
            ledger,
            desk.settings,
            needs_you=asked.get("needs") == "you",
            search=search,
            page=number,
            kept=kept_of(request),
        )
    return {"view": view}


ROUTES: list[BaseRoute] = [Route("/shoots", _show), Route("/shoots/part", _part)]
