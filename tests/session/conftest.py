"""What the tests of the whole session share."""

import pytest
from studio import BUCKET

from ingest.cloud.loopback import LoopbackB2


class NoParsers:
    """Stands for the child that opens pictures; its answers never change a verdict (it has tests of its own)."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def healths(self, files):
        return (() for _ in files)


@pytest.fixture
def sabotage():
    """Patches of a test's own, so that `sabotage.undo()` repairs what it broke and nothing else."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


@pytest.fixture(autouse=True)
def no_parsers(request, monkeypatch):
    """Starting two processes is most of the time of an ingest of five small files."""
    if "parsers" not in request.fixturenames:
        monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
        monkeypatch.setattr("ingest.session.pictures.ParserPool", NoParsers)


@pytest.fixture
def server(monkeypatch):
    """A B2 on this machine, whose key is in the environment; see `studio.cloud_at`."""
    with LoopbackB2(BUCKET) as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", running.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", running.key)
        yield running


@pytest.fixture
def parsers():
    """Ask for it where the pictures must really be looked into."""
