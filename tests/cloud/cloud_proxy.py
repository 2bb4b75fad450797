"""The line to the cloud, which breaks at a chosen byte: a relay between the real client library and the loopback B2."""

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ingest.cloud.loopback import LoopbackB2

_AT_ONCE = 1 << 14
_NO_LINGER = struct.pack("ii", 1, 0)


class Way(StrEnum):
    """From the client to the service, or back."""

    UP = "up"
    DOWN = "down"


class Harm(StrEnum):
    """RESET: both ends get one. CLOSE: an end of the stream, as if it had been all. HOLD: silence, then it goes on."""

    RESET = "reset"
    CLOSE = "close"
    HOLD = "hold"


@dataclass(frozen=True)
class Trouble:
    """What happens when so many bytes of one way, over all connections, have passed. seconds: of HOLD."""

    way: Way
    after: int
    harm: Harm
    seconds: float = 0.0


class Line:
    """The relay. passed: bytes of each way since it was last armed. happened: troubles since then."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._guard = threading.Lock()
        self._trouble: Trouble | None = None
        self.upstream = ("", 0)
        self.is_down = False
        self.passed = dict.fromkeys(Way, 0)
        self.happened = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def arm(self, trouble: Trouble | None) -> None:
        """Count from zero, and do this once."""
        with self._guard:
            self._trouble, self.passed, self.happened = trouble, dict.fromkeys(Way, 0), 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="line", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_down:
                    _reset(client)
                    continue
                service = socket.create_connection(self.upstream)
                for way, ends in ((Way.UP, (client, service)), (Way.DOWN, (service, client))):
                    threading.Thread(target=self._relay, args=(way, *ends), name=f"line {way}", daemon=True).start()

    def _relay(self, way: Way, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_AT_ONCE):
                whole, trouble = self._count(way, len(data))
                target.sendall(data[:whole])
                if trouble and trouble.harm is not Harm.HOLD:
                    _end(trouble.harm, source, target)
                    return
                if trouble:
                    time.sleep(trouble.seconds)
                    target.sendall(data[whole:])
            target.shutdown(socket.SHUT_WR)

    def _count(self, way: Way, size: int) -> tuple[int, Trouble | None]:
        """(how many of these bytes pass before it happens, what happens)."""
        with self._guard:
            before, self.passed[way] = self.passed[way], self.passed[way] + size
            trouble = self._trouble
            if trouble is None or trouble.way is not way or before + size <= trouble.after:
                return size, None
            self._trouble, self.happened = None, self.happened + 1
            return trouble.after - before, trouble


def _end(harm: Harm, *ends: socket.socket) -> None:
    for end in ends:
        if harm is Harm.RESET:
            _reset(end)
        else:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _reset(end: socket.socket) -> None:
    """Closed alone it lives on while the other thread waits for its bytes; shut down whole it ends cleanly."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        end.shutdown(socket.SHUT_RD)
        end.close()


class BehindALine(LoopbackB2):
    """A service whose every address, also those in its answers, is the line's."""

    def __init__(self, line: Line, bucket: str, *, least_part_size: int) -> None:
        self._line = line
        super().__init__(bucket, least_part_size=least_part_size)
        line.upstream = ("127.0.0.1", int(self._http.server_address[1]))

    @property
    def url(self) -> str:
        return self._line.url
