"""What each error of boto3 (and of urllib3 beneath it) means for the queue. Nothing of the SDK goes past this file.

Facts that shape the table: services agree on the codes of Amazon's own table only roughly, so the HTTP status decides
where a code is not known; the answer to a HEAD has no body and therefore no code; a login page is an answer without
XML; what our own stream raises while it is sent comes back inside an HTTPClientError.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, ObjectRefused, SlowDown, SourceChanged
from ingest.cloud.keys import VARIABLES, without_secrets


class NotHereError(CloudError):
    """There is no such object, version or upload."""


class TakenError(CloudError):
    """A write that was to replace nothing was refused: the name is taken."""


class UnsupportedError(CloudError):
    """The service does not know this call or one of its headers. header: which, "" when it did not say."""

    def __init__(self, message: str, *, header: str = "") -> None:
        super().__init__(message)
        self.header = header


_WEATHER = (
    ((boto.EndpointConnectionError,), "no connection; is there a network, and is the endpoint right?"),
    ((boto.ConnectTimeoutError, boto.ReadTimeoutError), "no answer in time"),
    ((ResponseParserError,), "something else answers in its place, perhaps the login page of a network"),
)
_NETWORK = (
    boto.HTTPClientError, boto.ConnectionError, ResponseParserError, boto.IncompleteReadError,
    boto.ResponseStreamingError, HTTPError,
)  # fmt: skip
_SLOW = frozenset({"SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded"})
_BUSY = frozenset({"RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "InternalError"})
_KEY = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired",
                  "Unauthorized", "InvalidSecurity"})  # fmt: skip
_BUCKET = frozenset({"NoSuchBucket", "InvalidBucketName"})
_REGION = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
                     "TemporaryRedirect", "IncorrectEndpoint"})  # fmt: skip
_ACCOUNT = frozenset({"AccountProblem", "NotSignedUp", "PaymentRequired", "QuotaExceeded", "InsufficientCapacity",
                      "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull", "StorageFull"})  # fmt: skip
_CHANGED = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"})
_OBJECT = frozenset({"KeyTooLongError", "EntityTooLarge", "InvalidObjectState", "MethodNotAllowed",
                     "XMinioInvalidObjectName", "InvalidObjectName", "InvalidURI"})  # fmt: skip
_NOT_HERE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "NotFound"})


def translate(error: Exception, bucket: str) -> CloudError:
    """`error` as the queue understands it."""
    if isinstance(error, CloudError):
        return error
    if isinstance(error, boto.HTTPClientError):
        beneath = error.kwargs.get("error")
        if isinstance(beneath, CloudError):  # of our own stream
            return beneath
    if isinstance(error, boto.ClientError):
        return _answered(error.response, str(getattr(error, "operation_name", "")), bucket, _said(error))
    if isinstance(error, _NETWORK):
        reason = next((words for kinds, words in _WEATHER if isinstance(error, kinds)), "the connection was cut")
        return _weather(reason)
    if isinstance(error, boto.ParamValidationError):
        return ObjectRefused(f"The bucket would not take this object: {_said(error)}")
    if isinstance(error, boto.BotoCoreError):
        return CloudRefused(
            f"The settings for the bucket {bucket} are not understood: {_said(error)}",
            hint="Look at [cloud] endpoint and region, and at the AWS_ variables of the environment",
        )
    return CloudError(f"The bucket answered with something unexpected: {_said(error)}")


def _answered(response: Mapping[str, Any], operation: str, bucket: str, said: str) -> CloudError:
    """A refusal of the service, by its code, else by its HTTP status."""
    told, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, status = str(told.get("Code", "")), int(about.get("HTTPStatusCode", 0))
    headers = {str(name).lower(): str(value) for name, value in about.get("HTTPHeaders", {}).items()}
    unsupported = _unsupported(code, status, str(told.get("Message", "")))
    if unsupported:
        return unsupported
    if code in _SLOW or status == 429 or (status >= 500 and "retry-after" in headers):
        return _slow_down(headers)
    if status in (400, 401, 403) and code == str(status) and not operation.startswith("Head"):
        return _weather("something else answers in its place, perhaps the login page of a network")
    for codes, meaning in _TABLE:
        if code in codes:
            return meaning(bucket, operation, said)
    return _by_status(status, bucket, operation, said)


def _by_status(status: int, bucket: str, operation: str, said: str) -> CloudError:
    if status in (409, 412):
        return TakenError("Another object has this name in the bucket")
    if status == 404:
        return NotHereError("The bucket does not hold this object any more", hint="Use another copy")
    if status == 301:
        return _region(bucket, operation, said)
    if status in (401, 403):
        return _denied(bucket, operation, said)
    if status >= 500 or status == 408:
        return _weather("the service is busy")
    return CloudError(f"The bucket answered with something unexpected: {said}")


def _unsupported(code: str, status: int, message: str) -> UnsupportedError | None:
    """B2: InvalidArgument "Unsupported header 'x-amz-checksum-sha1' received"; others: 501 with the header's name."""
    named = re.search(r"(?i)\b(x-amz-[a-z0-9-]+|if-none-match|content-md5)\b", message)
    if code == "NotImplemented" or status == 501 or ("unsupported header" in message.lower() and named):
        words = f"The bucket does not offer this: {without_secrets(message)}"
        return UnsupportedError(words, header=named[1].lower() if named else "")
    return None


