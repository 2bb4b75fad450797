"""The station's key, with which certificates are signed: in the keychain or the environment, in no file of ours.

Its public half lies in the home, in `station.pub`, one key a line: those that this computer has signed with.
"""

import base64
import binascii
import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.certificates.signing import ALGORITHM, fingerprint
from ingest.cloud.keys import hide, keychain_weakness
from ingest.disk.atomic import write_durably
from ingest.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE = "SAFELIGHT_STATION_KEY"
SERVICE, USER = "safelight-station", "signing-key"
PUBLIC = "station.pub"
_SEED = re.compile("[0-9a-fA-F]{64}")
_PREFIX = "SAFELIGHT-STATION-KEY-"  # in the keychain, so that whoever finds it there knows what it is


@dataclass(frozen=True, slots=True)
class StationKey:
    """key: None where there is none, and `why` says so."""

    key: "Ed25519PrivateKey | None"
    why: str = ""


def station_key(home: Path, environment: Mapping[str, str] = os.environ) -> StationKey:
    """The key to sign with; made and put into the keychain when there is none yet. Its public half goes into the home.

    Raises:
        ConfigError: the variable holds something else than a key. It is not repeated.
    """
    typed = environment.get(VARIABLE, "").strip()
    if typed:
        seed = _seed(typed)
        if seed is None:
            raise ConfigError(f"{VARIABLE} holds no key", hint="It must be 64 hex digits: openssl rand -hex 32")
        return _ready(home, seed)
    weakness = keychain_weakness()
    if weakness:
        return StationKey(None, f"{weakness}, and {VARIABLE} is not set")
    from keyring.errors import KeyringError

    try:
        seed = _from_keychain()
    except KeyringError as error:
        return StationKey(None, f"the system keychain refused: {error}")
    return _ready(home, seed) if seed else StationKey(None, "the system keychain does not keep what is put into it")


def known_keys(home: Path) -> tuple[bytes, ...]:
    """The public keys, 32 bytes each, of `station.pub`; a line that is none counts for nothing."""
    try:
        lines = (home / PUBLIC).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, IndexError, binascii.Error):
            found.append(base64.b64decode(line.split()[1], validate=True))
    return tuple(key for key in found if len(key) == 32)


def _from_keychain() -> bytes | None:
    """The seed that is kept, or a new one, kept and read back."""
    import secrets

    import keyring

    kept = _seed(keyring.get_password(SERVICE, USER) or "")
    if kept:
        return kept
    keyring.set_password(SERVICE, USER, _PREFIX + secrets.token_hex(32).upper())
    return _seed(keyring.get_password(SERVICE, USER) or "")  # another program's, where two made one at the same time


def _seed(text: str) -> bytes | None:
    text = text.removeprefix(_PREFIX)
    return bytes.fromhex(text) if _SEED.fullmatch(text) else None


def _ready(home: Path, seed: bytes) -> StationKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    hide(seed.hex())
    hide(seed.hex().upper())
    key = Ed25519PrivateKey.from_private_bytes(seed)
    _publish(home, key.public_key().public_bytes_raw())
    return StationKey(key)


def _publish(home: Path, public: bytes) -> None:
    """Note the public half; a home that cannot be written costs no certificate."""
    known = known_keys(home)
    if public in known:
        return
    lines = [f"{ALGORITHM} {base64.b64encode(each).decode('ascii')} {fingerprint(each)}\n" for each in (*known, public)]
    with contextlib.suppress(OSError):
        write_durably(os.fsencode(home), PUBLIC.encode(), "".join(lines).encode("ascii"), replace=True)
