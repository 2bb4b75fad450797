"""What Ctrl-C leaves behind, for each verb: what holds, what does not, and what may be done next. Pure."""

from collections.abc import Sequence

ANY = "Nothing is lost: run the same command again, it goes on where it stopped."
_LOOKED = "It only looked: nothing was changed. Run it again when you like."
_READ = (
    "What was read so far is written down; the copies are as they were. Run it again, it goes on with the oldest proof."
)
_QUEUED = "The queue is kept, and what arrived stays in the bucket. Run it again, it goes on with what is left."
_SWITCHED = "The queue is kept. See how it stands: safelight cloud status"
_CATALOG = "Your catalogs are as they were; they are only read. Run it again for a new answer."

AFTER = {
    "ingest": "Do NOT format the card: it is not done. Nothing is lost; run the same command again, "
    "it goes on where it stopped.",
    "check": "No answer was given: do not format the card on an older one. Nothing was changed; run it again.",
    "watch": "No card is waited for any more. Do NOT format a card that was being copied: it is not done. "
    "Run: safelight ingest",
    "card clear": "What went to the trash is there, the rest is still on the card; every file has its proven copies. "
    "Run it again to go on.",
    "cards": _LOOKED,
    "shoots": _LOOKED,
    "status": _LOOKED,
    "tag": "Tags that were read are kept. " + _CATALOG,
    "audit": _CATALOG,
    "catalog snapshot": "Your catalogs are as they were, and so are the older snapshots. Run it again for a whole one.",
    "sync": "No version is lost: what is done stays, and older ones are kept aside. Run it again, it brings the rest.",
    "catch-up": "What was brought stays and counts once it is proven. Run it again, it brings the rest.",
    "verify": _READ,
    "repair": "What was healed stays healed, and no copy is worse than it was. Run it again, it goes on.",
    "restore": "A file that has its name is proven; none has it half-way. Run the same command again for the rest.",
    "recover": "What came back stays. Do not work with it as if it were whole: run the same command again, it goes on.",
    "release": "What went to the trash stays there, the rest is where it was; all other copies are untouched. "
    "Run it again to go on.",
    "drill": "No certificate was written; the copies are as they were. Run it again.",
    "nightly": "Steps that were done stay done, the rest waits for the next night. To go on now: safelight nightly",
    "schedule install": "See whether it is installed: safelight schedule status",
    "schedule status": _LOOKED,
    "schedule uninstall": "See whether it is still installed: safelight schedule status",
    "cloud run": _QUEUED,
    "cloud check": "What was looked at so far is written down; nothing in the bucket was changed. Run it again.",
    "cloud cost": _LOOKED,
    "cloud status": _LOOKED,
    "cloud pause": _SWITCHED,
    "cloud resume": _SWITCHED,
    "cloud retry": _SWITCHED,
    "cloud cancel": _SWITCHED,
    "cloud add": _SWITCHED,
    "cloud setup": "Nothing in the bucket was deleted. The settings are as they were unless it said that the table was "
    "added. Run it again.",
    "cloud keygen": "Use no key that you do not hold on paper: nothing is encrypted before the settings name it. "
    "Run it again for another.",
    "drive list": _LOOKED,
    "drive add": "See whether the drive is marked: safelight drive list",
    "drive update": "Do not unplug the drive before: safelight drive eject NAME. What was brought stays; run it again.",
    "drive eject": "Do not unplug the drive: it may still be mounted. Run it again.",
    "ledger check": _LOOKED,
    "ledger backup": "The ledger is as it was, and so are the older backups. Run it again.",
    "ledger rebuild": "The old ledger is kept aside; no copy counts before it is read. Run it again, it goes on.",
    "config show": _LOOKED,
    "config check": _LOOKED,
    "config sample": _LOOKED,
    "completion": _LOOKED,
    "doctor": _LOOKED,
    "demo": "Nothing of yours was touched.",
    "init": "No card was touched. Run it again: it begins with what is set already.",
    "dashboard": "The page is closed; what copies a card goes on by itself. To open it again: safelight dashboard",
    "sheet": "No file was written that is not whole. Run it again.",
    "certificate make": "No file was written that is not whole. Run it again.",
    "certificate check": _LOOKED,
    "certificate key": _LOOKED,
    "notices test": _LOOKED,
    "notices urls": "What was typed is kept only if it said so. Run it again.",
}  # verb, or group and verb -> what to say


def verb_of(words: Sequence[str]) -> str:
    """The verb that a command line names, `cloud run`; empty where it names none."""
    named, skip = [], False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word == "--home"
            continue
        named.append(word)
    return next((verb for verb in (" ".join(named[:2]), *named[:1]) if verb in AFTER), "".join(named[:1]))


def told(words: Sequence[str]) -> str:
    """What an interruption of this command line says."""
    return f"Interrupted. {AFTER.get(verb_of(words), ANY)}"
