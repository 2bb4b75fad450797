"""*Now*: the card in the reader."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.web.rendering import page


async def _show(request: Request) -> Response:
    return page(request, "making.html", title="Now")


ROUTES: list[BaseRoute] = [Route("/", _show)]
