"""*Cards*."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.rendering import page


async def _show(request: Request) -> Response:
    return page(request, "making.html", title="Cards")


ROUTES: list[BaseRoute] = [Route("/cards", _show)]
