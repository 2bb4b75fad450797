"""Whether a key and its bucket are fit to hold the only copy that a fire leaves: facts in, findings out. Pure.

The key should do what an upload needs and nothing that a thief could use; the bucket should keep every version. What
the key may not see is told as not known. Sources: Backblaze's pages on application key capabilities, lifecycle rules,
Object Lock and server-side encryption.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

NEEDED = ("listBuckets", "listFiles", "readFiles", "writeFiles")
ADVISED = (*NEEDED, "readFileRetentions", "readFileLegalHolds", "readBucketRetentions", "readBucketEncryption")
TOO_MUCH = {
    "delete files": frozenset({"deleteFiles", "bypassGovernance"}),
    "make or delete keys": frozenset({"writeKeys", "deleteKeys"}),
    "change or delete buckets": frozenset({"writeBuckets", "deleteBuckets", "writeBucketRetentions"}),
}
UNFINISHED_DAYS = 30  # a paused or slow upload of a long clip must live as long
_SOON = 30 * 86400.0
_KEEP_ALL = 'At Backblaze, under Lifecycle Settings of the bucket, choose "Keep all versions of the file"'


class Level(StrEnum):
    """stop: uploads must not go there like this. warn: told, and they go. good. offer: could be better still."""

    STOP = "stop"
    WARN = "warn"
    GOOD = "good"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about `what`: key, bucket, rules, lock, encryption, round trip. todo: the next step, "" for none."""

    what: str
    level: Level
    text: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A lifecycle rule for names that begin with `prefix`; days, None where it does nothing of the kind."""

    prefix: str
    hides_after: int | None = None
    deletes_hidden_after: int | None = None
    cancels_after: int | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """Object Lock. mode: what new files get: governance, compliance, "" for none. days: for how long."""

    enabled: bool
    mode: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """What the service said of a key and its bucket.

    buckets: how many the key is for, 0 for every one of the account. key_prefix: names must begin with it, "" for all.
    expires: seconds since 1970 UTC, None for never. rules, is_public, lock, encryption ("none", "SSE-B2", "SSE-C"):
    None where the key may not see them.
    """

    bucket: str
    capabilities: frozenset[str]
    buckets: int = 1
    key_prefix: str = ""
    expires: float | None = None
    rules: tuple[Rule, ...] | None = ()
    is_public: bool | None = False
    lock: Lock | None = None
    encryption: str | None = None


def findings(facts: BucketFacts, prefix: str, now: float) -> tuple[Finding, ...]:
    """Everything worth saying, the gravest first. prefix: of the settings. now: seconds since 1970 UTC."""
    found = [*_key(facts, prefix, now), *_bucket(facts), *_rules(facts, prefix), *_lock(facts), *_encryption(facts)]
    return tuple(sorted(found, key=lambda finding: list(Level).index(finding.level)))


def key_to_make(bucket: str) -> str:
    """How to make the right key. The web page's "Read and Write" can delete, its other kinds cannot do enough."""
    command = f"b2 key create --bucket {bucket} safelight {','.join(ADVISED)}"
    return f"Make a key without deleteFiles, by Backblaze's own command and your master key: {command}"


def way_to_lock(bucket: str, days: int, *, is_enabled: bool) -> str:
    """How to have new files locked. The page's own field for days makes compliance locks, which nobody can end.

    is_enabled: the bucket has Object Lock already.
    """
    enable = 'At Backblaze, on the bucket: "Object Lock: Disabled", then "Enable Object Lock on this bucket". '
    command = f"b2 bucket update --default-retention-mode governance --default-retention-period '{days} days' {bucket}"
    return (
        f"{enable * (not is_enabled)}Set no days on that page, they would mean compliance mode; "
        f"with Backblaze's own command and your master key: {command}"
    )


def way_to_encrypt(bucket: str) -> str:
    """How to have new files encrypted."""
    return f'At Backblaze, under Bucket Settings of {bucket}: Default Encryption, "Enable", "Update Bucket"'


def _key(facts: BucketFacts, prefix: str, now: float) -> Iterator[Finding]:
    bucket, todo = facts.bucket, key_to_make(facts.bucket)
    missing = [name for name in NEEDED if name not in facts.capabilities]
    if missing:
        yield Finding("key", Level.STOP, f"the key for {bucket} lacks {', '.join(missing)}", todo)
    if not prefix.startswith(facts.key_prefix):
        text = f'the key is for names that begin with "{facts.key_prefix}", the settings say "{prefix}"'
        yield Finding("key", Level.STOP, text, "Make a key for that prefix, or change [cloud] prefix in the settings")
    yield from _expiry(facts, now)
    dangers = [(what, sorted(words & facts.capabilities)) for what, words in TOO_MUCH.items()]
    for what, held in dangers:
        if held:
            text = f"the key can {what} ({', '.join(held)}); who steals it can, too"
            yield Finding("key", Level.WARN, text, todo)
    if facts.buckets != 1:
        which = f"{facts.buckets} buckets" if facts.buckets else "every bucket"
        yield Finding("key", Level.WARN, f"the key opens {which} of the account", todo)
    elif not missing and not any(held for _, held in dangers):
        yield Finding("key", Level.GOOD, f"the key is for {bucket} alone, can upload and cannot delete")


