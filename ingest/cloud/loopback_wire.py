"""From B2's HTTP calls to the simulator's methods and back; names and errors as on the real wire (native API v1-v4)."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from b2sdk.v3 import b2_url_decode
from b2sdk.v3 import exception as b2

from ingest.cloud.loopback_bucket import update_bucket
from ingest.cloud.loopback_sim import Simulator

_INFO = "x-bz-info-"
_SIMULATED = "https://upload.example.com/"
_NEEDS = {
    "b2_list_buckets": "listBuckets", "b2_create_bucket": "writeBuckets", "b2_update_bucket": "writeBuckets",
    "b2_get_upload_url": "writeFiles", "b2_start_large_file": "writeFiles",
    "b2_get_upload_part_url": "writeFiles", "b2_list_parts": "writeFiles",
    "b2_finish_large_file": "writeFiles", "b2_cancel_large_file": "writeFiles", "b2_hide_file": "writeFiles",
    "b2_list_file_names": "listFiles", "b2_list_file_versions": "listFiles",
    "b2_list_unfinished_large_files": "listFiles", "b2_get_file_info": "readFiles",
    "b2_delete_file_version": "deleteFiles", "b2_create_key": "writeKeys", "b2_list_keys": "listKeys",
    "b2_delete_key": "deleteKeys",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as B2 sends it."""

    status: int
    code: str
    message: str


def answer(simulator: Simulator, url: str, endpoint: str, token: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON answer to one call. url: of this server, for the addresses in the answer.

    Raises:
        KeyError: there is no such call, or no such file id.
        B2Error: as the simulator refuses.
    """
    bucket_id = asked.get("bucketId") or simulator.file_id_to_bucket_id.get(asked.get("fileId"))
    simulator.require(token, _NEEDS[endpoint], bucket_id)
    handler = _CALLS[endpoint]
    found: dict[str, Any] = handler(simulator, (simulator.API_URL, token), asked)
    for entry in found.get("files", ()):
        entry["size"] = entry.get("contentLength", 0)  # the name of API v1, which rclone of Debian 12 speaks
    if "uploadUrl" in found:  # the simulator wants the URL back as the token; on the wire it must lead here
        kind = "b2_upload_part" if endpoint == "b2_get_upload_part_url" else "b2_upload_file"
        found = {**found, "uploadUrl": f"{url}/b2api/v4/{kind}/{found['uploadUrl'].removeprefix(_SIMULATED)}"}
    return found


def authorize(simulator: Simulator, url: str, key_id: str, secret: str) -> dict[str, Any]:
    """The answer to b2_authorize_account in the shapes of API v1 and v4 at once."""
    found = simulator.authorize_account("production", key_id, secret)
    storage = found["apiInfo"]["storageApi"]
    storage.update({"apiUrl": url, "downloadUrl": url, "s3ApiUrl": url})
    allowed = dict(storage["allowed"])
    buckets = allowed.get("buckets") or [{"id": None, "name": None}]
    allowed.update({"bucketId": buckets[0]["id"], "bucketName": buckets[0]["name"]})
    old = {name: storage[name] for name in ("apiUrl", "downloadUrl", "recommendedPartSize", "absoluteMinimumPartSize")}
    expires = simulator.key_id_to_key[key_id].expiration_timestamp_or_none
    old.update({"allowed": allowed, "minimumPartSize": storage["recommendedPartSize"]})
    return {**found, **old, "applicationKeyExpirationTimestamp": expires and expires * 1000}


def upload(simulator: Simulator, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A whole file or a part, as its upload token says."""
    token = headers.get("authorization", "")
    simulator.require(token.rpartition("/")[2], "writeFiles", None)
    stream, length, sha1 = io.BytesIO(body), len(body), headers.get("x-bz-content-sha1", "")
    found: dict[str, Any]
    if token.startswith(f"{_SIMULATED}part/"):
        found = simulator.upload_part(token, token, int(headers["x-bz-part-number"]), length, sha1, stream)
        return found
    info = {name[len(_INFO) :]: b2_url_decode(value) for name, value in headers.items() if name.startswith(_INFO)}
    name, kind = b2_url_decode(headers["x-bz-file-name"]), headers.get("content-type", "b2/x-auto")
    simulator.require_name(token.rpartition("/")[2], name)
    found = simulator.upload_file(token, token, name, length, kind, sha1, info, stream)
    return found


def refusal(error: Exception, endpoint: str) -> Refusal:
    """An exception of the simulator as the service would put it."""
    for kinds, status, code in _REFUSALS:
        if isinstance(error, kinds):
            return Refusal(status, code, str(error))
    if isinstance(error, b2.InvalidAuthToken):
        expired = error.code in ("expired_auth_token", "auth_token_expired")
        return Refusal(401, "expired_auth_token" if expired else "bad_auth_token", "")
    if isinstance(error, b2.Unauthorized):
        return Refusal(401, "unauthorized", "")
    if isinstance(error, (b2.FileSha1Mismatch, b2.PartSha1Mismatch, b2.ChecksumMismatch)):
        return Refusal(400, "bad_request", "Sha1 did not match data received")
    if isinstance(error, (b2.FileNotPresent, KeyError)):
        wrong = "file_not_present" if endpoint in ("b2_delete_file_version", "b2_hide_file") else "not_found"
        return Refusal(404 if wrong == "not_found" else 400, wrong, "there is no such file")
    return Refusal(400, "bad_request", f"{type(error).__name__}: {error}")


_REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (b2.NonExistentBucket, 400, "bad_bucket_id"),
    (b2.DuplicateBucketName, 400, "duplicate_bucket_name"),
    (b2.MissingPart, 400, "missing_part"),
    (b2.UnsatisfiableRange, 416, "range_not_satisfiable"),
    (b2.BadJson, 400, "bad_json"),
    (b2.AccessDenied, 403, "access_denied"),
)


