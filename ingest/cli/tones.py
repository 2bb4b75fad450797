"""The characters of bars."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tones:
    """The characters of a bar: proven, copied, to do; and how a text is cut."""

    proven: str
    copied: str
    to_do: str
    left: str = ""
    right: str = ""


BLOCKS = Tones("█", "▒", "░")
ASCII = Tones("#", "+", ".", "[", "]")