def _said(error: Exception) -> str:
    """The library's own words without addresses and keys."""
    words = re.sub(r"https?://\S+", "...", without_secrets(str(error)))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _weather(reason: str) -> CloudUnreachable:
    return CloudUnreachable(f"The bucket cannot be reached: {reason}", hint="The queue is kept and will go on")


def _slow_down(headers: Mapping[str, str]) -> SlowDown:
    asked = headers.get("retry-after", "")
    seconds = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 0.0
    return SlowDown("The bucket asks for a pause", seconds=seconds, hint="It goes on by itself; the queue is kept")


def _busy(_bucket: str, _operation: str, _words: str) -> CloudError:
    return _weather("the service is busy")


def _key(bucket: str, _operation: str, _words: str) -> CloudError:
    return CloudRefused(
        f"The key for the bucket {bucket} was not accepted: wrong, revoked or expired",
        hint=f"Make a new access key at the service, and put it into {' and '.join(VARIABLES['s3'])} or the keychain",
    )


def _denied(bucket: str, operation: str, words: str) -> CloudError:
    if re.search(r"(?i)\bcap\b|quota|storage limit", words):
        return _account(bucket, operation, words)
    return CloudRefused(
        f"The key for the bucket {bucket} is not allowed to do this ({operation})",
        hint="It needs to list the bucket and to read and write objects (ListBucket, GetObject, PutObject and uploads"
        " in parts); it needs no right to delete",
    )


def _missing_bucket(bucket: str, _operation: str, _words: str) -> CloudError:
    return CloudRefused(
        f"There is no bucket {bucket} for this key",
        hint="Look at [cloud] bucket, endpoint and region in the settings",
    )


def _region(bucket: str, _operation: str, _words: str) -> CloudError:
    return CloudRefused(
        f"The bucket {bucket} lies in another region than the settings say",
        hint="Correct [cloud] region and endpoint in the settings",
    )


def _account(_bucket: str, _operation: str, words: str) -> CloudError:
    return CloudRefused(
        f"The account at the service is full or not ready: {words}",
        hint="Raise its limit or complete it there, then: safelight cloud run",
    )


def _clock(_bucket: str, _operation: str, _words: str) -> CloudError:
    return CloudRefused("The clock of this computer is wrong", hint="Set the clock, then try again")


def _changed(_bucket: str, _operation: str, _words: str) -> CloudError:
    return SourceChanged("The bytes that arrived do not have the checksum of the proven copy")


def _object(_bucket: str, _operation: str, words: str) -> CloudError:
    return ObjectRefused(f"The bucket refuses this object: {words}")


def _not_here(bucket: str, operation: str, words: str) -> CloudError:
    return _by_status(404, bucket, operation, words)


def _taken(bucket: str, operation: str, words: str) -> CloudError:
    return _by_status(412, bucket, operation, words)


_TABLE: tuple[tuple[frozenset[str], Callable[[str, str, str], CloudError]], ...] = (
    (_BUSY, _busy),
    (_KEY, _key),
    (_BUCKET, _missing_bucket),
    (_REGION, _region),
    (_ACCOUNT, _account),
    (frozenset({"RequestTimeTooSkewed"}), _clock),
    (_CHANGED, _changed),
    (frozenset({"AccessDenied", "AllAccessDisabled"}), _denied),
    (_OBJECT, _object),
    (_NOT_HERE, _not_here),
    (frozenset({"PreconditionFailed"}), _taken),
)
