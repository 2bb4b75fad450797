"""Look at the key and its bucket, change what was asked for, try one tiny file there and back, and print it."""

import getpass
import time
from pathlib import Path
from typing import Any

from ingest.cli.cloud_setup import SECONDS, Setup, Wishes, answered
from ingest.cli.cloud_table import add_table, cloud_table
from ingest.cli.cloud_wishes import encrypt, lock
from ingest.cli.console import Console, shape
from ingest.cloud.hygiene import Finding, Level, findings
from ingest.cloud.keys import (
    ApplicationKey,
    NoKey,
    find_key,
    is_in_environment,
    keep_in_keychain,
    keychain_weakness,
    typed_key,
)
from ingest.cloud.open_store import ask_facts, plain_store, within
from ingest.cloud.round_trip import round_trip
from ingest.errors import CloudError, CloudRefused, CloudUnreachable, Exit


def run_setup(folder: Path, console: Console, wishes: Wishes) -> int:
    """Gives 0 when uploads may go there, also with warnings; 16 when they must not, or a wish could not be fulfilled.

    Raises:
        ConfigError, UsageError: as `cloud_table` does.
        CloudRefused: no key, or one that the service does not take for this bucket.
        CloudUnreachable: no answer.
    """
    setup = Setup(folder, console, wishes, cloud_table(folder, wishes.bucket, wishes.prefix, wishes.realm))
    cloud = setup.table.cloud
    key, was_typed = _key(setup)
    facts = ask_facts(cloud, SECONDS, key)
    if any(finding.level is Level.STOP for finding in findings(facts, cloud.prefix, time.time())):
        _hold(setup)
    else:
        facts = encrypt(setup, facts, key) if wishes.encrypt else facts
        facts = lock(setup, facts, key) if wishes.lock else facts
    for finding in findings(facts, cloud.prefix, time.time()):
        if finding.level is not Level.OFFER or finding.what not in setup.undone:
            setup.tell(finding)
    trip = "" if setup.count(Level.STOP) else _there_and_back(setup, key)
    good = not setup.count(Level.STOP)
    is_kept = good and _keep(setup, key, was_typed=was_typed)
    is_added = _offer_table(setup, good=good)
    code = Exit.OK if good and not setup.undone else Exit.CLOUD_REFUSED
    _summary(setup, code, {"round_trip": trip, "key_kept": is_kept, "table_added": is_added})
    return int(code)


def _key(setup: Setup) -> tuple[ApplicationKey, bool]:
    """The key, and whether it was typed just now. It never comes from the command line, which others can read."""
    bucket = setup.table.cloud.bucket
    try:
        key = find_key(bucket)
    except NoKey:
        if not setup.asks:
            raise
        setup.console.say(f"No key for {bucket} was found in the environment or the keychain.")
        return typed_key(answered("Key ID: "), getpass.getpass("Application key (is not shown): ")), True
    weakness = keychain_weakness(bucket)
    if weakness:
        setup.tell(Finding("key", Level.WARN, weakness, "Move the key into a keychain that is locked"))
    return key, False


def _hold(setup: Setup) -> None:
    """Nothing is changed at a bucket to which nothing may be sent."""
    for what, wished in (("encryption", setup.wishes.encrypt), ("lock", setup.wishes.lock)):
        if wished:
            setup.not_done(what, "nothing is changed before the bucket and its key are fit", "Mend what follows first")


def _there_and_back(setup: Setup, key: ApplicationKey) -> str:
    """Gives "sent" or "was there", "" when it failed."""
    table = setup.table
    store = plain_store(table.cloud, key=key)
    try:
        sent = within(
            2 * SECONDS,
            lambda should_stop: round_trip(store, table.cloud.prefix, table.settings.station, should_stop),
        )
    except CloudUnreachable:
        raise
    except CloudError as error:
        what = f"{error.path}: {error.message}" if error.path else error.message
        setup.tell(Finding("round trip", Level.STOP, what, error.hint))
        return ""
    how = "was there before" if sent.already_there else "was sent"
    setup.tell(Finding("round trip", Level.GOOD, f"{sent.key} {how}, was listed and came back as it is"))
    return "was there" if sent.already_there else "sent"


def _keep(setup: Setup, key: ApplicationKey, *, was_typed: bool) -> bool:
    """Into the keychain when asked to, or when agreed to; True when it lies there now."""
    bucket, wished = setup.table.cloud.bucket, setup.wishes.save_key
    if not was_typed and not (wished and is_in_environment()):
        return False
    if wished or setup.agreed("Keep the key in the system's keychain?"):
        try:
            keep_in_keychain(bucket, key)
        except CloudRefused as error:
            setup.not_done("key", error.message, error.hint)
        else:
            setup.tell(Finding("key", Level.GOOD, "it is in the system's keychain now"))
            return True
    if was_typed:
        setup.console.say("The key is kept nowhere: put it into the environment, or run this again with --save-key.")
    return False


def _offer_table(setup: Setup, *, good: bool) -> bool:
    """Show what the settings lack; add it when agreed to."""
    table = setup.table
    if not table.text:
        return False
    setup.console.say("\nFor the settings:\n")
    for line in table.text.splitlines():
        setup.console.say(f"  {line}")
    setup.console.say()
    if not good or not setup.agreed("Add it to config.toml? Nothing else in the file changes."):
        return False
    add_table(setup.folder, table)
    setup.console.say("Added to config.toml. What was ingested before is queued by: safelight cloud add SHOOT")
    return True


def _summary(setup: Setup, code: Exit, facts: dict[str, Any]) -> None:
    cloud, stops = setup.table.cloud, setup.count(Level.STOP)
    setup.console.line(
        {
            "schema": 1, "type": "summary", "bucket": cloud.bucket, "prefix": cloud.prefix, "stops": stops,
            "warnings": setup.count(Level.WARN), "undone": setup.undone, **facts, "table": setup.table.text,
            "exit": int(code),
        }
    )  # fmt: skip
    if stops:
        setup.console.say(f"{shape('do_not_format')} Send nothing to {cloud.bucket} before that is mended.")
    else:
        setup.console.say(f"{shape('safe')} {cloud.bucket} can hold your third copies.")
    if setup.undone:
        setup.console.say(f"  Not done, see above: {', '.join(setup.undone)}")
