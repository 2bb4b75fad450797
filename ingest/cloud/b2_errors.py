"""What each error of b2sdk (and of requests beneath it) means for the queue. Nothing of the SDK goes past this file.

Facts that shape the table: a captive portal's page is a JSONDecodeError; a cut download escapes as a requests error;
a wrong SHA-1 is a BadRequest that only its text tells apart.
"""

import json
import re
from collections.abc import Callable, Iterable

from b2sdk.v3 import exception as b2
from requests import RequestException

from ingest.cloud.b2_wire import SourceUnreadableError, StopSendingError
from ingest.cloud.errors import (
    CloudError,
    CloudRefused,
    CloudUnreachable,
    Interrupted,
    ObjectRefused,
    SlowDown,
    SourceChanged,
    SourceGone,
)
from ingest.cloud.hygiene import NEEDED
from ingest.cloud.keys import without_secrets

_NO_JSON = "non_json_response"  # the SDK's own word
_NO_REASON = rf"(Unknown error: )?4\d\d (None|{_NO_JSON}) "

_NETWORK = (
    b2.B2ConnectionError, b2.B2RequestTimeout, b2.ConnectionReset, b2.BrokenPipe, b2.UnknownHost, b2.ServiceError,
    b2.RequestTimeout, b2.BadUploadUrl, b2.BadDateFormat, RequestException, json.JSONDecodeError,
)  # fmt: skip
_WEATHER = (
    ((b2.UnknownHost,), "its name is not known; is there a network?"),
    ((b2.B2RequestTimeout, b2.RequestTimeout), "no answer in time"),
    ((b2.ServiceError,), "the service is busy"),
    (
        (json.JSONDecodeError, b2.BadDateFormat),
        "something else answers in its place, perhaps the login page of a network",
    ),
    ((b2.B2ConnectionError,), "no connection, or it was cut"),
)
_WRONG_BUCKET = (b2.NonExistentBucket, b2.BucketIdNotFound, b2.RestrictedBucket)
_THIS_OBJECT = (b2.AccessDenied, b2.UnusableFileName, b2.MaxFileSizeExceeded)
_WRONG_BYTES = (b2.FileSha1Mismatch, b2.PartSha1Mismatch)


def translate(error: Exception, bucket: str, capabilities: Iterable[str] | None = None) -> CloudError:
    """`error` as the queue understands it. capabilities: of the key in use, None before it was accepted."""
    if isinstance(error, CloudError):
        return error
    error = _beneath(error)
    if _is_not_b2(error):  # a refusal whose reason was cut off, or of somebody between us and the service
        return _weather(error, bucket)
    for kinds, meaning in _TABLE:
        if isinstance(error, kinds):
            return meaning(error, bucket)
    if isinstance(error, b2.Unauthorized):
        return _unauthorized(bucket, capabilities)
    if type(error).__name__ == "UploadTokenUsedConcurrently":  # the SDK does not export it; a new URL cures it
        return _weather(error, bucket)
    if isinstance(error, b2.BadRequest) and "sha1" in str(error).lower():
        return _changed(error, bucket)
    return CloudError(f"The bucket answered with something unexpected: {_said(error)}")


def _beneath(error: Exception) -> Exception:
    """What the SDK did not expect and wrapped: an answer that was cut in its body or in its head."""
    if isinstance(error, b2.UnknownError):
        beneath = error.__context__
        if isinstance(beneath, RequestException):
            return beneath
        if isinstance(beneath, KeyError) and beneath.args == ("date",):  # in its head: the SDK looks at the clock
            cut: Exception = b2.B2ConnectionError(str(error))
            return cut
    return error


def _is_not_b2(error: Exception) -> bool:
    """A 401, 403 or other refusal without the JSON and the code that every refusal of B2 has."""
    if isinstance(error, b2.Unauthorized | b2.InvalidAuthToken):
        return error.code in (None, "", _NO_JSON)
    return isinstance(error, b2.UnknownError) and re.match(_NO_REASON, str(error)) is not None


