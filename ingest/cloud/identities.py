"""The private key that opens what lies encrypted in the bucket: from the environment, a file it names, the keychain.

It is never in the settings, on a command line, in a log or an event. Sending needs none: it encrypts by public keys.
"""

import os
from collections.abc import Mapping
from typing import Any

from ingest.cloud.age import identities_of, public_of
from ingest.cloud.errors import CloudRefused, NoIdentity

IDENTITY_VARIABLE = "SAFELIGHT_AGE_IDENTITY"
FILE_VARIABLE = "SAFELIGHT_AGE_IDENTITY_FILE"
KEYCHAIN_USER = "age-identity"
_BEGINNING = "AGE-SECRET-KEY-"
_LONGEST_FILE = 64 << 10


def keychain_service(bucket: str) -> str:
    """The keychain entry's service name; its password is the private key."""
    return f"safelight-age:{bucket}"


def find_identities(bucket: str, environment: Mapping[str, str] = os.environ) -> list[Any]:
    """The private keys for a bucket, at least one, as the library knows them.

    Raises:
        NoIdentity: there is none, anywhere.
        CloudRefused: what is there is none or cannot be read; or the library is missing.
    """
    text = environment.get(IDENTITY_VARIABLE, "")
    where = IDENTITY_VARIABLE
    if not text and environment.get(FILE_VARIABLE):
        text, where = _of_file(environment[FILE_VARIABLE]), FILE_VARIABLE
    if not text:
        text, where = in_keychain(bucket), "the keychain"
    if not text:
        raise NoIdentity(
            f"There is no private key here that opens what is encrypted in {bucket}; {FILE_VARIABLE} may name its file",
            hint=f"Set {FILE_VARIABLE} to the file that holds it, or {IDENTITY_VARIABLE}, or put it into the keychain:"
            f' keyring set "{keychain_service(bucket)}" {KEYCHAIN_USER}',
        )
    found = [word for line in text.splitlines() for word in line.split("#")[0].split() if word.startswith(_BEGINNING)]
    if not found:
        raise CloudRefused(f"{where} holds no private key of age", hint=f"It begins with {_BEGINNING}1")
    return identities_of(found)


def publics_of(bucket: str) -> list[str]:
    """The public keys of the private ones that are here; raises as `find_identities`."""
    return [public_of(identity) for identity in find_identities(bucket)]


def _of_file(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(_LONGEST_FILE)
    except OSError as error:
        raise CloudRefused(
            f"The file that {FILE_VARIABLE} names cannot be read: {error.strerror}", hint="Is its drive mounted?"
        ) from error
    return data.decode("ascii", "replace")


def in_keychain(bucket: str) -> str:
    """What the keychain holds for a bucket, "" for nothing or where there is no keychain.

    Raises:
        CloudRefused: it is locked.
    """
    import keyring  # a slow import
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(keychain_service(bucket), KEYCHAIN_USER) or ""
    except NoKeyringError:
        return ""
    except KeyringError as error:
        raise CloudRefused(f"The system keychain cannot be read: {error}", hint="Unlock it and try again") from error


def put_into_keychain(bucket: str, identity: str) -> bool:
    """Keep a private key there; whether it is in there now, since some keychains take all and keep nothing."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(keychain_service(bucket), KEYCHAIN_USER, identity)
        return in_keychain(bucket) == identity
    except (KeyringError, CloudRefused):
        return False
