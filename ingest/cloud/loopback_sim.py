"""b2sdk's RawSimulator with its most misleading simplifications taken out; the rest is told in `loopback`."""

import io
import itertools
import time
from typing import Any

from b2sdk.v3 import BucketSimulator, FileSimulator, RawSimulator
from b2sdk.v3.exception import BadRequest, InvalidAuthToken, Unauthorized


class _File(FileSimulator):  # type: ignore[misc]  # b2sdk carries no types
    def finish(self, part_sha1_array: list[str]) -> None:
        """As the real service: a second finish is refused although the file is there."""
        self._must_be_unfinished()
        super().finish(part_sha1_array)

    def add_part(self, part_number: int, part: Any) -> None:
        """As the real service: a finished file takes no more parts."""
        self._must_be_unfinished()
        super().add_part(part_number, part)

    def _must_be_unfinished(self) -> None:
        if self.action != "start":
            raise BadRequest(f"No active upload for: {self.file_id}", "bad_request")


class _Bucket(BucketSimulator):  # type: ignore[misc]  # b2sdk carries no types
    """No random sleeps, no double reading, the wall clock's times, enough ids and upload URLs for an archive."""

    FIRST_FILE_NUMBER = 9_999_999
    FIRST_FILE_ID = str(FIRST_FILE_NUMBER)
    FILE_SIMULATOR_CLASS = _File

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload_url_counter = itertools.count()
        self.upload_timestamp_counter = iter(lambda: int(time.time() * 1000), None)

    def _simulate_chunked_post(self, stream: io.BytesIO, content_length: int, **_: Any) -> bytes:
        return stream.getvalue()[:content_length]


class Simulator(RawSimulator):  # type: ignore[misc]  # b2sdk carries no types
    """An account in memory. part_size, least_part_size: bytes, as told to clients."""

    BUCKET_SIMULATOR_CLASS = _Bucket

    def __init__(self, part_size: int, least_part_size: int) -> None:
        super().__init__()
        self._sizes = {"recommendedPartSize": part_size, "absoluteMinimumPartSize": least_part_size}

    def authorize_account(self, realm_url: str, application_key_id: str, application_key: str) -> dict[str, Any]:
        """As the simulator's, with the part sizes of this server; a key that has expired is refused."""
        key = self.key_id_to_key.get(application_key_id)
        if key is not None and _is_over(key):
            raise InvalidAuthToken("the key has expired", "unauthorized")
        answer: dict[str, Any] = super().authorize_account(realm_url, application_key_id, application_key)
        answer["apiInfo"]["storageApi"].update(self._sizes)
        return answer

    def require(self, token: str, capability: str, bucket_id: str | None) -> None:
        """What the real service demands of every call, and the simulator asks of some alone.

        Raises:
            InvalidAuthToken: unknown or expired.
            Unauthorized: the key lacks the capability, or belongs to another bucket.
        """
        key = self.auth_token_to_key.get(token)
        if key is None:
            raise InvalidAuthToken("unknown token", "bad_auth_token")
        if token in self.expired_auth_tokens or _is_over(key):
            raise InvalidAuthToken("the token has expired", "expired_auth_token")
        allowed = [item["id"] for item in key.buckets_or_none or []]
        if capability not in key.capabilities or (allowed and bucket_id and bucket_id not in allowed):
            raise Unauthorized("", "unauthorized")

    def require_name(self, token: str, name: str) -> None:
        """A key that is for names of one prefix writes no others.

        Raises:
            Unauthorized: it has another prefix.
        """
        if not name.startswith(self.auth_token_to_key[token].name_prefix_or_none or ""):
            raise Unauthorized("", "unauthorized")

    def _assert_account_auth(
        self,
        _api_url: str,
        account_auth_token: str,
        account_id: str,
        capability: str,
        bucket_id: str | None = None,
        file_name: str | None = None,
    ) -> None:
        """The simulator's own test refuses uploads to every key that is restricted to a bucket."""
        self.require(account_auth_token, capability, bucket_id)
        key = self.auth_token_to_key[account_auth_token]
        prefix = key.name_prefix_or_none
        if account_id != key.account_id or (prefix and file_name is not None and not file_name.startswith(prefix)):
            raise Unauthorized("", "unauthorized")


def _is_over(key: Any) -> bool:
    return key.expiration_timestamp_or_none is not None and time.time() >= key.expiration_timestamp_or_none