def _said(error: Exception) -> str:
    """The library's own words without addresses, tokens and keys: upload URLs and what stands in them are secrets."""
    words = re.sub(r"(?<=url: )\S+|https?://\S+|(?<=auth token )\S+", "...", without_secrets(str(error)))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _stopped(_error: Exception, _bucket: str) -> CloudError:
    return Interrupted("Stopped", hint="The queue is kept: safelight cloud run")


def _gone(error: Exception, _bucket: str) -> CloudError:
    return SourceGone(f"The file to send cannot be read: {error}")


def _slow_down(error: Exception, _bucket: str) -> CloudError:
    seconds = float(getattr(error, "retry_after_seconds", None) or 0)
    return SlowDown("The bucket asks for a pause", seconds=seconds, hint="It goes on by itself; the queue is kept")


def _weather(error: Exception, bucket: str) -> CloudError:
    if getattr(error, "retry_after_seconds", None):
        return _slow_down(error, bucket)
    reason = next((words for kinds, words in _WEATHER if isinstance(error, kinds)), "the connection was cut")
    return CloudUnreachable(f"The bucket cannot be reached: {reason}", hint="The queue is kept and will go on")


def _cap(error: Exception, _bucket: str) -> CloudError:
    which = "transactions" if isinstance(error, b2.TransactionCapExceeded) else "storage"
    return CloudRefused(
        f"Your cap for {which} at Backblaze is reached",
        hint="Raise it at Backblaze under Caps & Alerts (daily caps end at 00:00 UTC), then: safelight cloud run",
    )


def _account(error: Exception, _bucket: str) -> CloudError:
    what = "its e-mail address is not verified" if isinstance(error, b2.EmailNotVerified) else "it has no payment yet"
    return CloudRefused(f"The Backblaze account is not ready: {what}", hint="Complete it at Backblaze, then try again")


def _key(_error: Exception, bucket: str) -> CloudError:
    return CloudRefused(
        f"The key for the bucket {bucket} was not accepted: wrong, revoked or expired",
        hint="Make a new application key at Backblaze and put it into the environment or the keychain",
    )


def _unauthorized(bucket: str, capabilities: Iterable[str] | None) -> CloudError:
    if capabilities is None:
        return _key(Exception(), bucket)
    missing = ", ".join(sorted(set(NEEDED) - set(capabilities)))
    what = f"lacks {missing}" if missing else f"is restricted to other files than those of {bucket}"
    return CloudRefused(
        f"The key is not allowed to do this: it {what}", hint=f"Make a key for {bucket} with {', '.join(NEEDED)}"
    )


def _bucket_name(_error: Exception, bucket: str) -> CloudError:
    return CloudRefused(
        f"There is no bucket {bucket} for this key",
        hint="Look at [cloud] bucket in the settings, and at the key's bucket",
    )


def _clock(error: Exception, _bucket: str) -> CloudError:
    return CloudRefused(f"The clock of this computer is wrong: {error}", hint="Set the clock, then try again")


def _realm(_error: Exception, _bucket: str) -> CloudError:
    return CloudRefused(
        "The realm in the settings is not a B2 service", hint='[cloud] realm is "production", never an S3 address'
    )


def _object(error: Exception, _bucket: str) -> CloudError:
    return ObjectRefused(f"The bucket refuses this object: {_said(error)}")


def _changed(_error: Exception, _bucket: str) -> CloudError:
    return SourceChanged("The bytes that arrived do not have the SHA-1 of the proven copy")


_Kinds = tuple[type[Exception], ...]
_TABLE: tuple[tuple[_Kinds, Callable[[Exception, str], CloudError]], ...] = (
    ((StopSendingError,), _stopped),
    ((SourceUnreadableError,), _gone),
    ((b2.TooManyRequests,), _slow_down),
    (_NETWORK, _weather),  # before ValueError, of which JSONDecodeError is one
    ((b2.CapExceeded,), _cap),
    ((b2.EmailNotVerified, b2.NoPaymentHistory), _account),
    ((b2.InvalidAuthToken,), _key),
    (_WRONG_BUCKET, _bucket_name),
    ((b2.ClockSkew,), _clock),
    ((b2.PotentialS3EndpointPassedAsRealm,), _realm),
    (_WRONG_BYTES, _changed),
    (_THIS_OBJECT, _object),
    ((ValueError,), _object),
)
