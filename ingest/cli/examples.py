"""Examples and exit codes of each verb, for its help, the reference and the man page. Pure data."""

from dataclasses import dataclass

from ingest.errors import Exit

MEANING = {
    Exit.OK: "done, or safe",
    Exit.UNEXPECTED: "unexpected; nothing was said to be safe",
    Exit.USAGE: "usage, or no card",
    Exit.UNREADABLE_FILES: "finished, but some card files, or edits, could not be read",
    Exit.CONFIG: "configuration",
    Exit.DO_NOT_FORMAT: "DO NOT FORMAT",
    Exit.NOT_YET: "NOT YET",
    Exit.CARD_BUSY: "another session works on this card, or another sync, catch-up or night is under way",
    Exit.DESTINATION: "a destination is missing, full, read-only or not distinct",
    Exit.MISMATCH: "a copy came back with other bytes, also after new copies",
    Exit.CATALOG: "a catalog cannot be read",
    Exit.CLOUD_REFUSED: "the cloud refused: you must act",
    Exit.CLOUD_UNREACHABLE: "the cloud is out of reach; the queue is kept",
    Exit.CARE_FAILED: "something wrong was found, or nothing to do the work on",
    Exit.LEDGER: "the ledger is damaged, newer than this program, or not on a local disk",
    Exit.INTERRUPTED: "interrupted; the same command goes on",
}
ANYWHERE = (Exit.UNEXPECTED, Exit.USAGE, Exit.CONFIG, Exit.LEDGER, Exit.INTERRUPTED)  # every verb may end with these


@dataclass(frozen=True, slots=True)
class Help:
    """examples: (command without `safelight`, what it is for). codes: those of its own, beside 0 and `ANYWHERE`.

    nought: what 0 means here, where that is worth a word.
    """

    examples: tuple[tuple[str, str], ...]
    codes: tuple[Exit, ...] = ()
    nought: str = ""


_CARD = (Exit.DO_NOT_FORMAT, Exit.NOT_YET)
_INGEST = (Exit.UNREADABLE_FILES, *_CARD, Exit.CARD_BUSY, Exit.DESTINATION, Exit.MISMATCH)
_CLOUD = (Exit.CLOUD_REFUSED, Exit.CLOUD_UNREACHABLE)
_BACK = (Exit.DESTINATION, *_CLOUD, Exit.CARE_FAILED)

