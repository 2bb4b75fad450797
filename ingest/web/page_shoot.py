"""*A shoot*."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.rendering import page


async def _show(request: Request) -> Response:
    return page(request, "making.html", title="A shoot")


ROUTES: list[BaseRoute] = [Route("/shoots/{shoot_id:int}", _show)]
