"""`/do/NAME`: starts one command of the fixed list, then back to where the button was. `/work`: what was started."""

from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ingest.web.errands import COMMANDS
from ingest.web.rendering import desk_of, floor_of, page


async def _do(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in COMMANDS:
        raise HTTPException(404)
    told = parse_qs((await request.body()).decode("ascii", "replace"))
    fact = _fact(request, COMMANDS[name].needs, told)
    if fact is None:
        return page(
            request,
            "error.html",
            409,
            title="That is not there any more",
            text="The card was unplugged, or the shoot is not known.",
            hint="Load the page again.",
            command="",
        )
    floor_of(request).errands.start(name, fact)
    floor_of(request).pulse.tell(("work", "now"))
    return RedirectResponse(_back(request), 303)


def _fact(request: Request, needs: str, told: dict[str, list[str]]) -> str | None:
    """The card or shoot that a command is about, as this page itself knows it; None for one that it does not know."""
    if needs == "card":
        card = floor_of(request).card_of(told.get("card", [""])[0])
        return card.root if card else None
    if needs == "shoot":
        number = told.get("shoot", [""])[0]
        if not (number.isascii() and number.isdigit() and len(number) < 12):
            return None
        with desk_of(request).ledger() as ledger:
            row = ledger.execute("SELECT id FROM shoot WHERE id = ?", (int(number),)).fetchone()
        return str(row[0]) if row else None
    return ""


def _back(request: Request) -> str:
    """The path of the page that held the button; nothing of another site."""
    asked = urlsplit(request.headers.get("referer", ""))
    if asked.netloc not in desk_of(request).hosts or not asked.path.startswith("/") or asked.path.startswith("//"):
        return "/"
    return asked.path + (f"?{asked.query}" if asked.query else "")


async def _work(request: Request) -> Response:
    return page(request, "work.html")


ROUTES: list[BaseRoute] = [Route("/do/{name}", _do, methods=["POST"]), Route("/work", _work)]
