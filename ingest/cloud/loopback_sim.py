"""b2sdk's RawSimulator with its most misleading simplifications taken out; the rest is told in `loopback`."""

import io
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from b2sdk.v3 import BucketSimulator, FileSimulator, RawSimulator
from b2sdk.v3.exception import BadRequest, InvalidAuthToken, Unauthorized


class OnDisk:
    """The bytes of an object in files, one behind the other: as much of `bytes` as the simulator asks for."""

    def __init__(self, pieces: Sequence[tuple[Path, int]]) -> None:
        self.pieces = tuple(pieces)

    def __len__(self) -> int:
        return sum(size for _, size in self.pieces)

    def __getitem__(self, span: slice) -> bytes:
        first, end, _ = span.indices(len(self))
        found, before = [], 0
        for path, size in self.pieces:
            here, there = max(first - before, 0), min(end - before, size)
            if here < there:
                with path.open("rb") as file:
                    file.seek(here)
                    found.append(file.read(there - here))
            before += size
        return b"".join(found)

    def __bytes__(self) -> bytes:
        return self[:]


class Shelf:
    """Where the bytes of objects lie: in memory, or in a folder, which must outlive the server."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._numbers = folder, itertools.count()

    def keep(self, data: bytes) -> bytes | OnDisk:
        """What is to be remembered in the place of these bytes."""
        if self._folder is None:
            return data
        path = self._folder / f"{next(self._numbers):08}"
        path.write_bytes(data)
        return OnDisk([(path, len(data))])


def _joined(pieces: Sequence[bytes | OnDisk]) -> bytes | OnDisk:
    """Of one shelf."""
    if any(isinstance(piece, OnDisk) for piece in pieces):
        return OnDisk([one for piece in pieces if isinstance(piece, OnDisk) for one in piece.pieces])
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


class _File(FileSimulator):  # type: ignore[misc]  # b2sdk carries no types
    def finish(self, part_sha1_array: list[str]) -> None:
        """As the real service: a second finish is refused although the file is there."""
        self._must_be_unfinished()
        parts = [part for part in self.parts if part is not None]
        pieces = [part.part_data for part in parts]
        for part in parts:
            part.part_data = b""
        try:
            super().finish(part_sha1_array)
        except Exception:
            for part, piece in zip(parts, pieces, strict=True):
                part.part_data = piece
            raise
        self.data_bytes = _joined(pieces)
        self.content_length = len(self.data_bytes)

    def add_part(self, part_number: int, part: Any) -> None:
        """As the real service: a finished file takes no more parts."""
        self._must_be_unfinished()
        part.part_data = self.bucket.api.shelf.keep(part.part_data)
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

    def upload_file(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As the simulator's; the bytes go to the shelf."""
        found: dict[str, Any] = super().upload_file(*args, **kwargs)
        file = self.file_id_to_file[found["fileId"]]
        file.data_bytes = self.api.shelf.keep(file.data_bytes)
        return found

    def _simulate_chunked_post(self, stream: io.BytesIO, content_length: int, **_: Any) -> bytes:
        return stream.getvalue()[:content_length]


class Simulator(RawSimulator):  # type: ignore[misc]  # b2sdk carries no types
    """An account in memory. part_size, least_part_size: bytes, as told to clients. folder: for the objects' bytes."""

    BUCKET_SIMULATOR_CLASS = _Bucket

    def __init__(self, part_size: int, least_part_size: int, folder: Path | None = None) -> None:
        super().__init__()
        self.shelf = Shelf(folder)
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