def _expiry(facts: BucketFacts, now: float) -> Iterator[Finding]:
    if facts.expires is None or facts.expires > now + _SOON:
        return
    at = datetime.fromtimestamp(facts.expires, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if facts.expires <= now:
        yield Finding("key", Level.STOP, f"the key expired at {at}", key_to_make(facts.bucket))
    else:
        text = f"the key expires at {at}; nothing is sent from then on"
        yield Finding("key", Level.WARN, text, key_to_make(facts.bucket))


def _bucket(facts: BucketFacts) -> Iterator[Finding]:
    if facts.is_public:
        text = f"the bucket {facts.bucket} is PUBLIC: everybody can download every photograph in it, without a key"
        yield Finding("bucket", Level.WARN, text, "At Backblaze, under Bucket Settings: Files in Bucket are Private")
    elif facts.is_public is None:
        yield _unseen("bucket", "whether the bucket is public", "listBuckets")


def _rules(facts: BucketFacts, prefix: str) -> Iterator[Finding]:
    if facts.rules is None:
        yield _unseen("rules", "the bucket's lifecycle rules", "listBuckets")
        return
    ours = [rule for rule in facts.rules if rule.prefix.startswith(prefix) or prefix.startswith(rule.prefix)]
    eats = False
    for rule in ours:
        where = f'a lifecycle rule (for "{rule.prefix}")' if rule.prefix else "a lifecycle rule of the bucket"
        if rule.hides_after is not None:
            eats = True
            text = f"{where} hides each file {_days(rule.hides_after)} after it was sent: no archive may have it"
            yield Finding("rules", Level.STOP, text, _KEEP_ALL)
        if rule.deletes_hidden_after is not None:
            eats = True
            text = (
                f"{where} deletes what is hidden or replaced after {_days(rule.deletes_hidden_after)}: "
                "who steals the key can hide everything, and then it is gone for good"
            )
            yield Finding("rules", Level.WARN, text, _KEEP_ALL)
        if rule.cancels_after is not None and rule.cancels_after < UNFINISHED_DAYS:
            text = (
                f"{where} cancels unfinished uploads after {_days(rule.cancels_after)}: "
                "a long clip on a slow or paused line begins again"
            )
            todo = f"At Backblaze, under Lifecycle Settings of the bucket: {UNFINISHED_DAYS} days"
            yield Finding("rules", Level.WARN, text, todo)
    if not eats:
        yield Finding("rules", Level.GOOD, "no lifecycle rule hides or deletes what lies there")


def _lock(facts: BucketFacts) -> Iterator[Finding]:
    lock = facts.lock
    if lock is None:
        yield _unseen("lock", "whether the bucket locks its files", "readBucketRetentions")
    elif not lock.enabled or not lock.mode:
        text = "nothing there is locked" if lock.enabled else "the bucket has no Object Lock"
        text += ": whoever has the master key, or a key that deletes, can delete all of it at once"
        yield Finding("lock", Level.OFFER, text, "To lock new files for 90 days: safelight cloud setup --lock 90")
    elif lock.mode == "governance":
        text = f"new files are locked for {_days(lock.days)} (governance: a key with bypassGovernance can end it)"
        yield Finding("lock", Level.GOOD, text)
    else:
        text = f"new files are locked for {_days(lock.days)} ({lock.mode}: nobody can end it, they are billed so long)"
        yield Finding("lock", Level.GOOD, text)


def _encryption(facts: BucketFacts) -> Iterator[Finding]:
    if facts.encryption is None:
        yield _unseen("encryption", "whether the bucket encrypts", "readBucketEncryption")
    elif facts.encryption == "SSE-B2":
        yield Finding("encryption", Level.GOOD, "Backblaze encrypts new files with its own keys (SSE-B2)")
    elif facts.encryption == "none":
        text = "new files are not encrypted at Backblaze; SSE-B2 costs nothing and is not noticed"
        yield Finding("encryption", Level.OFFER, text, "Switch it on: safelight cloud setup --encrypt")
    else:
        text = f"the bucket encrypts by {facts.encryption}: without its key no copy there can be checked or restored"
        yield Finding("encryption", Level.STOP, text, "Use another bucket, or SSE-B2, whose keys Backblaze keeps")


def _unseen(what: str, fact: str, capability: str) -> Finding:
    return Finding(what, Level.WARN, f"not known: the key may not see {fact}", f"A key with {capability} would tell it")


def _days(count: int) -> str:
    return f"{count:,} day" + "s" * (count != 1)
