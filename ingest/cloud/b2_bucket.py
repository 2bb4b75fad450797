"""What B2 says of a bucket's own settings and of the key to it; the two settings that a person may ask us to change.

Lifecycle rules are only read, here and everywhere. What the key may not see is None, never a guess.
"""

from typing import Any

from b2sdk.v3 import SSE_B2_AES, BucketRetentionSetting, EncryptionMode, RetentionMode, RetentionPeriod
from b2sdk.v3.exception import NonExistentBucket

from ingest.cloud.b2_account import B2Account
from ingest.cloud.hygiene import BucketFacts, Lock, Rule

_DAYS_OF_A_YEAR = 365


def ask_bucket(account: B2Account) -> BucketFacts:
    """The facts. Three calls at first use, billed as such. Raises as `B2Account.session` does."""
    answer = account.authorization()
    allowed = answer["apiInfo"]["storageApi"]["allowed"]
    capabilities = frozenset(map(str, allowed["capabilities"]))
    expires = answer.get("applicationKeyExpirationTimestamp")
    known: dict[str, Any] = {"rules": None, "is_public": None}
    if "listBuckets" in capabilities:
        with account.api() as api:
            found = api.list_buckets(bucket_name=account.bucket)
            if not found:
                raise NonExistentBucket(account.bucket)
            known = _of_bucket(found[0])
    return BucketFacts(
        bucket=account.bucket,
        capabilities=capabilities,
        buckets=len(allowed.get("buckets") or ()),
        key_prefix=str(allowed.get("namePrefix") or ""),
        expires=None if expires is None else float(expires) / 1000,
        **known,
    )


def lock_new_files(account: B2Account, days: int) -> None:
    """Let every file that comes from now on be locked for so many days, in governance mode.

    Raises:
        CloudRefused: the key may not, or the bucket has no Object Lock.
    """
    with account.api() as api:
        period = BucketRetentionSetting(RetentionMode.GOVERNANCE, RetentionPeriod(days=days))
        api.get_bucket_by_name(account.bucket).update(default_retention=period)


def encrypt_new_files(account: B2Account) -> None:
    """Let Backblaze encrypt every file that comes from now on, with its own keys.

    Raises:
        CloudRefused: the key may not.
    """
    with account.api() as api:
        api.get_bucket_by_name(account.bucket).update(default_server_side_encryption=SSE_B2_AES)


def _of_bucket(bucket: Any) -> dict[str, Any]:
    mode = bucket.default_server_side_encryption.mode
    return {
        "rules": tuple(map(_rule, bucket.lifecycle_rules)),
        "is_public": bucket.type_ == "allPublic",
        "lock": _lock(bucket),
        "encryption": None if mode is EncryptionMode.UNKNOWN else str(mode.value or "none"),
    }


def _rule(rule: Any) -> Rule:
    return Rule(
        str(rule.get("fileNamePrefix") or ""),
        hides_after=rule.get("daysFromUploadingToHiding"),
        deletes_hidden_after=rule.get("daysFromHidingToDeleting"),
        cancels_after=rule.get("daysFromStartingToCancelingUnfinishedLargeFiles"),
    )


def _lock(bucket: Any) -> Lock | None:
    retention = bucket.default_retention
    if retention.mode is RetentionMode.UNKNOWN:
        return None
    if retention.mode is RetentionMode.NONE or retention.period is None:
        return Lock(bool(bucket.is_file_lock_enabled))
    length = retention.period.duration * (_DAYS_OF_A_YEAR if retention.period.unit == "years" else 1)
    return Lock(bool(bucket.is_file_lock_enabled), str(retention.mode.value), int(length))
