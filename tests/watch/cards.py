"""Cards of a studio that are folders beside each other."""

import random

from studio import EVENING, Studio


def card(studio, name, count=3, size=2000, seed=0):
    """A card in the studio's base: what is on it."""
    dice = random.Random(f"{name} {seed}")
    pictures = {f"{name}_{n:04}.JPG": dice.randbytes(size) for n in range(count)}
    other = Studio.__new__(Studio)
    other.card = studio.base / name
    for file, data in pictures.items():
        other.put(f"DCIM/100CANON/{file}", data, EVENING)
    return pictures
