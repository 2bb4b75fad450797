"""*Health*: destinations, queue, backups, watcher, drills, the night."""

import asyncio
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.notices.herald import UNSENT
from ingest.stream import store
from ingest.stream.notices import given_notices
from ingest.web.places import PlaceAsker, Stands
from ingest.web.rendering import desk_of, page
from ingest.web.view_health import health_view


async def _show(request: Request) -> Response:
    return page(request, "health.html", **await _facts(request))


async def _part(request: Request) -> Response:
    return page(request, "health_part.html", **await _facts(request))


async def _facts(request: Request) -> dict[str, Any]:
    stands = await _asker(request).stands(await asyncio.to_thread(_news, request))
    return await asyncio.to_thread(_read, request, stands)


def _news(request: Request) -> float:
    """When the watcher last saw a destination go or come, seconds since 1970 UTC."""
    desk = desk_of(request)
    with desk.stream() as stream:
        told = [
            event.at
            for kind in ("destination_away", "destination_back")
            for event in store.told_of(stream, kind, desk.clock() - 86_400.0)
        ]
    return max(told, default=0.0)


def _asker(request: Request) -> PlaceAsker:
    state = request.app.state
    if not hasattr(state, "places"):
        state.places = PlaceAsker(desk_of(request).home)
    asker: PlaceAsker = state.places
    return asker


def _read(request: Request, stands: Stands) -> dict[str, Any]:
    desk = desk_of(request)
    with desk.stream() as stream:
        beat = store.last_beat(stream, "watcher")
        unsent = _unsent(stream)
    with desk.ledger() as ledger:
        return {"view": health_view(ledger, desk.settings, beat, stands, desk.clock(), unsent)}


def _unsent(stream: sqlite3.Connection) -> tuple[str, float] | None:
    """Why the last notice could not be sent, and since when."""
    try:
        found = given_notices(stream).get(UNSENT)
    except sqlite3.OperationalError:  # a stream of before there were notices
        return None
    return (found.mark, found.at) if found and found.mark else None


ROUTES: list[BaseRoute] = [Route("/health", _show), Route("/health/part", _part)]
