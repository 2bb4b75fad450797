"""The application: all pages of it, behind one guard."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from ingest.errors import SafelightError
from ingest.web import page_cards, page_do, page_events, page_health, page_now, page_shoot, page_shoots
from ingest.web.desk import Desk
from ingest.web.floor import Floor
from ingest.web.guard import Guard
from ingest.web.rendering import page

_STATIC = StaticFiles(packages=[("ingest.web", "static")])


def create_app(desk: Desk, *, live: bool = True, mounts: bool = True) -> Starlette:
    """The page of this desk. live: look at stream, ledger and readers while it runs, so that an open page follows.

    mounts: look at what is mounted; else at no card but the folders that sessions of this home took for one.
    """
    floor = Floor(desk, mounts=mounts)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with floor.open() if live else contextlib.nullcontext():
            yield

    app = Starlette(
        routes=[
            *page_now.ROUTES,
            *page_cards.ROUTES,
            *page_shoots.ROUTES,
            *page_shoot.ROUTES,
            *page_health.ROUTES,
            *page_events.ROUTES,
            *page_do.ROUTES,
            Mount("/static", _STATIC),
        ],
        middleware=[Middleware(Guard, desk=desk)],
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _http_error,
            sqlite3.Error: _ledger_error,
            SafelightError: _error,
            OSError: _error,
        },
    )
    app.state.desk, app.state.floor = desk, floor
    return app


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = "There is no such page" if status == 404 else "That cannot be done here"
    return page(request, "error.html", status, title=title, text="", hint="", command="")


async def _ledger_error(request: Request, error: Exception) -> Response:
    return page(
        request,
        "error.html",
        500,
        title="The ledger cannot be read",
        text=f"{error}. Nothing was said to be safe, and no photograph was touched.",
        hint="See what is wrong with it:",
        command="safelight ledger check",
    )


async def _error(request: Request, error: Exception) -> Response:
    hint = getattr(error, "hint", "")
    text = getattr(error, "message", "") or str(error)
    return page(request, "error.html", 500, title="This page cannot be made", text=text, hint=hint, command="")