def _start(asked: Mapping[str, Any]) -> str:
    """Never before the prefix: the simulator's listing ends at the first name that does not begin with it."""
    return max(asked.get("startFileName") or "", asked.get("prefix") or "")


def _names(simulator: Simulator, who: tuple[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """b2_list_file_names; with a delimiter (which the simulator does not know) folders are folded into one entry."""
    prefix, delimiter = asked.get("prefix") or "", asked.get("delimiter")
    start, limit = _start(asked), asked.get("maxFileCount")
    if not delimiter:
        found: dict[str, Any] = simulator.list_file_names(*who, asked["bucketId"], start, limit, prefix)
        return found
    files: list[dict[str, Any]] = []
    for entry in simulator.list_file_names(*who, asked["bucketId"], prefix, 1_000_000, prefix)["files"]:
        head, cut, _ = entry["fileName"][len(prefix) :].partition(delimiter)
        folder = prefix + head + cut
        if not cut:
            files.append(entry)
        elif not files or files[-1]["fileName"] != folder:
            files.append({"fileName": folder, "action": "folder", "fileId": None, "contentLength": 0})
    wanted = [entry for entry in files if entry["fileName"] >= start]
    limit = limit or 100
    return {"files": wanted[:limit], "nextFileName": wanted[limit]["fileName"] if len(wanted) > limit else None}


_Who = tuple[str, str]
_CALLS: dict[str, Callable[[Simulator, _Who, Mapping[str, Any]], Any]] = {
    "b2_list_buckets": lambda s, who, r: s.list_buckets(*who, r["accountId"], r.get("bucketId"), r.get("bucketName")),
    "b2_create_bucket": lambda s, who, r: s.create_bucket(*who, r["accountId"], r["bucketName"], r["bucketType"]),
    "b2_update_bucket": update_bucket,
    "b2_get_upload_url": lambda s, who, r: s.get_upload_url(*who, r["bucketId"]),
    "b2_start_large_file": lambda s, who, r: s.start_large_file(
        *who, r["bucketId"], r["fileName"], r["contentType"], r.get("fileInfo") or {}
    ),
    "b2_get_upload_part_url": lambda s, who, r: s.get_upload_part_url(*who, r["fileId"]),
    "b2_list_parts": lambda s, who, r: s.list_parts(*who, r["fileId"], r.get("startPartNumber"), r.get("maxPartCount")),
    "b2_finish_large_file": lambda s, who, r: s.finish_large_file(*who, r["fileId"], r["partSha1Array"]),
    "b2_cancel_large_file": lambda s, who, r: s.cancel_large_file(*who, r["fileId"]),
    "b2_list_file_names": _names,
    "b2_list_file_versions": lambda s, who, r: s.list_file_versions(
        *who, r["bucketId"], _start(r), r.get("startFileId"), r.get("maxFileCount"), r.get("prefix") or ""
    ),
    "b2_list_unfinished_large_files": lambda s, who, r: s.list_unfinished_large_files(
        *who, r["bucketId"], r.get("startFileId"), r.get("maxFileCount"), r.get("namePrefix") or r.get("prefix")
    ),
    "b2_get_file_info": lambda s, who, r: s.get_file_info_by_id(*who, r["fileId"]),
    "b2_hide_file": lambda s, who, r: s.hide_file(*who, r["bucketId"], r["fileName"]),
    "b2_delete_file_version": lambda s, who, r: s.delete_file_version(
        *who, r["fileId"], r["fileName"], bool(r.get("bypassGovernance"))
    ),
    "b2_create_key": lambda s, who, r: s.create_key(
        *who, r["accountId"], r["capabilities"], r["keyName"], r.get("validDurationInSeconds"), r.get("bucketIds"),
        r.get("namePrefix"),
    ),
    "b2_list_keys": lambda s, who, r: s.list_keys(
        *who, r["accountId"], r.get("maxKeyCount") or 100, r.get("startApplicationKeyId")
    ),
    "b2_delete_key": lambda s, who, r: s.delete_key(*who, r["applicationKeyId"]),
}  # fmt: skip
