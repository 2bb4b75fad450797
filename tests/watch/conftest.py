"""What the tests of the watcher share."""

import pytest
from watching import Watch


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
