"""Checks of what the settings say of the third copy: its bucket, the service, the folder; as in `values`."""

import os
import re
from typing import Any
from urllib.parse import urlsplit

from ingest.config import values

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{4,61}[A-Za-z0-9]")
_ANY_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,61}[A-Za-z0-9]")
_S3_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_LONGEST_PREFIX = 200
_THIS_COMPUTER = frozenset({"127.0.0.1", "localhost", "::1"})


def bucket(value: Any) -> str:
    """A bucket's name of any service; what one service asks beyond that, `problem_with_bucket` tells.

    The value is not repeated in the message: people paste keys into the wrong line.
    """
    text = values.text_of(value)
    if not _ANY_BUCKET.fullmatch(text):
        raise ValueError("must be the bucket's name: letters, digits, dots and dashes, 63 at most")
    return text


def problem_with_bucket(kind: str, bucket: str) -> str:
    """Why this can be no bucket of such a service, "" when it can. It does not repeat the value.

    Sources: B2 documentation: 6 to 63 letters, digits and dashes, not beginning with `b2-`. Amazon S3 documentation:
    3 to 63 small letters, digits, dots and dashes.
    """
    if kind == "b2" and (not _BUCKET.fullmatch(bucket) or bucket.casefold().startswith("b2-")):
        return "must be the bucket's name: 6 to 63 letters, digits and dashes, not beginning with b2-"
    if kind == "s3" and (not _S3_BUCKET.fullmatch(bucket) or ".." in bucket):
        return "must be the bucket's name: 3 to 63 small letters, digits, dots and dashes"
    return ""


def prefix(value: Any) -> str:
    """A folder in the bucket, `""` or ending in `/`."""
    text = "" if value == "" else values.text_of(value)
    parts = text.split("/")
    if text and (parts[-1] or any(part.strip(".") == "" for part in parts[:-1]) or "\\" in text):
        raise ValueError('must be "" or folders that end in /, e.g. "originals/"')
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_PREFIX:
        raise ValueError(f"is longer than {_LONGEST_PREFIX} bytes")
    return text


def realm(value: Any) -> str:
    """`production` or the URL of a compatible service; the key must not travel in the clear to another computer."""
    text = values.text_of(value)
    return text if text == "production" else _url(text, '"production" or a URL')


def endpoint(value: Any) -> str:
    """The URL of an S3 service, `""` for Amazon's own."""
    return "" if value == "" else _url(values.text_of(value), "a URL").rstrip("/")


def _url(text: str, words: str) -> str:
    """The value is not repeated in the message: people paste keys into the wrong line."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        host = ""
    if not host or url.scheme not in ("http", "https") or url.username is not None:
        raise ValueError(f'must be {words} such as "https://host", without name or password in it')
    if url.scheme == "http" and host not in _THIS_COMPUTER:
        raise ValueError("must begin with https:// unless it is on this computer: the key would travel in the clear")
    return text


def region(value: Any) -> str:
    """The region of an S3 service; the value is not repeated in the message."""
    text = values.text_of(value)
    if not _REGION.fullmatch(text):
        raise ValueError('must be the region\'s name: small letters, digits and dashes, e.g. "eu-central-1"')
    return text


def offsite_folder(value: Any) -> str:
    """The folder of a third copy that is no bucket, `""` for none. What is no path is not repeated in the message."""
    if value == "":
        return ""
    if not os.path.isabs(os.path.expanduser(values.text_of(value))):
        raise ValueError("must be a whole path, from / (or from ~, your home folder)")
    return values.destination_root(value)
