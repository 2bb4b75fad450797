"""A page from its template: everything that comes from outside is escaped, and a fact that is missing is an error."""

from pathlib import Path
from typing import Any, cast

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ingest import words
from ingest.web.desk import LEDGER, Desk
from ingest.web.errands import Errand
from ingest.web.floor import Floor
from ingest.web.kept import Kept
from ingest.web.pages import address

NAV = (("/", "Now"), ("/cards", "Cards"), ("/shoots", "Shoots"), ("/health", "Health"))
_SHAPES = {"good": "✔", "wait": "…", "bad": "✘", "note": "!"}


def desk_of(request: Request) -> Desk:
    """The desk of the application that answers."""
    return cast(Desk, request.app.state.desk)


def floor_of(request: Request) -> Floor:
    """What runs beside the pages of the application that answers."""
    return cast(Floor, request.app.state.floor)


def kept_of(request: Request) -> Kept:
    """What is remembered of the ledger for the application that answers."""
    state = request.app.state
    if not hasattr(state, "kept"):
        state.kept = Kept(desk_of(request).home / LEDGER)
    return cast(Kept, state.kept)


def page(request: Request, name: str, status: int = 200, **facts: Any) -> Response:
    """The template `name` with these facts; beside them `now`, `nav`, `path`, `form_word` and `errands` are there."""
    desk, form_word = desk_of(request), request.scope.get("form_word", "")
    errands: list[Errand] = floor_of(request).errands.all if form_word else []
    given = {"now": desk.clock(), "nav": NAV, "path": request.url.path, "form_word": form_word, "errands": errands}
    return HTMLResponse(_TEMPLATES.get_template(name).render(given | facts), status_code=status)


@jinja2.pass_context
def _day(context: jinja2.runtime.Context, at: float) -> str:
    return words.day(at, context["now"])


@jinja2.pass_context
def _when(context: jinja2.runtime.Context, at: float) -> str:
    """`14:39` today, `14 Nov 14:39` else."""
    day = words.day(at, context["now"])
    return words.clock(at) if day == "today" else f"{day} {words.clock(at)}"


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": _day, "when": _when} | {
        name: getattr(words, name)
        for name in ("size", "files", "clock", "about", "remaining", "speed", "duration", "part_of", "shown_uuid")
    }
    made.globals |= {"shapes": _SHAPES, "address": address}
    return made


_TEMPLATES = _environment()
