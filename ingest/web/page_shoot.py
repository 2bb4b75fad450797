"""*A shoot* with its contact sheet, a picture of it, and the small pictures themselves."""

import asyncio
import sqlite3
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.ledger.shoots import ShootRow
from ingest.ledger.views_shoot import asset_facts
from ingest.sheets.contents import Contents, contents_of
from ingest.web.pages import page_number
from ingest.web.rendering import desk_of, kept_of, page
from ingest.web.view_picture import PictureView, picture_view
from ingest.web.view_shoot import sheet_view, shoot_facts, shoot_row

_EDGES = (320, 1280)  # pixels: of the sheet, of a picture's own page
_AT_ONCE = 3
_BEYOND = 1 << 63  # no row of the ledger has such a number
_KEPT = "private, max-age=3600"  # then it is asked whether the number still means this content
_NONE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 214" width="320" height="214">'
    b'<rect width="320" height="214" fill="#8a8378" opacity=".18"/>'
    b'<path d="M132 84h56v46h-56zM132 118l16-14 12 10 10-8 18 16" fill="none" stroke="#8a8378" stroke-width="3"/></svg>'
)


async def _show(request: Request) -> Response:
    facts = await asyncio.to_thread(_facts, request)
    if facts is None:
        raise HTTPException(404)
    return page(request, "shoot.html", **facts)


async def _part(request: Request) -> Response:
    facts = await asyncio.to_thread(_known, request)
    if facts is None:
        raise HTTPException(404)
    return page(request, "shoot_part.html", **facts)


def _known(request: Request) -> dict[str, Any] | None:
    desk = desk_of(request)
    with desk.ledger() as ledger:
        facts = shoot_facts(ledger, desk.home, desk.settings, request.path_params["shoot"], desk.clock())
    return {"facts": facts} if facts else None


def _facts(request: Request) -> dict[str, Any] | None:
    found = _known(request)
    if found is None:
        return None
    line = found["facts"].line
    number = page_number(request.query_params.get("page", ""))
    with desk_of(request).ledger() as ledger:
        row = shoot_row(ledger, line.id)
        return found | {"sheet": sheet_view(_contents(request, ledger, row), line.files, number)} if row else None


def _contents(request: Request, ledger: sqlite3.Connection, row: ShootRow) -> Contents:
    """Of a shoot, as they were found once: of ten thousand pictures that is most of the work for a page."""
    return kept_of(request).get(("contents", row.id), lambda: contents_of(ledger, row))


async def _picture(request: Request) -> Response:
    known = request.path_params["asset"] < _BEYOND
    view = await asyncio.to_thread(_picture_view, request) if known else None
    if view is None:
        raise HTTPException(404)
    return page(request, "picture.html", view=view)


def _picture_view(request: Request) -> PictureView | None:
    desk, asked = desk_of(request), request.path_params
    bucket = desk.settings.cloud.bucket if desk.settings.cloud else ""
    with desk.ledger() as ledger:
        row = shoot_row(ledger, asked["shoot"])
        if row is None:
            return None
        return picture_view(ledger, row, _contents(request, ledger, row), asked["asset"], bucket, desk.clock())


async def _preview(request: Request) -> Response:
    """A small JPEG; a drawn frame where there is none, which is asked for again soon."""
    asset_id = request.path_params["asset"]
    edge = _EDGES[request.query_params.get("edge") == str(_EDGES[1])]
    content = await asyncio.to_thread(_content, request, asset_id)
    if not content:
        raise HTTPException(404)
    kept = {"etag": f'"{content}-{edge}"', "cache-control": _KEPT}
    if kept["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    async with _turns(request):
        data = await asyncio.to_thread(_made, request, asset_id, edge)
    if data is None:
        return Response(_NONE, media_type="image/svg+xml", headers={"cache-control": "private, max-age=20"})
    return Response(data, media_type="image/jpeg", headers=kept)


def _content(request: Request, asset_id: int) -> str:
    """The hash of an asset, which never changes; "" for none. Numbers of assets are given anew by a rebuilt ledger."""
    with desk_of(request).ledger() as ledger:
        facts = asset_facts(ledger, asset_id) if asset_id < _BEYOND else None
    return facts.xxh128 if facts else ""


def _turns(request: Request) -> asyncio.Semaphore:
    """Pictures are made by few at once: the pages come first."""
    state = request.app.state
    if not hasattr(state, "preview_turns"):
        state.preview_turns = asyncio.Semaphore(_AT_ONCE)
    turns: asyncio.Semaphore = state.preview_turns
    return turns


def _made(request: Request, asset_id: int, edge: int) -> bytes | None:
    try:
        from ingest.sheets.previews import preview_of
    except ImportError:  # what opens pictures is not installed
        return None
    desk = desk_of(request)
    with desk.ledger() as ledger:
        return preview_of(desk.home, ledger, asset_id, edge)


ROUTES: list[BaseRoute] = [
    Route("/shoots/{shoot:int}", _show),
    Route("/shoots/{shoot:int}/part", _part),
    Route("/shoots/{shoot:int}/pictures/{asset:int}", _picture),
    Route("/preview/{asset:int}", _preview),
]
