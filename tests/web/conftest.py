"""The page of a studio, asked by a browser that was let in (`visitor`) or was not (`stranger`)."""

import pytest
from starlette.testclient import TestClient

from ingest.config import load
from ingest.web.app import create_app
from ingest.web.desk import Desk
from ingest.web.keys import new_keys

PORT = 8321


@pytest.fixture
def desk(studio):
    """The desk of a studio whose ledger is there."""
    assert studio.run("cards").code == 0
    return Desk(studio.home, load(studio.home), new_keys(studio.home), PORT)


@pytest.fixture
def stranger(desk):
    """A browser that has no cookie yet; it follows no redirect."""
    with TestClient(create_app(desk), base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False) as client:
        yield client


@pytest.fixture
def visitor(desk, stranger):
    """A browser that came in by the link."""
    assert stranger.get("/enter", params={"token": desk.keys.link_token(desk.clock())}).status_code == 303
    return stranger
