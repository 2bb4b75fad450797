"""A download that is opened as it comes: stores push their bytes, what decrypts pulls them, and both at once.

The download runs in a thread of its own, a few pieces ahead; the bytes are handed on in the caller's.
"""

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ingest.cloud.age import MAGIC, Facts, Meter, unseal
from ingest.cloud.errors import Interrupted, Unopened, WrongIdentity
from ingest.cloud.store import ShouldStop, Sink

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


def opened_facts(fetch: Fetch, identities: Sequence[Any], should_stop: ShouldStop) -> tuple[Facts, Facts] | None:
    """(what it opens to, what it is) of an object, without keeping any of it; None when it does not open.

    Raises:
        Interrupted: `should_stop` said so.
        CloudError: what `fetch` raises.
    """
    plain, ciphertext = Meter(), Meter()

    def watched(pieces: Pieces) -> Pieces:
        for piece in pieces:
            if should_stop():
                raise Interrupted("Stopped")
            ciphertext.take(piece)
            yield piece

    with _pulled(fetch) as pieces:
        try:
            unseal(watched(pieces), plain.take, identities)
        except (WrongIdentity, Unopened):
            return None
        for _ in watched(pieces):
            pass
    return plain.facts(), ciphertext.facts()


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
