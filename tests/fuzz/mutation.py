"""Small damage and small malice to the bytes of a good file; the same seed gives the same bytes."""

import random
from collections.abc import Callable, Sequence

_LENGTHS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 2**63, 2**64 - 1)
_WORDS = (
    b"\0", b"\n", b"\x1b[2J", b"\xe2\x80\xae", b"\xff\xfe", b"../", b"/etc/passwd", b"&amp;", b"<!DOCTYPE x>", b"]]>",
    b'"', b"'", b"9" * 5000, b"-1", b"1e999", b"NaN", b"null", b"true", b"[" * 3000, b'{"a":' * 1500, b"<a>" * 1500,
    b"%s%n", b"$(id)", b"\\", b"\xed\xa0\x80", b"=", b"#",
)  # fmt: skip
Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def mutated(dice: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` with one to six changes. others: files of the same kind, for splices."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        dice.choice(_CHANGES)(dice, changed, others)
    return bytes(changed)


def _place(dice: random.Random, data: bytearray) -> int:
    return dice.randrange(len(data) + 1)


def _flip(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _byte(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _place(dice, data)
    data[at : at + 1] = bytes((dice.choice((0, 0xFF, 0x80, 0x20, dice.randrange(256))),))


def _length(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    width = dice.choice((1, 2, 4, 8))
    at = _place(dice, data)
    value = dice.choice(_LENGTHS) % (1 << 8 * width)
    data[at : at + width] = value.to_bytes(width, dice.choice(("big", "little")))


def _cut(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    del data[_place(dice, data) :]


def _drop(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _place(dice, data)
    del data[at : at + dice.randrange(1, 64)]


def _repeat(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _place(dice, data)
    data[at:at] = bytes(data[at : at + dice.randrange(1, 200)]) * dice.choice((1, 2, 20))


def _splice(dice: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = dice.choice(others)
    data[_place(dice, data) :] = other[dice.randrange(len(other) + 1) :]


def _word(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _place(dice, data)
    data[at : at + dice.choice((0, 1, 8))] = dice.choice(_WORDS)


_CHANGES: tuple[Change, ...] = (_flip, _byte, _length, _length, _cut, _drop, _repeat, _splice, _word)