HELP: dict[str, Help] = {
    "init": Help(
        (
            ("init", "ten questions; Enter takes what is set up already"),
            ("init --ssd /mnt/ssd/Photos --nas /mnt/nas/Photos --yes", "asks nothing and takes every other default"),
            ("init --destination fast:ssd:/mnt/a --destination vault:hdd:/mnt/b", "places with names of your own"),
            ("init --yes --no-notice --no-watcher --no-night", "the rehearsal alone, with the settings as they are"),
        ),
        (Exit.DO_NOT_FORMAT, Exit.NOT_YET, Exit.DESTINATION, Exit.MISMATCH, Exit.CLOUD_REFUSED, Exit.CLOUD_UNREACHABLE),
        "set up, and the rehearsal was SAFE TO FORMAT",
    ),
    "ingest": Help(
        (
            ("ingest", "the card in the reader; asks for the shoot's name"),
            ('ingest --shoot "Meyer wedding"', "named at once"),
            ("ingest /media/ann/EOS_DIGITAL --dry-run", "what would happen; nothing is copied"),
            ('ingest --preset ann --keywords "wedding, Meyer|ceremony"', "with a sidecar beside each raw file"),
        ),
        _INGEST,
        "SAFE TO FORMAT",
    ),
    "check": Help(
        (("check", "the card in the reader"), ("check /media/ann/EOS_DIGITAL --json", "for a script")),
        (*_CARD, Exit.DESTINATION),
        "SAFE TO FORMAT",
    ),
    "cards": Help((("cards", "every card with its last verdict"), ("cards --json", "for a script"))),
    "shoots": Help((("shoots", "every shoot"), ("shoots --tag wedding", "those whose names or tags contain a word"))),
    "status": Help(
        (
            ("status", "the newest ten shoots"),
            ('status "Meyer wedding"', "one of them"),
            ("status --json", "for a script"),
        )
    ),
    "tag": Help((("tag", "every shoot"), ('tag "Meyer wedding"', "one of them")), (Exit.CATALOG,)),
    "audit": Help(
        (
            ("audit ~/Pictures/Main.lrcat", "what is missing, what has no second copy"),
            ("audit ~/Pictures/Main.lrcat --csv", "a line an image, for a spreadsheet"),
        ),
        (Exit.CATALOG, Exit.CARE_FAILED),
    ),
    "sync": Help(
        (("sync", "the edits of every shoot"), ("sync --dry-run", "only tell what is new")),
        (Exit.UNREADABLE_FILES, Exit.CARD_BUSY, Exit.DESTINATION, Exit.MISMATCH),
    ),
    "catalog snapshot": Help(
        (
            ("catalog snapshot", "every catalog of the settings"),
            ("catalog snapshot ~/Pictures/Main.lrcat", "one of them"),
        ),
        (Exit.DESTINATION, Exit.CATALOG),
    ),
    "catch-up": Help(
        (
            ("catch-up --dry-run", "what is missing where"),
            ("catch-up --at nas --for 20m", "the NAS was off; for twenty minutes now"),
        ),
        (Exit.CARD_BUSY, Exit.DESTINATION, Exit.MISMATCH),
    ),
    "verify": Help(
        (
            ("verify", "every copy, the oldest proof first"),
            ("verify --for 20m", "a slice of it"),
            ('verify "Meyer wedding" --at nas', "one shoot at one destination"),
        ),
        (Exit.CARE_FAILED,),
    ),
    "repair": Help(
        (("repair --dry-run", "what is wrong, and where the right bytes are"), ("repair", "heal it")), _BACK
    ),
    "restore": Help(
        (
            ('restore "Meyer wedding" --to /mnt/ssd/back', "a shoot from its nearest copy"),
            ("restore IMG_0001.CR3 --to /mnt/ssd/back --from cloud", "one file from the bucket"),
            ('restore "Meyer wedding"', "a released shoot to its place on the SSD"),
        ),
        _BACK,
    ),
    "recover": Help(
        (
            ("recover --from b2 --bucket my-archive --to /mnt/ssd/Photos", "a new computer, from the bucket alone"),
            ("recover --from /mnt/nas/Photos --to /mnt/ssd/Photos", "from a NAS or a drive that survived"),
            ('recover --from b2 --bucket my-archive --to /mnt/new --only "Meyer"', "the urgent shoot first"),
        ),
        _BACK,
    ),
    "release": Help(
        (
            ('release "Meyer wedding" --dry-run', "may its copies on the SSD go?"),
            ('release "Meyer wedding"', "asks for its name, then sends them to the trash"),
        ),
        (Exit.UNREADABLE_FILES, Exit.CARE_FAILED),
    ),
    "drill": Help(
        (
            ("drill", "a sample of each place comes back"),
            ("drill --from cloud --files 20", "the bucket alone"),
        ),
        (Exit.DESTINATION, Exit.CLOUD_UNREACHABLE, Exit.CARE_FAILED),
    ),
    "nightly": Help(
        (("nightly", "the night's work now"), ("nightly --last", "what the last night did")),
        (
            Exit.UNREADABLE_FILES,
            Exit.NOT_YET,
            Exit.CARD_BUSY,
            Exit.DESTINATION,
            Exit.MISMATCH,
            Exit.CATALOG,
            *_CLOUD,
            Exit.CARE_FAILED,
        ),
    ),
    "schedule install": Help((("schedule install --at 02:30", "each night at half past two"),)),
    "schedule status": Help((("schedule status", "does the system run it?"),), (Exit.NOT_YET,)),
    "schedule uninstall": Help((("schedule uninstall", "no night's work any more"),)),
    "watch": Help(
        (
            ("watch", "asks for each card"),
            ("watch --auto", "ingests every card by itself"),
            ("watch --install", "from log-in on"),
        ),
        _INGEST,
        "the watch ended",
    ),
    "dashboard": Help(
        (("dashboard", "opens it in the browser"), ("dashboard --link", "a new link to the page that is served")),
        (),
        "the page is closed",
    ),
    "notices test": Help((("notices test", "can you be called?"),)),
    "notices urls": Help((("notices urls", "addresses for mail or a phone"),)),
    "sheet": Help(
        (
            ('sheet "Meyer wedding"', "one HTML file"),
            ('sheet "Meyer wedding" --as pdf --stars 3', "the best of it, to print"),
        ),
        (Exit.DESTINATION,),
    ),
    "certificate make": Help(
        (
            ("certificate make", "of the card in the reader, as text"),
            ("certificate make EOS_DIGITAL --as html --to .", "a page to print"),
        ),
    ),
    "certificate check": Help(
        (("certificate check EOS_DIGITAL.html", "is it as it was signed?"),), (Exit.CARE_FAILED,), "as it was signed"
    ),
    "certificate key": Help((("certificate key", "tell it to those who check yours"),)),
    "cloud run": Help(
        (
            ("cloud run", "send what is queued"),
            ("cloud run --wait", "stay until all is there, through outages"),
            ("cloud run --now", "outside its hours too"),
        ),
        (*_CLOUD, Exit.CARE_FAILED),
    ),
    "cloud check": Help(
        (("cloud check", "the whole bucket"), ("cloud check --read-back", "and fetch what no hash speaks for")),
        (*_CLOUD, Exit.CARE_FAILED),
    ),
    "cloud cost": Help((("cloud cost", "a month's price, for each shoot"),)),
    "cloud status": Help((("cloud status", "what waits, and for how long"), ("cloud status --json", "for a script"))),
    "cloud pause": Help((("cloud pause", "the line is needed for something else"),)),
    "cloud resume": Help((("cloud resume", "go on"),)),
    "cloud retry": Help((("cloud retry", "all that needs you or waits"), ('cloud retry "Meyer wedding"', "one shoot"))),
    "cloud cancel": Help((('cloud cancel "Test shots"', "what is not sent yet; the bucket keeps the rest"),)),
    "cloud add": Help((('cloud add "Meyer wedding"', "after a cancel, or from before there was a bucket"),)),
    "cloud setup": Help(
        (
            ("cloud setup --bucket my-archive", "are key and bucket fit?"),
            ("cloud setup --lock 90 --encrypt", "new files cannot be deleted for 90 days, and are encrypted"),
        ),
        _CLOUD,
    ),
    "cloud keygen": Help(
        (("cloud keygen", "shown once: print it"), ("cloud keygen --spare", "a second one, for a safe"))
    ),
    "drive list": Help((("drive list", "which is here, which is due"),)),
    "drive add": Help((("drive add drive-a", "mark the disk that is plugged in"),), (Exit.DESTINATION,)),
    "drive update": Help(
        (
            ("drive update", "every drive that is here"),
            ("drive update drive-a --for 30m", "and half an hour of reading"),
        ),
        (Exit.CARD_BUSY, Exit.DESTINATION, Exit.MISMATCH, Exit.CARE_FAILED),
    ),
    "drive eject": Help((("drive eject drive-a", "until it may be unplugged"),), (Exit.DESTINATION,)),
    "card clear": Help(
        (("card clear", "the card in the reader; asks for its name"),),
        (Exit.UNREADABLE_FILES, *_CARD, Exit.DESTINATION),
    ),
    "ledger check": Help((("ledger check", "is the record sound?"),)),
    "ledger backup": Help(
        (("ledger backup", "to every destination"), ("ledger backup nas", "to one")), (Exit.DESTINATION,)
    ),
    "ledger rebuild": Help(
        (
            ("ledger rebuild", "from the newest sound backup and the histories"),
            ("ledger rebuild --from /mnt/nas/Photos", "from one place"),
        ),
        (Exit.DESTINATION, Exit.CARE_FAILED),
    ),
    "config show": Help((("config show", "every setting as it counts now"),)),
    "config check": Help((("config check", "every mistake with its place"),)),
    "config sample": Help((("config sample > config.toml", "to begin with"),)),
    "completion": Help(
        (
            ("completion bash >> ~/.bashrc", "bash, from its next start on"),
            ("completion zsh > ~/.zfunc/_safelight", "zsh, in a folder of its fpath"),
            ("completion fish > ~/.config/fish/completions/safelight.fish", "fish"),
        )
    ),
    "doctor": Help(
        (("doctor", "what to do before the next card"), ("doctor --json", "for a script")),
        (Exit.NOT_YET, Exit.DESTINATION, Exit.CATALOG, *_CLOUD),
    ),
    "demo": Help(
        (("demo", "the three moments on a sample card"), ("demo --card damaged", "a card that is not safe")),
        (Exit.NOT_YET,),
    ),
}  # verb, or group and verb


def epilog_of(verb: str) -> str:
    """What stands below the options in the help of a verb; empty where nothing is known of it."""
    known = HELP.get(verb)
    if known is None:
        return ""
    wide = max(len(command) for command, _ in known.examples) + len("safelight ")
    if wide + max(len(meaning) for _, meaning in known.examples) + 6 <= 78:
        shown = [f"  {'safelight ' + command:<{wide}}  # {meaning}" for command, meaning in known.examples]
    else:
        shown = [line for command, meaning in known.examples for line in (f"  # {meaning}", f"  safelight {command}")]
    return "\b\nExamples:\n" + "\n".join(shown) + f"\n\n{codes_line(known)}"


def codes_line(known: Help) -> str:
    """`Exit codes: 0 SAFE TO FORMAT; 11 NOT YET; ... As for every verb: 1, 2, 4, 19, 130.`"""
    own = [f"0 {known.nought or 'done'}", *(f"{int(code)} {MEANING[code]}" for code in sorted(known.codes))]
    return f"Exit codes: {'; '.join(own)}. As of every verb: {', '.join(str(int(code)) for code in ANYWHERE)}."
