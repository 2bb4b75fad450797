"""The page of a studio, asked by a browser that was let in (`visitor`) or was not (`stranger`)."""

import contextlib
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from ingest.config import load
from ingest.ledger.db import open_ledger
from ingest.web.app import create_app
from ingest.web.desk import LEDGER, Desk
from ingest.web.keys import new_keys

PORT = 8321


@pytest.fixture
def desk(studio):
    """The desk of a studio whose ledger is there."""
    open_ledger(studio.home / LEDGER).close()
    return Desk(studio.home, load(studio.home), new_keys(studio.home), PORT)


@pytest.fixture
def stranger(desk):
    """A browser that has no cookie yet; it follows no redirect."""
    with TestClient(
        create_app(desk, live=False), base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def visitor(desk, stranger):
    """A browser that came in by the link."""
    assert stranger.get("/enter", params={"token": desk.keys.link_token(desk.clock())}).status_code == 303
    return stranger


class Served:
    """A page at a real port, with all that runs beside it."""

    def __init__(self, desk, app, port):
        self.desk, self.app, self.port = desk, app, port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def floor(self):
        return self.app.state.floor

    @contextlib.contextmanager
    def client(self, cookies=None):
        """A browser that came in, or has the cookies of one that did."""
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False, cookies=cookies) as client:
            if not cookies:
                token = self.desk.keys.link_token(self.desk.clock())
                assert client.get("/enter", params={"token": token}).status_code == 303
            yield client


@contextlib.contextmanager
def serving(studio, port=0):
    """Serve the page of a studio in a thread."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        desk = Desk(studio.home, load(studio.home), new_keys(studio.home), port)
        app = create_app(desk, mounts=False)  # other tests mount cards meanwhile
        app.state.floor.looker.every = 0.3
        config = uvicorn.Config(app, log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield Served(desk, app, port)
        finally:
            server.should_exit = True
            app.state.floor.pulse.end()
            thread.join()


@pytest.fixture
def served(studio):
    open_ledger(studio.home / LEDGER).close()
    with serving(studio) as page:
        yield page


@pytest.fixture
def serve(studio):
    """Serve the page of the studio for a while: `with serve() as page:`."""
    open_ledger(studio.home / LEDGER).close()
    return lambda port=0: serving(studio, port)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests that look at pages."""
    from browser import chromium_or_skip

    browser = chromium_or_skip()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """A studio that lived: a wedding that is whole, a harbour with a copy that went bad; nobody changes it."""
    import io

    from PIL import Image
    from studio import Studio, cloud_at

    studio = Studio(tmp_path_factory.mktemp("gallery"), extra=cloud_at("http://127.0.0.1:9"))
    for number in range(1, 7):
        picture = io.BytesIO()
        Image.new("RGB", (300, 200), (40 * number, 90, 255 - 40 * number)).save(picture, "JPEG")
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", picture.getvalue())
    studio.put("DCIM/100CANON/IMG_0001.CR3", b"no picture at all" * 200)
    assert studio.ingest("--shoot", "Wedding Ada & Ben").level == "safe"
    assert studio.check().level == "safe"
    for path in sorted((studio.card / "DCIM" / "100CANON").iterdir()):
        path.unlink()
    studio.put("DCIM/101CANON/IMG_0900.JPG", b"\xff\xd8 harbour" * 300, 1_763_160_000_000_000_000)
    assert studio.ingest("--shoot", "Harbour").level == "safe"
    studio.copy_of(studio.nas, "IMG_0900.JPG").write_bytes(b"x" * 3000)
    assert studio.run("verify", "Harbour").code == 18
    return studio


@pytest.fixture
def serve_studio():
    """Serve the page of any studio: `with serve_studio(studio) as page:`."""
    return serving
