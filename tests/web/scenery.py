"""Small photographs that nobody took: hills before a sky, each its own, in real JPEGs of which previews can be made."""

import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter

_SKIES = (
    ((38, 52, 92), (232, 150, 96)),
    ((98, 138, 178), (236, 226, 204)),
    ((20, 24, 44), (96, 84, 120)),
    ((150, 172, 186), (242, 214, 176)),
    ((60, 84, 110), (214, 196, 190)),
)


def photograph(number, size=(240, 160), least=0):
    """JPEG bytes. least: the file is made this long, by a comment that no viewer shows."""
    chance = random.Random(number)
    above, below = chance.choice(_SKIES)
    width, height = size
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for y in range(height):
        part = min(1.0, y / (height * 0.75))
        draw.line(
            [(0, y), (width, y)], fill=tuple(round(a + (b - a) * part) for a, b in zip(above, below, strict=True))
        )
    _sun(draw, chance, size)
    for layer in range(4):
        _hills(draw, chance, size, layer, below)
    data = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(height / 500)).save(data, "JPEG", quality=85)
    return _long(data.getvalue(), least, chance)


def _long(data, least, chance):
    while len(data) < least:
        comment = chance.randbytes(min(65_000, max(1, least - len(data) - 4)))
        data = data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:]
    return data


def _sun(draw, chance, size):
    x, y, radius = chance.uniform(0.15, 0.85) * size[0], chance.uniform(0.15, 0.5) * size[1], size[1] * 0.06
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(250, 236, 206))


def _hills(draw, chance, size, layer, tint):
    width, height = size
    base = height * (0.5 + 0.13 * layer)
    waves = [(chance.uniform(0.5, 3), chance.uniform(0, 7), chance.uniform(0.02, 0.08) * height) for _ in range(4)]
    crest = [
        (x, base + sum(high * math.sin(often * 6.28 * x / width + at) for often, at, high in waves))
        for x in range(0, width + 8, 8)
    ]
    dark = 0.62 - 0.17 * layer
    colour = tuple(round(part * dark) for part in (tint[0] * 0.8, tint[1] * 0.9, tint[2]))
    draw.polygon([(0, height), *crest, (width, height)], fill=colour)


def card_of(studio, count=20, least=0, first=1, card=None, size=(240, 160)):
    """Photographs on the card of a studio: IMG_0001.JPG and on."""
    before = studio.card
    studio.card = card or before
    for number in range(first, first + count):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", photograph(number, size, least))
    studio.card = before
