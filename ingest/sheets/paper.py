"""A contact sheet as a PDF: A4, each page with the shoot's name and its number of all pages."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ingest.sheets.contents import Contents, Picture
from ingest.sheets.words import (
    MOST_STARS,
    colour_of,
    count_of,
    days_of,
    pick_word,
    spans_days,
    stars_word,
    time_of,
)

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_WIDTH, _HEIGHT = 595.28, 841.89  # points, A4
_MARGIN, _HEADER, _GAP = 36.0, 40.0, 10.0
_LINE, _TEXT, _SMALL = 9.0, 7.5, 6.5
_LINES = 3  # under each picture, and one more where labels are
_EMPTY, _SOFT = 0.93, 0.35  # shades of grey
_FONTS = (  # the first that is here; each knows more of the world's letters than the next
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
_FONT = "sheet"


def write_pdf(file: BinaryIO, contents: Contents, pictures: Iterator[bytes | None], columns: int) -> int:
    """Writes the whole PDF; gives the number of its pages.

    Args:
        file: receives it when it is whole; until then it is in memory.
        contents: what is shown.
        pictures: the JPEG of each of its pictures, None where there is none.
        columns: pictures beside each other.
    """
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0  # a fifth smaller
    canvas = Canvas(file, pagesize=(_WIDTH, _HEIGHT), pageCompression=1)
    canvas.setTitle(f"{contents.name} · contact sheet")
    canvas.setCreator("Safelight")
    _Paper(canvas, contents, columns).draw(pictures)
    canvas.save()
    return int(canvas.getPageNumber()) - 1


class _Paper:
    def __init__(self, canvas: "Canvas", contents: Contents, columns: int) -> None:
        self._canvas, self._contents, self._columns = canvas, contents, columns
        self._letters = _letters()
        self._with_day = spans_days(contents)
        self._side = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
        lines = _LINES + any(picture.label for picture in contents.pictures)
        self._step = self._side + lines * _LINE + _GAP
        rows = max(1, int((_HEIGHT - 2 * _MARGIN - _HEADER + _GAP) // self._step))
        self._on_page = rows * columns
        self._pages = max(1, -(-len(contents.pictures) // self._on_page))

    def draw(self, pictures: Iterator[bytes | None]) -> None:
        """Every page."""
        self._head(1)
        for number, (picture, data) in enumerate(zip(self._contents.pictures, pictures, strict=True)):
            page, place = divmod(number, self._on_page)
            if page and not place:
                self._canvas.showPage()
                self._head(page + 1)
            row, column = divmod(place, self._columns)
            left = _MARGIN + column * (self._side + _GAP)
            top = _HEIGHT - _MARGIN - _HEADER - row * self._step
            self._cell(picture, data, left, top)
        self._canvas.showPage()

    def _head(self, page: int) -> None:
        top = _HEIGHT - _MARGIN
        said = f"page {page} of {self._pages}"
        self._canvas.setFillGray(0)
        room = _WIDTH - 2 * _MARGIN
        self._say(self._contents.name, _MARGIN, top - 10, 13, room - 80)
        self._canvas.setFillGray(_SOFT)
        self._say(f"{days_of(self._contents)} · {count_of(self._contents)}", _MARGIN, top - 24, 9, room)
        self._canvas.setFont(_FONT, 9)
        self._canvas.drawRightString(_WIDTH - _MARGIN, top - 10, said)

    def _cell(self, picture: Picture, data: bytes | None, left: float, top: float) -> None:
        canvas, side = self._canvas, self._side
        canvas.setFillGray(_EMPTY)
        canvas.rect(left, top - side, side, side, stroke=0, fill=1)
        if data:
            self._image(data, left, top)
        else:
            canvas.setFillGray(_SOFT)
            canvas.setFont(_FONT, 10)
            canvas.drawCentredString(left + side / 2, top - side / 2, self._known(picture.kind))
            canvas.setFont(_FONT, _SMALL)
            canvas.drawCentredString(left + side / 2, top - side / 2 - 10, "no preview")
        canvas.setFillGray(0)
        self._say(picture.name, left, top - side - _LINE, _TEXT, side)
        canvas.setFillGray(_SOFT)
        self._say(self._when_and_kind(picture), left, top - side - 2 * _LINE, _SMALL, side)
        self._marks(picture, left, top - side - 3 * _LINE)

    def _when_and_kind(self, picture: Picture) -> str:
        """As much of it as there is room for: rather no seconds than half of them."""
        when, minute = (time_of(picture, with_day=self._with_day, seconds=each) for each in (True, False))
        texts = [" · ".join(filter(None, (each, picture.kind))) for each in (when, minute)] + [when, minute]
        fits = (each for each in texts if self._canvas.stringWidth(self._known(each), _FONT, _SMALL) <= self._side)
        return next(fits, texts[-1])

    def _image(self, data: bytes, left: float, top: float) -> None:
        from reportlab.lib.utils import ImageReader

        reader = ImageReader(io.BytesIO(data))
        wide, high = reader.getSize()
        scale = self._side / max(wide, high)
        across, down = wide * scale, high * scale
        self._canvas.drawImage(reader, left + (self._side - across) / 2, top - (self._side + down) / 2, across, down)

    def _marks(self, picture: Picture, left: float, base: float) -> None:
        """A shape, and the word for it; shapes are of a font that every reader of PDFs has."""
        canvas, at, end = self._canvas, left, left + self._side
        canvas.setFillGray(0)
        if picture.rating:
            at = self._shape("★" * picture.rating, at, base)
            at = self._shape("✩" * (MOST_STARS - picture.rating), at, base) + 2
            at = self._say(stars_word(picture.rating), at, base, _SMALL, end - at) + 5
        if word := pick_word(picture.pick):
            at = self._shape("✔" if picture.pick == 1 else "✘", at, base) + 2
            self._say(word, at, base, _SMALL, end - at)
        if picture.label:
            canvas.setStrokeGray(_SOFT)
            canvas.setFillColor(colour_of(picture.label) or "#ffffff")
            canvas.circle(left + 2.5, base - _LINE + 2.2, 2.5, stroke=1, fill=1)
            canvas.setFillGray(0)
            self._say(picture.label, left + 8, base - _LINE, _SMALL, self._side - 8)

    def _shape(self, text: str, at: float, base: float) -> float:
        self._canvas.setFont("ZapfDingbats", _SMALL)
        self._canvas.drawString(at, base, text)
        return at + float(self._canvas.stringWidth(text, "ZapfDingbats", _SMALL))

    def _say(self, text: str, at: float, base: float, size: float, room: float) -> float:
        """Where it ends; a text that is too long loses its middle, since names differ at their ends."""
        text = self._known(text)
        while len(text) > 3 and self._canvas.stringWidth(text, _FONT, size) > room:
            half = (len(text) - 2) // 2
            text = text[:half] + "…" + text[-half:]
        self._canvas.setFont(_FONT, size)
        self._canvas.drawString(at, base, text)
        return at + float(self._canvas.stringWidth(text, _FONT, size))

    def _known(self, text: str) -> str:
        """What the font has no letter for is shown as a question mark."""
        return "".join(each if ord(each) in self._letters else "?" for each in text)


def _letters() -> frozenset[int]:
    """Registers the font; gives the characters that it has."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for path in (*_FONTS, "Vera.ttf"):
        if path == "Vera.ttf" or Path(path).is_file():
            try:
                font = TTFont(_FONT, path)
            except TTFError:
                continue
            pdfmetrics.registerFont(font)
            return frozenset(font.face.charToGlyph)
    raise RuntimeError("reportlab came without its own font")
