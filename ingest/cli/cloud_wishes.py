"""The two settings of a bucket that a person may ask for: done where the key may do it, else told how it is done."""

from collections.abc import Callable

from ingest.cli.cloud_setup import SECONDS, Setup, answered
from ingest.cloud.cost import dollars, month
from ingest.cloud.hygiene import BucketFacts, Lock, way_to_encrypt, way_to_lock
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.open_store import ask_facts, change_bucket
from ingest.cloud.prices import load_prices
from ingest.errors import CloudError, CloudUnreachable

_TB = 10**12


def encrypt(setup: Setup, facts: BucketFacts, key: ApplicationKey) -> BucketFacts:
    """Let new files be encrypted; gives the facts as they are then.

    Raises:
        CloudUnreachable: no answer.
    """
    if facts.encryption == "SSE-B2":
        return facts
    way = way_to_encrypt(facts.bucket)
    if "writeBucketEncryption" not in facts.capabilities:
        setup.not_done("encryption", "the key lacks writeBucketEncryption", way)
        return facts
    return _changed(setup, facts, key, "encryption", way, 0, lambda now: now.encryption == "SSE-B2")


def lock(setup: Setup, facts: BucketFacts, key: ApplicationKey) -> BucketFacts:
    """Let new files be locked for the days that were asked for; gives the facts as they are then.

    Raises:
        CloudUnreachable: no answer.
        ConfigError: the file of prices has a mistake.
    """
    days, lock = setup.wishes.lock, facts.lock
    way = way_to_lock(facts.bucket, days, is_enabled=lock is not None and lock.enabled)
    if lock and lock.mode == "governance" and lock.days >= days:
        return facts  # it is told among the findings; never made shorter here
    if lock is None:
        why = "the key may not see whether the bucket has Object Lock (readBucketRetentions)"
    elif not lock.enabled:
        why = "the bucket has no Object Lock"
    elif lock.mode == "compliance":
        why = f"the bucket has a lock of its own, compliance mode for {lock.days} days; Safelight leaves that alone"
    elif "writeBucketRetentions" not in facts.capabilities:
        why = "the key lacks writeBucketRetentions"
    elif not _confirmed(setup, days):
        why = "it was not confirmed"
        way = f"Type the number of days when asked, or add --yes: safelight cloud setup --lock {days}"
    else:
        return _changed(setup, facts, key, "lock", way, days, lambda now: now.lock == Lock(True, "governance", days))
    setup.not_done("lock", why, way)
    return facts


def _confirmed(setup: Setup, days: int) -> bool:
    """Told what it means and what it bills, then agreed to."""
    price = dollars(month(_TB, load_prices(setup.folder)))
    for line in (
        f"Object Lock for {days} days, governance mode: what is sent from now on cannot be deleted or changed at",
        f"  Backblaze for {days} days, but by a key with bypassGovernance, such as your master key. It is billed so",
        f"  long, whatever becomes of it: about {price} a month for each TB. The number of days can be",
        "  changed for later files; what is locked stays locked, and Object Lock cannot be taken from a bucket.",
    ):
        setup.console.say(line)
    return setup.wishes.yes or (setup.asks and answered(f"Type {days} to go on: ") == str(days))


def _changed(
    setup: Setup,
    facts: BucketFacts,
    key: ApplicationKey,
    what: str,
    way: str,
    days: int,
    is_so: Callable[[BucketFacts], bool],
) -> BucketFacts:
    """Change it, and look whether it is so."""
    cloud = setup.table.cloud
    try:
        change_bucket(cloud, SECONDS, key, days)
    except CloudUnreachable:
        raise
    except CloudError as error:
        lacks = "writeBuckets" not in facts.capabilities
        setup.not_done(what, "the key lacks writeBuckets" if lacks else error.message, way)
        return facts
    now = ask_facts(cloud, SECONDS, key)
    if not is_so(now):
        setup.not_done(what, "Backblaze took the change and does not show it", way)
    return now
