"""An S3 service on this computer: moto's server, with a gate before it that counts, refuses and cuts by rule.

The gate is also what compares the checksums of what comes in, as every real service does and moto does not.
"""

import hashlib
import io
import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3 import models
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler, make_server

REGION = "us-east-1"
KEY_ID, SECRET = "AKIAIOSFODNN7LOOPBCK", "loopback/secret+of+forty+characters/xyz="

_SESSION = boto3.session.Session(KEY_ID, SECRET, region_name=REGION)

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]


@dataclass
class Fault:
    """What happens to the next requests of a kind. status: answered instead; "drop": the connection is cut before the
    request was read; "lose": after it was worked off. code, headers: of the answer.
    """

    of: str
    what: int | str
    times: int = 1
    code: str = ""
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        pass


def kind_of(environ: Environ) -> str:
    """The operation, as S3 calls it."""
    query, method = environ.get("QUERY_STRING", ""), environ["REQUEST_METHOD"]
    has_key = environ["PATH_INFO"].strip("/").count("/") > 0
    if "partNumber=" in query and method == "PUT":
        return "UploadPart"
    if query.startswith("uploads"):
        return "CreateMultipartUpload" if method == "POST" else "ListMultipartUploads"
    if "uploadId=" in query:
        return {"POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}.get(method, "ListParts")
    if not has_key:
        return "ListObjectVersions" if "versions" in query else "ListObjectsV2"
    return f"{method.capitalize()}Object"


class LoopbackS3:
    """A bucket `my-archive`. versioned: it keeps versions. calls: kinds of requests in their order."""

    def __init__(self, bucket: str = "my-archive", *, versioned: bool = True, least_part: int = 100_000) -> None:
        self.bucket, self._versioned = bucket, versioned
        self.calls: list[str] = []
        self.parts: list[int] = []  # numbers of those that arrived whole
        self.faults: list[Fault] = []
        self.before: Callable[[str, Environ], object] = lambda kind, environ: None
        self.after: Callable[[str], object] = lambda kind: None  # worked off, not answered yet
        self._lock = threading.Lock()
        models.S3_UPLOAD_PART_MIN_SIZE = least_part
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.client = _SESSION.client("s3", endpoint_url=self.url)
        self.client.create_bucket(Bucket=self.bucket)
        if self._versioned:
            self.client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.calls.clear()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        for backends in models.s3_backends.values():
            for backend in backends.values():
                backend.reset()

    def add(self, of: str, what: int | str, times: int = 1, **how: Any) -> None:
        """Let the next `times` requests of a kind fail."""
        self.faults.append(Fault(of, what, times, **how))

    def place(self, key: str, data: bytes) -> None:
        """As another program does it."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def place_quickly(self, key: str, data: bytes) -> None:
        """As `place`, without a request."""
        models.s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(self.bucket, key, data)

    def again(self, key: str) -> None:
        """The newest content once more, as a late first attempt brings it."""
        found = self.client.get_object(Bucket=self.bucket, Key=key)
        self.client.put_object(
            Bucket=self.bucket, Key=key, Body=found["Body"].read(), Metadata=found["Metadata"], ChecksumAlgorithm="SHA1"
        )

    def hide(self, key: str) -> None:
        """As another program does it."""
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def versions(self, key: str) -> int:
        """How many versions of a name the service holds."""
        found = self.client.list_object_versions(Bucket=self.bucket, Prefix=key).get("Versions", ())
        return sum(each["Key"] == key for each in found)

    def unfinished(self) -> int:
        return len(self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ()))

    def _answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        kind = kind_of(environ)
        with self._lock:
            self.calls.append(kind)
            fault = next((each for each in self.faults if each.of in (kind, "*") and each.times), None)
            if fault:
                fault.times -= 1
        self.before(kind, environ)
        if fault and fault.what == "drop":
            _cut(environ)
            return []
        if fault and isinstance(fault.what, int):
            return _refuse(fault, environ, start_response)
        if kind in ("PutObject", "UploadPart") and not _is_whole(environ):
            return _refuse(Fault(kind, 400, code="BadDigest"), environ, start_response, body_is_read=True)
        said: list[Any] = []
        try:
            answer = list(self._app(environ, lambda status, headers, error=None: said.extend((status, headers))))
        except KeyError:  # moto errs over an upload that was cancelled while a part of it came in
            return _refuse(Fault(kind, 404, code="NoSuchUpload"), environ, start_response, body_is_read=True)
        if kind == "UploadPart" and said[0].startswith("200"):
            query = dict(each.split("=", 1) for each in environ["QUERY_STRING"].split("&") if "=" in each)
            with self._lock:
                self.parts.append(int(query["partNumber"]))
        self.after(kind)
        if fault and fault.what == "lose":
            _cut(environ)
        start_response(*said)
        return answer


def _is_whole(environ: Environ) -> bool:
    """The body is all there and has the checksums that were sent with it, which moto itself does not compare."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = b""
    with suppress(OSError, ValueError, ClientDisconnected):
        body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = io.BytesIO(body)
    sent = {"md5": environ.get("HTTP_CONTENT_MD5"), "sha1": environ.get("HTTP_X_AMZ_CHECKSUM_SHA1")}
    return len(body) == size and all(
        b64encode(hashlib.new(name, body).digest()).decode() == value for name, value in sent.items() if value
    )


def _cut(environ: Environ) -> None:
    with suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def _refuse(
    fault: Fault, environ: Environ, start_response: Callable[..., Any], *, body_is_read: bool = False
) -> Iterable[bytes]:
    if not body_is_read:  # the body first: else the connection is reset over it
        with suppress(OSError, ValueError):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    text = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>".encode()
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else text if fault.body is None else fault.body
    kind = "application/xml" if fault.body is None else "text/html"
    start_response(f"{fault.what} No", [("Content-Type", kind), ("Content-Length", str(len(body))), *fault.headers])
    return [body]
