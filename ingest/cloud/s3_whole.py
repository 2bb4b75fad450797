"""One object of an S3 service by one request, whose checksums the service compares before it says yes."""

import dataclasses
import hashlib
from collections.abc import Mapping

from ingest.cloud.errors import CloudError, SourceChanged
from ingest.cloud.s3_account import MTIME, SHA1, S3Account
from ingest.cloud.s3_errors import UnsupportedError
from ingest.cloud.s3_parts import check_md5
from ingest.cloud.s3_wire import ProvenWindow, in_base64
from ingest.cloud.source import blocks
from ingest.cloud.store import ShouldStop, StoredObject


def send_whole(
    account: S3Account, window: ProvenWindow, key: str, sha1: bytes, md5: bytes, metadata: Mapping[str, str]
) -> StoredObject:
    """One PUT, once more without a header that the service does not know."""
    while True:
        extras = {"IfNoneMatch": "*"} if account.conditional else {}
        if account.checksums:
            extras["ChecksumSHA1"] = in_base64(sha1)
        try:
            with account.client(sends=True) as client:
                answer = client.put_object(
                    Bucket=account.bucket,
                    Key=key,
                    Body=window if len(window) else b"",
                    ContentLength=len(window),
                    ContentMD5=in_base64(md5),
                    ContentType="application/octet-stream",
                    Metadata=dict(metadata),
                    **extras,
                )
                by_md5 = check_md5(answer, md5, key)
        except UnsupportedError as error:
            if not extras:
                raise
            _do_without(account, error.header)
            window.seek(0)
            continue
        sent = account.stored(key, {**answer, "ContentLength": len(window), "Metadata": metadata})
        return dataclasses.replace(agreed(sent, len(window), sha1.hex()), verified=by_md5 or sent.verified)


def _do_without(account: S3Account, header: str) -> None:
    """The service refused this header; "" when it did not say which: both that are extra go."""
    if header != "if-none-match":
        account.checksums = False
    if not header.startswith("x-amz-"):
        account.conditional = False


def metadata_of(file_info: Mapping[str, str], sha1_hex: str) -> dict[str, str]:
    """What is stored with the object. `mtime`, in seconds, is where rclone looks for the time of a file."""
    found = {name.replace("_", "-"): value for name, value in file_info.items()} | {SHA1: sha1_hex}
    millis = file_info.get("src_last_modified_millis", "")
    return found | ({MTIME: f"{int(millis) / 1000:.3f}"} if millis.isdigit() else {})


def md5_of(fd: int, size: int, sha1_hex: str, should_stop: ShouldStop) -> bytes:
    """The MD5 of an open file, which a service wants before the bytes.

    Raises:
        SourceChanged: the file is not the one that was proven.
    """
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    for data in blocks(fd, 0, size, should_stop):
        md5.update(data)
        sha1.update(data)
    if sha1.hexdigest() != sha1_hex:
        raise SourceChanged("The file is not the one that was proven; nothing was sent")
    return md5.digest()


def agreed(stored: StoredObject, size: int, sha1_hex: str) -> StoredObject:
    """Our own comparison with the answer."""
    if (stored.size, stored.sha1) != (size, sha1_hex):
        raise CloudError("The bucket answered with another size or SHA-1 than was sent", path=stored.key)
    return stored
