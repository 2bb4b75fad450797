"""Serve the page at 127.0.0.1 until Ctrl-C, and say how to come in."""

import contextlib
import os
import socket
import sys
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.cli.console import Console
from ingest.cli.home import opened
from ingest.errors import ConfigError, Exit, UsageError
from ingest.words import how_to_add

if TYPE_CHECKING:
    from ingest.config import Settings
    from ingest.web.keys import Keys

_HOST = "127.0.0.1"
_EXTRA = how_to_add("dashboard")


def run_dashboard(console: Console, *, port: int, opens: bool) -> int:
    """Serve until Ctrl-C; one that is served already is not served twice, its link is given.

    Raises:
        ConfigError: the extra is not installed.
        UsageError: the port is taken.
    """
    _refuse_without_extra()
    with opened() as home:
        folder, settings = home.folder, home.settings
    from ingest.web import keys

    if keys.link_of_running(folder, time.time()):
        console.say("The page is served already.")
        return new_link(folder, console, opens=opens)
    own = keys.new_keys(folder)
    with _listening(port) as listener:
        port = listener.getsockname()[1]
        keys.tell_running(folder, own, port)
        try:
            _say(console, port, own.link_token(time.time()), opens=opens)
            console.note("  Ctrl-C ends the page; copies that it started go on.")
            _serve(folder, settings, own, listener)
        finally:
            keys.stop_running(folder, own)
    console.note("The page is closed.")
    return int(Exit.OK)


def new_link(folder: Path, console: Console, *, opens: bool = False) -> int:
    """A link to the page that is served now.

    Raises:
        UsageError: none is.
    """
    _refuse_without_extra()
    from ingest.web.keys import link_of_running

    found = link_of_running(folder, time.time())
    if found is None:
        raise UsageError("No page is served for this home", hint="Start it: safelight dashboard")
    _say(console, *found, opens=opens)
    return int(Exit.OK)


def _say(console: Console, port: int, token: str, *, opens: bool) -> None:
    address = f"http://{_HOST}:{port}/enter?token={token}"
    console.say("Open this link in your browser. It is good once, for five minutes:")
    console.say(f"  {address}")
    if opens and _has_screen():
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _has_screen() -> bool:
    """Where there is none, a browser of the terminal would take it."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _refuse_without_extra() -> None:
    try:
        import jinja2
        import sse_starlette
        import starlette
        import uvicorn
    except ImportError as error:
        raise ConfigError(f"The page needs the extra dashboard ({error.name} is missing)", hint=_EXTRA) from error
    del jinja2, sse_starlette, starlette, uvicorn


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        hint = "Name another one, or leave --port out"
        raise UsageError(f"Port {port} cannot be used: {error.strerror}", hint=hint) from error


def _serve(folder: Path, settings: "Settings", own: "Keys", listener: socket.socket) -> None:
    import uvicorn

    from ingest.web.app import create_app
    from ingest.web.desk import Desk

    app = create_app(Desk(folder, settings, own, listener.getsockname()[1]))
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):  # the server ends first, then hands Ctrl-C on
        uvicorn.Server(config).run(sockets=[listener])
