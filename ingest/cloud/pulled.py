"""A download that is opened as it comes: stores push their bytes, what decrypts pulls them, and both at once.

The download runs in a thread of its own, a few pieces ahead; the bytes are handed on in the caller's.
"""

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator

from ingest.cloud.age import MAGIC
from ingest.cloud.errors import Interrupted
from ingest.cloud.store import Sink

_AHEAD = 8  # pieces of a store, 1 MiB or so each
_LOOK = 0.1

Fetch = Callable[[Sink], object]
Pieces = Iterator[bytes]


def opened_as_it_comes(
    fetch: Fetch, unlock: Callable[[Pieces], object], take: Callable[[bytes], object], *, is_sealed: bool
) -> None:
    """Give what `fetch` brings to `unlock`; what does not look like an age file goes to `take` unless `is_sealed`.

    What any of the three raises comes as it is; the download ends with its next piece then.
    """
    with _pulled(fetch) as pieces:
        beginning = b""
        for piece in pieces:
            beginning += piece
            if len(beginning) >= len(MAGIC):
                break
        whole = itertools.chain((beginning,), pieces)
        if is_sealed or beginning.startswith(MAGIC):
            unlock(whole)
        else:
            for piece in whole:
                take(piece)
        for _ in pieces:  # what the store itself has to say at its end
            pass


@contextlib.contextmanager
def _pulled(fetch: Fetch) -> Iterator[Pieces]:
    waiting: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
    left, failed = threading.Event(), list[BaseException]()

    def hand_on(piece: bytes | None) -> None:
        while not left.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(piece, timeout=_LOOK)
                return
        raise Interrupted("Stopped")

    def download() -> None:
        try:
            fetch(hand_on)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the pieces are wanted
            failed.append(error)
        with contextlib.suppress(Interrupted):
            hand_on(None)

    def pieces() -> Pieces:
        while (piece := waiting.get()) is not None:
            yield piece
        if failed:
            raise failed[0]

    threading.Thread(target=download, name="download", daemon=True).start()
    try:
        yield pieces()
    finally:
        left.set()
