"""What the loopback B2 does when a bucket's own settings are changed: it asks for more than the simulator, as B2 does.

Source: Backblaze's page on b2_update_bucket. Every change wants writeBuckets; the lock and the encryption want a
capability of their own beside it; days of retention want a bucket that has Object Lock, which no call takes away.
"""

from collections.abc import Mapping
from typing import Any

from b2sdk.v3 import BucketRetentionSetting, EncryptionSettingFactory
from b2sdk.v3.exception import BadRequest

from ingest.cloud.loopback_sim import Simulator

_ALSO_NEEDED = {
    "defaultRetention": "writeBucketRetentions",
    "fileLockEnabled": "writeBucketRetentions",
    "defaultServerSideEncryption": "writeBucketEncryption",
}


def update_bucket(simulator: Simulator, who: tuple[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """b2_update_bucket. who: (API URL, account token); that the key may write buckets is known already.

    Raises:
        B2Error: as the service refuses.
    """
    token, bucket_id = who[1], asked["bucketId"]
    for field, capability in _ALSO_NEEDED.items():
        if asked.get(field) is not None:
            simulator.require(token, capability, bucket_id)
    bucket = simulator.bucket_id_to_bucket[bucket_id]
    retention, encryption = asked.get("defaultRetention"), asked.get("defaultServerSideEncryption")
    if retention is not None and not (bucket.is_file_lock_enabled or asked.get("fileLockEnabled")):
        raise BadRequest("the bucket is not Object Lock enabled", "bad_request")
    bucket._update_bucket(
        bucket_type=asked.get("bucketType"),
        bucket_info=asked.get("bucketInfo"),
        cors_rules=asked.get("corsRules"),
        lifecycle_rules=asked.get("lifecycleRules"),
        if_revision_is=asked.get("ifRevisionIs"),
        default_server_side_encryption=None if encryption is None else _encryption(encryption),
        default_retention=None if retention is None else _retention(retention),
        is_file_lock_enabled=asked.get("fileLockEnabled"),
    )
    found: dict[str, Any] = bucket.bucket_dict(token)
    return found


def _retention(asked: Mapping[str, Any]) -> Any:
    return BucketRetentionSetting.from_bucket_retention_dict({"period": None, **asked})


def _encryption(asked: Mapping[str, Any]) -> Any:
    told = {"isClientAuthorizedToRead": True, "value": asked}
    return EncryptionSettingFactory.from_bucket_dict({"defaultServerSideEncryption": told})
