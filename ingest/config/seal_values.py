"""Checks of what the settings say about encryption, and of lines that a secret could be pasted into.

No value is repeated in a message: people paste private keys into the wrong line.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

V = TypeVar("V")
_RECIPIENT = re.compile("age1[02-9ac-hj-np-z]{58}")
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"  # of Bech32 (BIP 173), by their values
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def yes_or_no(value: Any) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")  # noqa: TRY004 - ValueErrors alone are collected
    return value


def no_address(check: Callable[[Any], V]) -> Callable[[Any], V]:
    """A check behind which no address of notices comes: its password would be repeated with the mistake."""

    def checked(value: Any) -> V:
        if isinstance(value, str) and "://" in value:
            raise ValueError("is an address, whose password must never stand here: type it into safelight notices urls")
        return check(value)

    return checked


def recipient(value: Any) -> str:
    """A public key of age, whose own checksum must hold: what is encrypted for a misspelt one nobody ever opens."""
    text = value.strip() if isinstance(value, str) else ""
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise ValueError(
            "is a private key, which must never stand here: whoever read this file can open the bucket. Make a new one"
        )
    if not _RECIPIENT.fullmatch(text) or not _is_whole(text):
        raise ValueError('must be a public key of age, "age1..." and 58 more letters; one of these is wrong or missing')
    return text


def _is_whole(text: str) -> bool:
    """Whether the last six letters are the checksum of the others, by BIP 173."""
    human = "age"
    values = [ord(letter) >> 5 for letter in human] + [0] + [ord(letter) & 31 for letter in human]
    values += [_LETTERS.index(letter) for letter in text[len(human) + 1 :]]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate(_GENERATOR):
            check ^= part if top >> bit & 1 else 0
    return check == 1
