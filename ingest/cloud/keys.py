"""The application key: from the environment, else from the system's keychain. Never from a file, never in a log."""

import base64
import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from ingest.errors import CloudRefused

KEY_ID_VARIABLE = "B2_APPLICATION_KEY_ID"
KEY_VARIABLE = "B2_APPLICATION_KEY"
VARIABLES = {"b2": (KEY_ID_VARIABLE, KEY_VARIABLE), "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
KEYCHAIN_USER = "application-key"
_PRIVATE = re.compile("AGE-SECRET-KEY-[0-9A-Z-]+", re.IGNORECASE)  # of `identities`; its form tells what it is
_SHORTEST = 6  # characters; what is shorter is no key, and taking it out would take words apart


@dataclass(frozen=True, slots=True)
class ApplicationKey:
    """A B2 application key, or an S3 access key. secret never appears in its repr."""

    key_id: str
    secret: str = field(repr=False)


class NoKey(CloudRefused):
    """There is none yet, neither in the environment nor in the keychain."""


_used: set[ApplicationKey] = set()  # by this process, from wherever
_OTHERS = ("SAFELIGHT_STATION_KEY", "SAFELIGHT_NOTICE_URLS")  # the environment's other secrets, separated by spaces


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """`text` with every form of the keys known here taken out: the last net under what a library put into an error."""
    set_here = (ApplicationKey(environment.get(id_, ""), environment.get(key, "")) for id_, key in VARIABLES.values())
    others = (ApplicationKey("", word) for name in _OTHERS for word in environment.get(name, "").split())
    for key in (*set_here, *others, *_used):
        for form in _forms(key.key_id, key.secret):
            text = text.replace(form, "[key]")
    return _PRIVATE.sub("[key]", text)


@functools.cache
def _forms(key_id: str, secret: str) -> tuple[str, ...]:
    """A secret as it is, as in an address, and as HTTP's Basic sends it with its id; the longest first."""
    if len(secret) < _SHORTEST:
        return ()
    packed = (base64.b64encode(text.encode()).decode().rstrip("=") for text in (f"{key_id}:{secret}", secret))
    return tuple(sorted({secret, quote(secret), quote(secret, safe=""), *packed}, key=len, reverse=True))


def keychain_service(bucket: str, kind: str = "b2") -> str:
    """The keychain entry's service name; its password is `<keyID>:<applicationKey>`."""
    return f"safelight-{kind}:{bucket}"


def find_key(bucket: str, environment: Mapping[str, str] = os.environ, *, kind: str = "b2") -> ApplicationKey:
    """The key for a bucket. kind: of the service, "b2" or "s3"; each has variables of its own.

    Raises:
        NoKey: there is none; the hint says where to put it.
        CloudRefused: half of one, or a keychain that cannot be read.
    """
    id_variable, variable = VARIABLES[kind]
    key_id, secret = environment.get(id_variable, ""), environment.get(variable, "")
    if key_id and secret:
        return _noted(ApplicationKey(key_id, secret))
    if key_id or secret:
        missing = variable if key_id else id_variable
        raise CloudRefused(f"{missing} is not set, its other half is", hint=f"Set {missing} too, or unset both")
    found = _from_keychain(keychain_service(bucket, kind))
    if found is None:
        raise NoKey(f"There is no key for the bucket {bucket}", hint=_hint(bucket, kind))
    return _noted(found)


def is_in_environment(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `find_key` takes the key from there."""
    return bool(environment.get(KEY_ID_VARIABLE) and environment.get(KEY_VARIABLE))


def hide(secret: str) -> None:
    """From now on no output of this process holds it."""
    _noted(ApplicationKey("", secret))


def typed_key(key_id: str, secret: str) -> ApplicationKey:
    """A key as a person typed or pasted it; from now on no output holds its secret.

    Raises:
        CloudRefused: one half is no half of a key. What was typed is not repeated.
    """
    key = _noted(ApplicationKey(key_id.strip(), secret.strip()))
    for what, half in (("ID", key.key_id), ("secret", key.secret)):
        if len(half) < _SHORTEST or not half.isascii() or not half.isprintable() or " " in half:
            raise CloudRefused(f"What was typed as the key's {what} is none", hint="Copy both halves from Backblaze")
    return key


def _noted(key: ApplicationKey) -> ApplicationKey:
    _used.add(key)
    return key


def _hint(bucket: str, kind: str) -> str:
    both = "<keyID>:<applicationKey>" if kind == "b2" else "<access key id>:<secret access key>"
    return (
        f"Set {' and '.join(VARIABLES[kind])}, or put {both} into the system keychain: "
        f'keyring set "{keychain_service(bucket, kind)}" {KEYCHAIN_USER}'
        + ", or on a terminal: safelight cloud setup --save-key"
        * (kind == "b2")
    )


def _from_keychain(service: str) -> ApplicationKey | None:
    import keyring  # a slow import, needed only where the environment holds no key
    from keyring.errors import KeyringError, NoKeyringError

    try:
        stored = keyring.get_password(service, KEYCHAIN_USER)
    except NoKeyringError:  # a machine without a desktop: only the environment can hold the key
        return None
    except KeyringError as error:
        raise CloudRefused(f"The system keychain cannot be read: {error}", hint="Unlock it and try again") from error
    if not stored:
        return None
    key_id, colon, secret = stored.partition(":")
    if not (key_id and colon and secret):
        raise CloudRefused(
            f"The keychain entry {service!r} does not hold a key", hint="It must be <keyID>:<applicationKey>"
        )
    return ApplicationKey(key_id.strip(), secret.strip())


def keep_in_keychain(bucket: str, key: ApplicationKey) -> None:
    """Put the key where `find_key` looks for it, and read it back.

    Raises:
        CloudRefused: this computer's keychain is none, or keeps its entries in plain text; nothing was written then.
    """
    import keyring
    from keyring.errors import KeyringError

    weakness, service = keychain_weakness(), keychain_service(bucket)
    hint = f"Set {KEY_ID_VARIABLE} and {KEY_VARIABLE} in the environment instead"
    if weakness:
        raise CloudRefused(f"The key was not kept: {weakness}", hint=hint)
    try:
        keyring.set_password(service, KEYCHAIN_USER, f"{key.key_id}:{key.secret}")
        came_back = _from_keychain(service)
    except KeyringError as error:
        raise CloudRefused(f"The key was not kept, the system keychain refused it: {error}", hint=hint) from error
    if came_back != key:
        raise CloudRefused("The system keychain gave another key back than was put into it", hint=hint)


def keychain_weakness(bucket: str = "", kind: str = "b2") -> str:
    """What is wrong with this computer's keychain, "" when nothing is.

    bucket: only where its key lies there; one that comes from the environment makes the keychain nobody's business.
    """
    if bucket and os.environ.get(VARIABLES[kind][1]):
        return ""
    import keyring

    for backend in getattr(keyring.get_keyring(), "backends", ()) or [keyring.get_keyring()]:
        kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
        if "plaintext" in kind.lower():
            return f"the keychain of this computer keeps its entries in plain text ({kind})"
        if not kind.startswith(("keyring.backends.fail.", "keyring.backends.null.")):
            return ""
    return "this computer has no keychain"
