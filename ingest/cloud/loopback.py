"""A B2 service on 127.0.0.1 for the demo and the tests: b2sdk's RawSimulator behind real HTTP, with faults on demand.

    with LoopbackB2(bucket="my-archive") as server:
        server.faults.add(FaultKind.UNAVAILABLE, "b2_upload_file", times=2)
        B2Store(server.bucket, ApplicationKey(server.key_id, server.key), realm=server.url)

`python -m ingest.cloud.loopback --bucket NAME` prints one JSON line with url, bucket, key_id and key, and serves until
it is killed. The key is restricted to the bucket and cannot delete.

It is not B2. Everything is gone at the end, and in memory until then (the objects' bytes in a folder, when one is
given); one process, one lock, slow with many thousands of objects; any part but none of its minimum sizes is accepted;
retention, legal hold, lifecycle rules and header limits are told and not enforced; hiding a missing file succeeds;
`do_not_verify` is refused; encryption is only claimed; no call costs anything. What it does enforce beyond the
simulator: tokens (unknown, expired) and capabilities on every call, uploads and downloads included, the key's bucket,
its end, its prefix on small uploads, and a single finish.
"""

import argparse
import base64
import contextlib
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from b2sdk.v3 import b2_url_decode
from b2sdk.v3.exception import UnsatisfiableRange

from ingest.cloud.loopback_faults import ANSWERS, Fault, FaultKind, Faults
from ingest.cloud.loopback_sim import Simulator
from ingest.cloud.loopback_wire import Refusal, answer, authorize, refusal, upload

CAPABILITIES = (
    "listBuckets", "listFiles", "readFiles", "writeFiles", "readFileRetentions", "readFileLegalHolds",
    "readBucketRetentions", "readBucketEncryption",
)  # fmt: skip
_PAGE = b"<html><body>Welcome! Please log in to use this network.</body></html>"
_BLOCK = 1 << 20
_Reply = tuple[int, Mapping[str, str], bytes]
OnBody = Callable[[str, Message, int, int], object]
"""Told of each request: its path, its headers, how many bytes of its body arrived, how many it announced."""


