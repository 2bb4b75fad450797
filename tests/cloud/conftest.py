from contextlib import closing

import pytest
from cloud_worlds import LEAST_PART, World
from keychains import Keychain, never_written

from ingest.cloud.errors import Interrupted
from ingest.cloud.loopback import LoopbackB2
from ingest.ledger.db import open_ledger


@pytest.fixture(autouse=True)
def _loopback_needs_no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def keychain(keychain):
    """This computer's, with these entries; nobody writes into it. error: what it answers whoever asks."""

    def use(entries=(), error=None):
        return keychain(Keychain(entries, unread=error, unwritten=never_written()))

    use()
    return use


@pytest.fixture
def server():
    with LoopbackB2("my-archive", least_part_size=LEAST_PART) as running:
        yield running


@pytest.fixture
def world(tmp_path):
    with closing(open_ledger(tmp_path / "ledger.sqlite")) as connection:
        yield World(connection, tmp_path)


@pytest.fixture(autouse=True)
def _pauses_between_attempts_take_no_time(monkeypatch):
    def rest(seconds, should_stop):
        if should_stop():
            raise Interrupted("Stopped")

    monkeypatch.setattr("ingest.cloud.b2.rest", rest)
    monkeypatch.setattr("ingest.cloud.b2_parts.rest", rest)
