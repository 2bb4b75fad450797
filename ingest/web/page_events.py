"""`/events`: what changed, as it changes. Each event only names a page's topic; the page asks for the rest itself."""

import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.rendering import floor_of


async def _events(request: Request) -> Response:
    last = request.headers.get("last-event-id", "")[:80]
    return EventSourceResponse(_told(request, last), ping=15, headers={"cache-control": "no-store"})


async def _told(request: Request, last: str) -> AsyncIterator[ServerSentEvent]:
    async for news in floor_of(request).pulse.listen(last):
        for topic in news.topics:
            yield ServerSentEvent(json.dumps({"schema": 1, "topic": topic}), event=topic, id=news.id)


ROUTES: list[BaseRoute] = [Route("/events", _events)]
