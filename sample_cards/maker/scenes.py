"""The drawn evening behind every picture: sky, hills, a lit hall, two people. Integers only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Colour = tuple[int, int, int]
SPAN = 1000
"""A scene is `SPAN` wide and high, whatever the picture's size."""

_SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((18, 22, 58), (196, 110, 70)),
    ((10, 14, 40), (120, 84, 110)),
    ((26, 34, 74), (222, 150, 88)),
    ((6, 8, 26), (58, 62, 104)),
)
_HILLS: tuple[Colour, Colour] = (34, 44, 52), (20, 28, 30)
_LIGHT, _MOON, _DRESS, _SUIT, _WALL = (250, 206, 120), (236, 232, 214), (232, 226, 220), (12, 12, 16), (52, 40, 40)
_MOON_RADIUS = 70


def _mix(first: Colour, second: Colour, part: int) -> Colour:
    """`first` at part 0, `second` at part `SPAN`."""
    red, green, blue = (a + (b - a) * part // SPAN for a, b in zip(first, second, strict=True))
    return red, green, blue


def _wave(x: int, period: int, height: int) -> int:
    """A triangle wave between 0 and `height`."""
    inside = x % period
    return height * min(inside, period - inside) * 2 // period


@dataclass(frozen=True, slots=True)
class Scene:
    """One view of the evening. seed: chooses sky, hills, windows. step: moves the couple, for the frames of a clip."""

    seed: int
    step: int = 0


class _Painter:
    """A scene with all that chance decides already decided."""

    def __init__(self, scene: Scene) -> None:
        chance = random.Random(scene.seed)
        self._top, self._horizon = _SKIES[scene.seed % len(_SKIES)]
        self._moon = chance.randrange(120, 900), chance.randrange(80, 260)
        self._shift = chance.randrange(SPAN)
        couple = 300 + (scene.seed * 37 + scene.step * 22) % 400
        self._shapes = tuple(_shapes(couple, chance.randrange(180, 700)))

    def colour(self, x: int, y: int) -> Colour:
        """Red, green, blue (0-255) at (x, y), both from 0 to `SPAN`."""
        for colour, left, upper, right, lower in self._shapes:
            if left <= x < right and upper <= y < lower:
                return colour
        for nearness, hill in enumerate(_HILLS):
            if y > 560 + 150 * nearness - _wave(x + self._shift, 620 - 200 * nearness, 110 - 20 * nearness):
                return _mix(hill, _SUIT, min(SPAN, max(0, y - 600)))
        across, down = (x - self._moon[0]) * 8 // 5, y - self._moon[1]  # pictures are 8:5, the moon is round
        if across**2 + down**2 < _MOON_RADIUS**2:
            return _MOON
        return _mix(self._top, self._horizon, min(SPAN, y * SPAN // 640))


def _shapes(couple: int, hall: int) -> Iterator[tuple[Colour, int, int, int, int]]:
    """Coloured boxes (left, upper, right, lower), front to back: the couple, the windows, the hall."""
    yield _SUIT, couple, 640, couple + 34, 940
    yield _DRESS, couple + 44, 680, couple + 78, 800
    yield _DRESS, couple + 30, 800, couple + 96, 950
    for window in range(4):
        yield _LIGHT, hall + 30 + 60 * window, 590, hall + 60 + 60 * window, 650
    yield _WALL, hall, 540, hall + 270, 720


@lru_cache(maxsize=4)
def grid(scene: Scene, columns: int, rows: int) -> tuple[tuple[Colour, ...], ...]:
    """The scene as `rows` rows of `columns` colours, each taken at the middle of its tile."""
    painter = _Painter(scene)
    return tuple(
        tuple(
            painter.colour((2 * column + 1) * SPAN // (2 * columns), (2 * row + 1) * SPAN // (2 * rows))
            for column in range(columns)
        )
        for row in range(rows)
    )
