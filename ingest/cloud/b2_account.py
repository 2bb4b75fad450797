"""One opened bucket: the SDK's session behind a door through which only CloudErrors come out."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from b2sdk.v3 import REALM_URLS, B2Api, B2HttpApiConfig, InMemoryAccountInfo

from ingest import __version__
from ingest.cloud.b2_errors import translate
from ingest.cloud.b2_wire import TimeLimitedSession, keep_quiet
from ingest.cloud.errors import CloudError, CloudRefused
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.store import StoredObject

_HERE = ("127.0.0.1", "::1", "localhost")


class B2Account:
    """A bucket and the key to it, authorised at first use and again whenever the service's token expires.

    realm: "production" or another realm the SDK knows, or the URL of a service.

    Raises:
        CloudRefused: the realm is no place to send a key to.
    """

    def __init__(self, bucket: str, key: ApplicationKey, realm: str) -> None:
        keep_quiet()
        _check_realm(realm)
        self.bucket, self._key, self._realm = bucket, key, realm
        self._opening = threading.Lock()
        self._api: Any = None
        self._capabilities: tuple[str, ...] | None = None  # of the key, once it was accepted
        self.bucket_id = ""

    @contextlib.contextmanager
    def session(self) -> Iterator[Any]:
        """The SDK's `B2Session`, one request a call; whatever is raised inside comes out as a CloudError."""
        try:
            with self._opening:
                if self._api is None:
                    self._open()
            yield self._api.session
        except CloudError:
            raise
        except Exception as error:  # JSONDecodeError, AssertionError and requests' own errors escape from the SDK too
            raise translate(error, self.bucket, self._capabilities) from error

    def _open(self) -> None:
        config = B2HttpApiConfig(http_session_factory=TimeLimitedSession, user_agent_append=f"safelight/{__version__}")
        api = B2Api(InMemoryAccountInfo(), api_config=config)
        api.authorize_account(self._key.key_id, self._key.secret, realm=self._realm)
        self._capabilities = tuple(map(str, api.account_info.get_allowed()["capabilities"]))
        self.bucket_id = api.get_bucket_by_name(self.bucket).id_
        self._api = api

    @contextlib.contextmanager
    def api(self) -> Iterator[Any]:
        """The SDK's `B2Api` in place of its session."""
        with self.session():
            yield self._api

    def authorization(self) -> Mapping[str, Any]:
        """The service's whole answer to the key, of which the SDK forgets when the key expires. One call."""
        with self.session() as session:
            realm = REALM_URLS.get(self._realm, self._realm)
            answer: Mapping[str, Any] = session.raw_api.authorize_account(realm, self._key.key_id, self._key.secret)
        return answer

    def least_part_size(self) -> int:
        """Bytes that every part but the last must have."""
        with self.session():
            return int(self._api.account_info.get_absolute_minimum_part_size())

    def new_upload_urls(self) -> None:
        """Forget the upload addresses in use: after a failure the service wants a new one to be asked for."""
        with self.session() as session:
            session.account_info.clear_bucket_upload_data(self.bucket_id)

    def stored(self, entry: Mapping[str, Any]) -> StoredObject:
        """A file version of the API (an answer to an upload, an entry of a listing) in our words."""
        with self.session():
            version = self._api.file_version_factory.from_api_response(dict(entry))
            of_whole = version.content_sha1 not in (None, "none")  # "none": large, only its parts were hashed
            return StoredObject(
                key=str(version.file_name),
                size=int(version.size),
                sha1=str(version.get_content_sha1() or ""),
                verified=of_whole and bool(version.content_sha1_verified),
                file_id=str(version.id_),
                uploaded_at=float(version.upload_timestamp) / 1000,
            )


def _check_realm(realm: str) -> None:
    """Known to the SDK, or HTTPS; plain HTTP only on this machine, since it carries the key in clear."""
    parts = urlsplit(realm)
    if realm in REALM_URLS or parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE):
        return
    raise CloudRefused(
        f"The realm {realm!r} is neither a known name nor an https address",
        hint='Set [cloud] realm = "production" in the settings',
    )
