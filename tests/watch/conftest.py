"""What the tests of the watcher share."""

import pytest
from studio import BUCKET
from watching import Watch

from ingest.cloud.loopback import LoopbackB2


@pytest.fixture
def watching(studio):
    """Begin a watcher; it is gone at the test's end."""
    begun = []

    def begin(*words, **options):
        begun.append(Watch(studio, *words, **options))
        return begun[-1]

    yield begin
    for watch in begun:
        if watch.process.poll() is None:
            watch.process.terminate()
            try:
                watch.process.wait(20)
            except Exception:
                watch.process.kill()
                watch.process.wait()


@pytest.fixture
def server(monkeypatch):
    """A B2 on this machine, whose key is in the environment; see `studio.cloud_at`."""
    with LoopbackB2(BUCKET) as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", running.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", running.key)
        yield running
