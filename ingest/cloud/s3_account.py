"""One opened bucket of an S3 service: boto3's client behind a door through which only CloudErrors come out."""

import contextlib
import functools
import re
import threading
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from ingest.cloud.errors import CloudError, CloudUnreachable
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.s3_errors import UnsupportedError, translate
from ingest.cloud.s3_wire import (
    ANSWER_SECONDS,
    UPLOAD_SECONDS,
    check_endpoint,
    client_config,
    from_base64,
    keep_quiet,
)
from ingest.cloud.store import StoredObject

# As metadata of an object. With dashes: web servers drop headers whose names have underscores.
SHA1, MD5, MTIME = "safelight-sha1", "safelight-md5", "mtime"
_PLAIN_MD5 = re.compile(r"[0-9a-f]{32}")
_ETAG = "etag:"


class S3Account:
    """A bucket, the key to it and what the service was found to offer.

    checksums: it takes and tells `x-amz-checksum-sha1`. conditional: it takes `If-None-Match: *` with a write.
    Both are believed until the service refuses such a header by its name.

    Raises:
        CloudRefused: the endpoint is no place to send photographs to.
    """

    def __init__(self, bucket: str, key: ApplicationKey, endpoint: str, region: str) -> None:
        keep_quiet()
        check_endpoint(endpoint)
        self.bucket, self._key, self._endpoint, self._region = bucket, key, endpoint, region
        self.checksums = self.conditional = True
        self._opening = threading.Lock()
        self._clients: dict[int, Any] = {}

    @property
    def place(self) -> str:
        """Service and bucket."""
        return f"{self._endpoint or 'aws'} {self.bucket}"

    @contextlib.contextmanager
    def client(self, *, sends: bool = False) -> Iterator[Any]:
        """boto3's client, one request a call; whatever is raised inside comes out as a CloudError."""
        try:
            yield self._client(UPLOAD_SECONDS if sends else ANSWER_SECONDS)
        except CloudError:
            raise
        except Exception as error:  # botocore lets errors of urllib3 and of XML through
            raise translate(error, self.bucket) from error

    def _client(self, silence: int) -> Any:
        with self._opening:
            if silence not in self._clients:
                self._clients[silence] = _session(self._key, self._region).client(
                    "s3", endpoint_url=self._endpoint or None, config=client_config(self._endpoint, silence)
                )
            return self._clients[silence]

    def head(self, key: str, version: str = "") -> StoredObject:
        """One object by its name; version: exactly that one.

        Raises:
            NotHereError: there is none.
        """
        asked = {"Bucket": self.bucket, "Key": key, **({"VersionId": version} if version else {})}
        if self.checksums:
            try:
                with self.client() as client:
                    return self.stored(key, client.head_object(**asked, ChecksumMode="ENABLED"))
            except CloudError as error:
                if type(error) not in (CloudError, UnsupportedError):
                    raise  # the service said what it means; a plain 400 may be of a header that it does not know
        with self.client() as client:
            found = self.stored(key, client.head_object(**asked))
        self.checksums = False
        return found

    def etag(self, found: StoredObject) -> str:
        """The mark that the service made of the content of exactly this version."""
        with self.client() as client:
            return etag_of(client.head_object(Bucket=self.bucket, Key=found.key, **where(found.file_id)))

    def stored(self, key: str, answer: Mapping[str, Any]) -> StoredObject:
        """An answer to a HEAD in our words.

        verified: the service computed something over what it holds that agrees with the SHA-1: the SHA-1 itself, where
        it keeps one, else the MD5 (the ETag of an object that was sent whole and lies unencrypted or with the service's
        own keys) which Safelight took from the same bytes as the SHA-1 and put beside it.
        """
        metadata = answer.get("Metadata", {})
        etag = etag_of(answer)
        own = from_base64(str(answer.get("ChecksumSHA1", ""))).hex()
        claimed = str(metadata.get(SHA1, ""))
        by_md5 = bool(claimed) and _PLAIN_MD5.fullmatch(etag) is not None and etag == metadata.get(MD5)
        return StoredObject(
            key=key,
            size=int(answer["ContentLength"]),
            sha1=own or claimed,
            verified=bool(own) or by_md5,
            file_id=file_id(answer.get("VersionId"), etag),
            uploaded_at=_time_of(answer),
        )


@functools.cache
def _session(key: ApplicationKey, region: str) -> Any:
    """boto3's session; each reads a megabyte of descriptions of Amazon's services first."""
    import boto3  # slow to import

    return boto3.session.Session(key.key_id, key.secret, region_name=region)


def etag_of(answer: Mapping[str, Any]) -> str:
    """The ETag of an answer, without its quotes; one that has none is not of an S3 service.

    Raises:
        CloudUnreachable: something else answered.
    """
    etag = str(answer.get("ETag", "")).strip('"')
    if not etag:
        raise CloudUnreachable(
            "The bucket cannot be reached: something else answers in its place, perhaps the login page of a network",
            hint="The queue is kept and will go on",
        )
    return etag


def file_id(version: object, etag: str) -> str:
    """What names exactly this version: its id, or in a bucket without versions the mark of its content."""
    return str(version) if version and version != "null" else f"{_ETAG}{etag}"


def where(file_id: str) -> dict[str, str]:
    """The arguments of a GET or HEAD for exactly this version."""
    if file_id.startswith(_ETAG):
        return {"IfMatch": f'"{file_id.removeprefix(_ETAG)}"'}
    return {"VersionId": file_id} if file_id else {}


def _time_of(answer: Mapping[str, Any]) -> float:
    """By the service's clock: when it was last modified, else when it answered."""
    modified = answer.get("LastModified")
    if modified is not None:
        return float(modified.timestamp())
    try:
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (LookupError, TypeError, ValueError):
        return 0.0
