"""What lies in a bucket beside the photographs, below the prefix, and how it is called. Pure.

    README.txt                                                              what all this is, for people
    .safelight/ledger/studio-1-3f09c2aa-20251114T221003.250Z.sqlite.gz     as at the destinations
    .safelight/settings/studio-1-3f09c2aa-20251114T221003.250Z.toml        config.toml as it was then
    2025/2025-06-14 Meyer/ascmhl/0001_2025-06-14 Meyer_….mhl               the manifests, as at the destinations
    2025/2025-06-14 Meyer/ascmhl/ascmhl_chain.xml                          their list; once there were more, …
    2025/2025-06-14 Meyer/ascmhl/ascmhl_chain.0002.xml                     … that of two, and so on

No key ever gets a second content: a list of manifests changes, so each longer one has a name of its own.
"""

import re
from dataclasses import dataclass

from ingest.plan.generations import is_due, parse_backup, stamp, station_word

LEDGER = b".safelight/ledger"
SETTINGS = b".safelight/settings"
README = b"README.txt"
_HOUR = 3600.0
_TOML = ".toml"
_AS_BACKUP = ".sqlite.gz"
_CHAIN = re.compile(rb"ascmhl_chain(?:\.(\d{4,9}))?\.xml")
# A key that somebody noted in the file. Paths and host names are no runs of so many letters and digits.
_NOTED = re.compile(r"(?:secret|passw\w*|token|api_?key|application_?key)\s*[:=]\s*[\"']?[^\s\"']{8}", re.IGNORECASE)
_RUN = re.compile(r"\b(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{24,}\b|K\d{3}[\w+/=-]{12,}")
_PUBLIC = re.compile(r"\bage1[0-9a-z]{58}\b")  # of `[cloud] recipients`: everybody may know it

README_TEXT = """\
These are photographs, copied here by Safelight as the third copy of an archive.
You need neither Safelight nor any other special program to use them.

PHOTOGRAPHS lie under the paths and names that they have on the photographer's own disks, for example
  2025/2025-06-14 Meyer wedding/IMG_0001.CR3
Any program that reads this kind of storage brings them back, for example
  rclone copy remote:bucket/folder /new/disk
A character that a name here cannot hold stands as % and two digits (%5C is a backslash). A name that two different
files wanted has ~2 before its ending. An edit has the time at which it was seen before its ending:
  IMG_0001.20260103T140312Z.xmp    the newest one is the one to use, as IMG_0001.xmp

MANIFESTS lie beside them in folders called ascmhl, in the format ASC MHL: each photograph with its size and its
xxh128 hash, so that any tool for that format can say whether a file is what it was. The list of several manifests is
the ascmhl_chain.NNNN.xml of the highest number; call it ascmhl_chain.xml once it was downloaded. The storage itself
tells the SHA-1 of each file.

CATALOGS of photo editors (Lightroom, Capture One, darktable) lie in catalogs/, each as one archive that
  tar -xzf NAME.tar.gz
opens.

WHAT ENDS IN .age is encrypted, and opens with the photographer's private key alone, also without Safelight:
  age --decrypt --identity KEY-FILE --output IMG_0001.CR3 IMG_0001.CR3.age

THE RECORD of what was copied, proven and tagged lies in .safelight/ledger/: each file there is a whole SQLite database,
packed with gzip; the time in its name is UTC. The settings of that time lie in .safelight/settings/.

With Safelight, on a new computer, all of it comes back by one command:
  safelight recover --from b2 --bucket BUCKET --to FOLDER
and, where it is encrypted, with --cloud 'encrypt = true' --cloud 'recipients = ["age1..."]', the private key in the
environment as SAFELIGHT_AGE_IDENTITY.
"""


@dataclass(frozen=True, slots=True)
class SettingsRecord:
    """Settings by the name of their object. at: seconds since 1970 UTC, identity: of the ledger beside them."""

    name: str
    station: str
    identity: str
    at: float


def settings_name(station: str, identity: str, at: float) -> str:
    """What the settings of a time are called; as the ledger's backups, so that both sort alike."""
    return f"{station_word(station)}-{identity}-{stamp(at)}{_TOML}"


def parse_settings(name: str) -> SettingsRecord | None:
    """What a name says, None where it is no name of settings."""
    found = parse_backup(name.removesuffix(_TOML) + _AS_BACKUP) if name.endswith(_TOML) else None
    return SettingsRecord(name, found.station, found.identity, found.at) if found else None


def chain_name(count: int) -> bytes:
    """The name of a list of so many manifests, where the plain one is taken by a shorter list."""
    return b"ascmhl_chain.%04d.xml" % count


def chain_number(name: bytes) -> int | None:
    """How many manifests a list tells of by its name, 0 where the name does not say; None for what is no list."""
    match = _CHAIN.fullmatch(name)
    return int(match[1] or 0) if match else None


def backup_is_due(size: int, last: tuple[str, float] | None, mark: str, now: float) -> bool:
    """Whether the ledger (of `size` bytes, in the state `mark`) is sent: once it changed, at most once an hour.

    last: the mark and the time of the newest one there, in seconds since 1970 UTC. A large one goes once a day.
    """
    if last is None:
        return True
    return last[0] != mark and not 0 <= now - last[1] < _HOUR and is_due(size, last[1], now)


def holds_a_secret(text: str) -> bool:
    """Whether settings look as if somebody had noted a key in them; then they go nowhere."""
    text = _PUBLIC.sub("", text)
    return bool(_NOTED.search(text) or _RUN.search(text))