class LoopbackB2:
    """The server; started by `with`. part_size, least_part_size: bytes, what B2 would recommend and demand.

    folder: where the objects' bytes lie, None for memory. url, bucket, key_id, key: what a client needs. faults: what
    shall go wrong. on_body: called in the server's threads. simulator: the account itself, to be used under `lock`
    while the server runs.
    """

    def __init__(
        self,
        bucket: str,
        *,
        part_size: int = 100_000_000,
        least_part_size: int = 5_000_000,
        port: int = 0,
        folder: Path | None = None,
    ) -> None:
        self.bucket, self.faults, self.lock = bucket, Faults(), threading.Lock()
        self.on_body: OnBody = lambda _path, _headers, _arrived, _announced: None
        self.simulator = Simulator(part_size, least_part_size, folder)
        self.closing = threading.Event()
        account, master = self.simulator.create_account()
        self._who = (
            self.simulator.API_URL,
            self.simulator.authorize_account("", account, master)["authorizationToken"],
        )
        self._account = account
        self.bucket_id = str(self.simulator.create_bucket(*self._who, account, bucket, "allPrivate")["bucketId"])
        self.key_id, self.key = self.new_key(CAPABILITIES)
        self._http = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="loopback B2", daemon=True)

    @property
    def url(self) -> str:
        """The realm: "http://127.0.0.1:12345"."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def new_key(
        self, capabilities: Sequence[str], bucket_id: str = "", *, prefix: str | None = None, seconds: int | None = None
    ) -> tuple[str, str]:
        """Another application key for the bucket (or that other bucket): its id and secret. seconds: until it ends."""
        with self.lock:
            made = self.simulator.create_key(
                *self._who, self._account, list(capabilities), "safelight", seconds, [bucket_id or self.bucket_id],
                prefix,
            )  # fmt: skip
        return str(made["applicationKeyId"]), str(made["applicationKey"])

    def expire_tokens(self) -> None:
        """Every token given out so far is expired, as each is after a day."""
        with self.lock:
            for token in self.simulator.auth_token_to_key:
                self.simulator.expire_auth_token(token)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open would hold the server open
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], service: LoopbackB2) -> None:
        self.service = service
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 120
    server: _Server

    def do_GET(self) -> None:
        """A download, or an authorisation of API v1."""
        self._serve()

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is http.server's
        """Nothing: a request's path may hold an upload token."""

    def _serve(self) -> None:
        service = self.server.service
        fault = service.faults.take(urlsplit(self.path).path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self._body(length // 2 if fault and fault.kind is FaultKind.DROPPED else length)
        service.on_body(self.path, self.headers, len(body), length)
        if len(body) < length or (fault and fault.kind is FaultKind.DROPPED):
            self._hang_up()  # the client, or the line, gave up in the middle: nothing arrived
            return
        if fault and fault.kind is FaultKind.SILENCE:
            service.closing.wait()
            self._hang_up()
            return
        status, headers, payload = _faulty(fault) or self._work(body)
        if fault and fault.kind is FaultKind.LOST_ANSWER:
            self._hang_up()
            return
        cut = fault is not None and fault.kind is FaultKind.CUT_ANSWER
        self._send(status, headers, payload, len(payload) // 2 if cut else len(payload))

    def _body(self, length: int) -> bytes:
        """As much of it as arrives."""
        blocks: list[bytes] = []
        with contextlib.suppress(ConnectionError):
            while length and (block := self.rfile.read(min(length, _BLOCK))):
                blocks.append(block)
                length -= len(block)
        return b"".join(blocks)

    def _send(self, status: int, headers: Mapping[str, str], payload: bytes, sent: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name in headers):
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload[:sent])
        self.wfile.flush()
        if sent < len(payload):
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client was first
            return

    def _work(self, body: bytes) -> _Reply:
        """Do what is asked, under the lock."""
        path = urlsplit(self.path)
        endpoint = path.path.split("/")[3] if path.path.startswith("/b2api/") and path.path.count("/") >= 3 else ""
        with self.server.service.lock:
            try:
                if endpoint == "b2_download_file_by_id" or path.path.startswith("/file/"):
                    return self._download(path.path, parse_qs(path.query).get("fileId", [""])[0])
                return _json(200, self._call(endpoint, body))
            except Exception as error:  # noqa: BLE001 - the simulator's asserts are refusals too
                return _refused(refusal(error, endpoint))

    def _call(self, endpoint: str, body: bytes) -> dict[str, Any]:
        service, token = self.server.service, self.headers.get("Authorization", "")
        if endpoint == "b2_authorize_account":
            key_id, _, secret = base64.b64decode(token.removeprefix("Basic ")).decode().partition(":")
            return authorize(service.simulator, service.url, key_id, secret)
        if endpoint in ("b2_upload_file", "b2_upload_part"):
            return upload(service.simulator, {name.lower(): value for name, value in self.headers.items()}, body)
        return answer(service.simulator, service.url, endpoint, token, json.loads(body or b"{}"))

    def _download(self, path: str, file_id: str) -> _Reply:
        simulator = self.server.service.simulator
        token = self.headers.get("Authorization", "")
        if file_id:
            bucket = simulator.bucket_id_to_bucket[simulator.file_id_to_bucket_id[file_id]]
        else:
            _, _, name, key = path.split("/", 3)
            bucket = simulator.bucket_name_to_bucket[name]
            wanted = b2_url_decode(key)
            file_id = min(
                known for named, known in (*bucket.file_name_and_id_to_file, (wanted, "~")) if named == wanted
            )
        simulator.require(token, "readFiles", bucket.bucket_id)
        found = bucket.file_id_to_file[file_id]
        if not found.is_visible():
            raise KeyError(file_id)
        span = _span(self.headers.get("Range", ""), len(found.data_bytes))
        data = found.data_bytes if span is None else found.data_bytes[span[0] : span[1] + 1]
        return (200 if span is None else 206), found.as_download_headers(token, span), data


def _span(header: str, size: int) -> tuple[int, int] | None:
    """`bytes=5-9` or `bytes=5-` as first and last offset; None for the whole."""
    if not header.startswith("bytes="):
        return None
    first, _, last = header.removeprefix("bytes=").partition("-")
    span = int(first), min(int(last or size - 1), size - 1)
    if span[0] > span[1]:
        raise UnsatisfiableRange
    return span


def _faulty(fault: Fault | None) -> _Reply | None:
    """The answer of a service that refuses, or of something in its place; None when the work shall be done."""
    if fault is None:
        return None
    if fault.kind is FaultKind.PORTAL:
        return 200, {"Content-Type": "text/html"}, _PAGE
    if fault.kind not in ANSWERS:
        return None
    status, headers, payload = _refused(Refusal(*ANSWERS[fault.kind]))
    return status, {**headers, "Retry-After": str(fault.retry_after)} if fault.retry_after else headers, payload


def _refused(why: Refusal) -> _Reply:
    return _json(why.status, {"status": why.status, "code": why.code, "message": why.message})


def _json(status: int, value: Mapping[str, Any]) -> _Reply:
    return status, {"Content-Type": "application/json"}, json.dumps(value, default=sorted).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the first line of stdout tells where."""
    parser = argparse.ArgumentParser(prog="python -m ingest.cloud.loopback", description="A B2 service in memory.")
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the objects' bytes lie, instead of in memory")
    chosen = parser.parse_args(arguments)
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with LoopbackB2(chosen.bucket, port=chosen.port, folder=chosen.folder) as server:
        told = {"url": server.url, "bucket": server.bucket, "key_id": server.key_id, "key": server.key}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
