"""A relay on 127.0.0.1 between the real B2 client and a loopback B2, which breaks what passes, by rule.

    with relayed(LoopbackB2("my-archive")) as (server, relay):
        relay.add(Break.RESET, "b2_upload_file", Way.UP, 0.5, times=2)     # in the middle of the next two uploads
        relay.cut_after(12_345)                                            # or: at one byte of all that passes

It reads no more of HTTP than where a message ends, so it knows which call it breaks; the bytes themselves it passes as
they are. All addresses that the server hands out lead through the relay.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from ingest.cloud.loopback import LoopbackB2

_BLOCK = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST


class Break(Enum):
    """CLOSE: the line ends as if all had been said. RESET: it is torn (RST). SILENCE: nothing moves any more, and it
    stays open until the relay ends. HOLD: nothing moves until `relay.let_go` is set, then all goes on as before.
    """

    CLOSE = auto()
    RESET = auto()
    SILENCE = auto()
    HOLD = auto()


class Way(Enum):
    """UP: the request. DOWN: the answer; whatever was asked has been done by then."""

    UP = auto()
    DOWN = auto()


@dataclass
class Rule:
    """share: of the message's bytes (head and body), 0..1, that pass before it breaks. times: how often still."""

    how: Break
    call: str
    way: Way
    share: float
    times: int


class _BrokenError(Exception):
    def __init__(self, how: Break) -> None:
        super().__init__(how.name)
        self.how = how


class Relay:
    """The relay; started by `with`. port: of the server, on 127.0.0.1.

    passed: bytes of both ways so far. broken: (call, way, how) of each break, in order. let_go: see Break.HOLD.
    on_break: called at each break, before the client can notice it.
    """

    def __init__(self, port: int) -> None:
        self._upstream, self._port = port, 0
        self._rules: list[Rule] = []
        self._cut: tuple[int, Break] | None = None
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._listener: socket.socket | None = None
        self._lines: set[socket.socket] = set()
        self.passed = 0
        self.broken: list[tuple[str, Way, Break]] = []
        self.let_go = threading.Event()
        self.on_break: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        """Where the client finds it: "http://127.0.0.1:12345"."""
        return f"http://127.0.0.1:{self._port}"

    def add(self, how: Break, call: str, way: Way, share: float = 0.5, times: int = 1) -> None:
        """Let the next `times` messages of the calls `call` ("b2_upload_file") break there."""
        with self._lock:
            self._rules.append(Rule(how, call, way, share, times))

    def cut_after(self, passed: int, how: Break = Break.CLOSE) -> None:
        """Break once, when so many bytes of both ways together have passed."""
        with self._lock:
            self._cut = (passed, how)

    def clear(self) -> None:
        """Nothing breaks any more; the lines that are silent stay so."""
        with self._lock:
            self._rules.clear()
            self._cut = None

    def up(self) -> None:
        """Take connections, at the same port as ever; nothing when it does."""
        if self._listener is not None:
            return
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=64)
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self) -> None:
        """Refuse every connection and tear the ones there are, until `up`."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # close alone leaves the thread in accept()
            listener.close()
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.let_go.set()
        self.down()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # closed by `down`
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._upstream))
        both = (client, server)
        with self._lock:
            self._lines.update(both)
        how = Break.CLOSE
        try:
            for line in both:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while call := self._message(client, server, Way.UP, ""):
                self._message(server, client, Way.DOWN, call)
        except _BrokenError as broken:
            how = broken.how
        except OSError:  # one of the two hung up
            pass
        if how is Break.SILENCE:
            self._ended.wait()
        with self._lock:
            self._lines.difference_update(both)
        for line in both:
            with contextlib.suppress(OSError):
                if how is Break.RESET:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                else:
                    line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _message(self, source: socket.socket, sink: socket.socket, way: Way, call: str) -> str:
        """Pass one message; gives the call that it is (or belongs to), "" when the line ended before it."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = source.recv(_BLOCK)
            if not data:
                return ""
            head += data
        before, _, _ = head.partition(b"\r\n\r\n")
        first, *fields = before.decode("latin-1").split("\r\n")
        named = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        total = len(before) + 4 + int(named.get("content-length", "0"))
        call = call or _call_of(first)
        rule = self._rule_for(call, way)
        at = int(rule.share * total) if rule else total + 1
        done = 0
        data = head
        while True:
            if rule and done + len(data) >= at:
                self._pass(sink, data[: at - done], call, way)
                self._break(rule.how, call, way)
                data, done, rule = data[at - done :], at, None  # it was only held
            self._pass(sink, data, call, way)
            done += len(data)
            if done >= total:
                return call
            data = source.recv(_BLOCK)
            if not data:
                raise ConnectionError("the message ended early")

    def _rule_for(self, call: str, way: Way) -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.call == call and rule.way is way and rule.times > 0:
                    rule.times -= 1
                    return rule
        return None

    def _pass(self, sink: socket.socket, data: bytes, call: str, way: Way) -> None:
        with self._lock:
            cut = self._cut
            ends = cut is not None and self.passed + len(data) >= cut[0]
            if cut is not None and ends:
                data, self._cut = data[: cut[0] - self.passed], None
            self.passed += len(data)
        sink.sendall(data)
        if cut is not None and ends:
            self._break(cut[1], call, way)

    def _break(self, how: Break, call: str, way: Way) -> None:
        self.broken.append((call, way, how))
        self.on_break()
        if how is not Break.HOLD:
            raise _BrokenError(how)
        self.let_go.wait()


def _call_of(request_line: str) -> str:
    """ "b2_upload_file" of "POST /b2api/v4/b2_upload_file/token HTTP/1.1"."""
    return request_line.split("/")[3].partition("?")[0].partition(" ")[0]


class RelayedB2(LoopbackB2):
    """A loopback B2 whose addresses, in all that it answers, are those of a relay in front of it."""

    relay: Relay | None = None

    @property
    def url(self) -> str:
        """The realm, as clients know it."""
        return self.relay.url if self.relay else super().url


@contextlib.contextmanager
def relayed(server: RelayedB2) -> Iterator[tuple[RelayedB2, Relay]]:
    """Both of them running; clients are to use `server.url`."""
    with server, Relay(int(server.url.rpartition(":")[2])) as relay:
        server.relay = relay
        yield server, relay
