"""*Now*: the card in the reader, its answer, and the pictures as they arrive."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingest.ledger.newest import newest_pictures
from ingest.stream import store
from ingest.stream.watcher import WATCHER, is_watching
from ingest.web.rendering import desk_of, floor_of, page
from ingest.web.standing import Readers
from ingest.web.view_now import NowView, now_view
from ingest.web.view_watcher import waiting_cards, watcher_words


async def _show(request: Request) -> Response:
    facts = await asyncio.to_thread(_facts, request)
    return page(request, "now.html", **facts)


async def _part(request: Request) -> Response:
    view = await asyncio.to_thread(_view, request)
    return page(request, "now_part.html", view=view)


async def _pictures(request: Request) -> Response:
    pictures = await asyncio.to_thread(_newest, request)
    return page(request, "now_pictures.html", pictures=pictures)


def _facts(request: Request) -> dict[str, Any]:
    return {"view": _view(request), "pictures": _newest(request)}


def _view(request: Request) -> NowView:
    desk, floor = desk_of(request), floor_of(request)
    looker, now = floor.looker, desk.clock()
    readers = Readers(looker.seen, looker.looked_at is not None, looker.is_silent)
    checked = frozenset(errand.root for errand in floor.errands.all if errand.is_running and errand.root)
    with desk.ledger() as ledger:  # where it cannot be read nothing is said of a card
        ledger.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with desk.stream() as stream:
        beat = store.last_beat(stream, WATCHER)
        waits = store.told_of(stream, "card_waits", now - 86_400.0)
    watches = is_watching(beat)
    waiting = waiting_cards(((told.at, told.body) for told in waits), looker.seen, beat, watches=watches)
    scenes = floor.scenes()
    watcher = watcher_words(beat, now)
    return now_view(scenes, readers, checked=checked, waiting=waiting, watcher=watcher, now=now)


def _newest(request: Request) -> list[Any]:
    with desk_of(request).ledger() as ledger:
        return list(newest_pictures(ledger))


ROUTES: list[BaseRoute] = [Route("/", _show), Route("/now/part", _part), Route("/now/pictures", _pictures)]
