"""What the real client learns of a bucket and its key over HTTP, and what of it a key may change."""

import contextlib
import time

import pytest
from b2sdk.v3 import SSE_NONE, BucketRetentionSetting, RetentionMode, RetentionPeriod
from cloud_worlds import never, sha1, store_for, versions

from ingest.cloud.b2_account import B2Account
from ingest.cloud.b2_bucket import ask_bucket, encrypt_new_files, lock_new_files
from ingest.cloud.errors import CloudError, CloudRefused
from ingest.cloud.hygiene import Lock, Rule
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.loopback import CAPABILITIES

OWNER = (*CAPABILITIES, "writeBuckets", "writeBucketRetentions", "writeBucketEncryption")


def account(server, key=None, bucket="my-archive"):
    return B2Account(bucket, ApplicationKey(*(key or (server.key_id, server.key))), server.url)


def bucket_of(server):
    return server.simulator.bucket_id_to_bucket[server.bucket_id]


def test_the_documented_key_sees_everything_of_its_bucket(server):
    bucket_of(server).lifecycle_rules = [
        {"fileNamePrefix": "originals/", "daysFromUploadingToHiding": None, "daysFromHidingToDeleting": 1},
        {"fileNamePrefix": "", "daysFromStartingToCancelingUnfinishedLargeFiles": 7},
    ]
    facts = ask_bucket(account(server))
    assert facts.capabilities == frozenset(CAPABILITIES)
    assert (facts.buckets, facts.key_prefix, facts.expires, facts.is_public) == (1, "", None, False)
    assert facts.rules == (Rule("originals/", deletes_hidden_after=1), Rule("", cancels_after=7))
    assert (facts.lock, facts.encryption) == (Lock(False), "SSE-B2")


def test_what_a_key_may_not_see_is_not_known_and_not_guessed(server):
    plain = server.new_key(["listBuckets", "listFiles", "readFiles", "writeFiles"])
    facts = ask_bucket(account(server, plain))
    assert (facts.lock, facts.encryption, facts.is_public, facts.rules) == (None, None, False, ())
    blind = ask_bucket(account(server, server.new_key(["writeFiles"])))
    assert (blind.lock, blind.encryption, blind.is_public, blind.rules) == (None, None, None, None)


def test_prefix_end_and_reach_of_a_key_are_seen(server):
    key = server.new_key(CAPABILITIES, prefix="originals/", seconds=3600)
    facts = ask_bucket(account(server, key))
    assert facts.key_prefix == "originals/"
    assert 3500 < facts.expires - time.time() <= 3600
    server.simulator.key_id_to_key[key[0]].buckets_or_none = None
    assert ask_bucket(account(server, key)).buckets == 0


def test_a_public_bucket_and_its_locks_are_seen(server):
    bucket = bucket_of(server)
    bucket.bucket_type, bucket.is_file_lock_enabled = "allPublic", True
    facts = ask_bucket(account(server))
    assert (facts.is_public, facts.lock) == (True, Lock(True))
    lock_new_files(account(server, server.new_key(OWNER)), 90)
    assert ask_bucket(account(server)).lock == Lock(True, "governance", 90)


def test_years_of_a_lock_are_told_in_days(server):
    bucket = bucket_of(server)
    bucket.is_file_lock_enabled = True
    bucket.default_retention = BucketRetentionSetting(RetentionMode.COMPLIANCE, RetentionPeriod(years=2))
    assert ask_bucket(account(server)).lock == Lock(True, "compliance", 730)


def test_encryption_is_switched_on_by_a_key_that_may(server):
    bucket_of(server).default_server_side_encryption = SSE_NONE
    assert ask_bucket(account(server)).encryption == "none"
    encrypt_new_files(account(server, server.new_key(OWNER)))
    assert ask_bucket(account(server)).encryption == "SSE-B2"


@pytest.mark.parametrize(
    ("lacking", "locks", "encrypts"),
    [
        ("writeBuckets", False, False),
        ("writeBucketRetentions", False, True),
        ("writeBucketEncryption", True, False),
        ("nothing", True, True),
    ],
)
def test_each_change_needs_a_capability_of_its_own_beside_writing_buckets(server, lacking, locks, encrypts):
    bucket = bucket_of(server)
    bucket.is_file_lock_enabled, bucket.default_server_side_encryption = True, SSE_NONE
    allowed = account(server, server.new_key([name for name in OWNER if name != lacking]))
    for works, change in ((locks, lambda: lock_new_files(allowed, 90)), (encrypts, lambda: encrypt_new_files(allowed))):
        with contextlib.nullcontext() if works else pytest.raises(CloudRefused):
            change()
    after = ask_bucket(account(server))
    assert after.lock == (Lock(True, "governance", 90) if locks else Lock(True))
    assert after.encryption == ("SSE-B2" if encrypts else "none")


def test_a_bucket_without_object_lock_takes_no_days(server):
    with pytest.raises(CloudError):
        lock_new_files(account(server, server.new_key(OWNER)), 90)
    assert ask_bucket(account(server)).lock == Lock(False)


def test_another_bucket_a_wrong_and_an_expired_key_are_refused_in_plain_words(server):
    with pytest.raises(CloudRefused, match="no bucket other-archive"):
        ask_bucket(account(server, bucket="other-archive"))
    with pytest.raises(CloudRefused, match="not accepted"):
        ask_bucket(account(server, (server.key_id, "not this one")))
    key = server.new_key(CAPABILITIES, seconds=3600)
    server.simulator.key_id_to_key[key[0]].expiration_timestamp_or_none = int(time.time()) - 1
    with pytest.raises(CloudRefused, match="wrong, revoked or expired"):
        ask_bucket(account(server, key))


def test_a_key_for_every_bucket_that_cannot_look_one_up_is_not_called_wrong(server):
    key = server.new_key(["listFiles", "readFiles", "writeFiles"])
    server.simulator.key_id_to_key[key[0]].buckets_or_none = None
    with pytest.raises(CloudRefused, match="lacks listBuckets"):
        ask_bucket(account(server, key))


def test_a_key_for_one_prefix_sends_nothing_elsewhere(server, tmp_path):
    store = store_for(server, server.new_key(CAPABILITIES, prefix="originals/"))
    (tmp_path / "a").write_bytes(b"picture")
    sent = [bytes(tmp_path / "a"), len(b"picture"), sha1(b"picture")]
    assert store.put(sent[0], "originals/a", *sent[1:], {}, lambda _: None, never).size == 7
    with pytest.raises(CloudRefused, match="restricted to other files"):
        store.put(sent[0], "videos/a", *sent[1:], {}, lambda _: None, never)
    assert (versions(server, "originals/a"), versions(server, "videos/a")) == (1, 0)


def test_a_key_that_ends_while_it_is_used_is_told_as_such(server):
    key = server.new_key(CAPABILITIES, seconds=3600)
    store = store_for(server, key)
    assert store.stat("originals/a") is None
    server.simulator.key_id_to_key[key[0]].expiration_timestamp_or_none = int(time.time()) - 1
    with pytest.raises(CloudRefused, match="expired"):
        store.stat("originals/a")
