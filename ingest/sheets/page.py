"""A contact sheet as one page that needs nothing else: pictures in it, no script, no address, no path of this computer.

It is written as it is made, so that 10,000 pictures take the memory of one.
"""

import base64
import html
from collections.abc import Iterator

from ingest.sheets.contents import Contents, Picture
from ingest.sheets.preview_wire import size_of
from ingest.sheets.previews import EDGES
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

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5c5c5c; --paper: #fff; --empty: #ececec; --line: #d0d0d0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ededed; --soft: #a8a8a8; --paper: #161616; --empty: #2a2a2a; --line: #444; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 110rem; background: var(--paper); color: var(--ink);
  font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
header p { margin: .2rem 0 1.2rem; color: var(--soft); }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.1rem .9rem;
  grid-template-columns: repeat(COLUMNS, minmax(0, 1fr)); }
li { break-inside: avoid; content-visibility: auto; contain-intrinsic-size: auto 15rem; }
figure { margin: 0; }
.frame { aspect-ratio: 1; display: flex; align-items: center; justify-content: center; background: var(--empty); }
.frame img { max-width: 100%; max-height: 100%; width: auto; height: auto; display: block; }
.none { color: var(--soft); text-align: center; padding: .5rem; }
.none b { display: block; font-size: 1.1rem; }
figcaption { font-size: .82rem; padding-top: .3rem; overflow-wrap: anywhere; }
figcaption > span { display: block; }
.soft { color: var(--soft); font-variant-numeric: tabular-nums; }
.mark { margin-right: .6em; white-space: nowrap; }
.dot { display: inline-block; width: .75em; height: .75em; border: 1px solid var(--soft); border-radius: 50%; }
@media screen and (max-width: 40rem) {
  body { padding: 1rem; }
  ol { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --empty: #f2f2f2; }
  @page { margin: 12mm; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  li { content-visibility: visible; }
  .frame, .dot { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


class Page:
    """The parts of a sheet's page, in order: `head`, a `cell` for each picture, `foot`.

    columns: on a wide screen and on paper; a phone gets two.
    """

    def __init__(self, contents: Contents, columns: int) -> None:
        self._contents = contents
        self._columns = columns
        self._with_day = spans_days(contents)

    def parts(self, pictures: Iterator[bytes | None]) -> Iterator[str]:
        """The whole page. pictures: the JPEG of each of the contents' pictures, None where there is none."""
        yield self.head()
        for picture, data in zip(self._contents.pictures, pictures, strict=True):
            yield self.cell(picture, data)
        yield self.foot()

    def head(self) -> str:
        """Up to the first picture."""
        title = html.escape(self._contents.name)
        about = html.escape(f"{days_of(self._contents)} · {count_of(self._contents)}")
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="generator" content="Safelight">\n'
            f"<title>{title} · contact sheet</title>\n"
            f"<style>{_STYLE.replace('COLUMNS', str(self._columns))}</style>\n</head>\n"
            f"<body>\n<header><h1>{title}</h1><p>{about}</p></header>\n<main><ol>\n"
        )

    def cell(self, picture: Picture, data: bytes | None) -> str:
        """One picture with what is said of it."""
        name, when = html.escape(picture.name), time_of(picture, with_day=self._with_day)
        moment = f'<time datetime="{picture.taken.isoformat()}">{when}</time> · ' if picture.taken else ""
        marks = "".join(f'<span class="mark">{mark}</span>' for mark in _marks(picture))
        return (
            f'<li><figure><div class="frame">{_frame(picture, data)}</div><figcaption><span>{name}</span>'
            f'<span class="soft">{moment}{html.escape(picture.kind)}</span>'
            f"{f'<span>{marks}</span>' if marks else ''}</figcaption></figure></li>\n"
        )

    def foot(self) -> str:
        """Behind the last picture."""
        return "</ol></main>\n</body>\n</html>\n"


def _frame(picture: Picture, data: bytes | None) -> str:
    size = size_of(data, EDGES[1]) if data else None
    if data is None or size is None:
        return f'<div class="none"><b>{html.escape(picture.kind)}</b>no preview</div>'
    source = base64.b64encode(data).decode("ascii")
    return (
        f'<img src="data:image/jpeg;base64,{source}" width="{size[0]}" height="{size[1]}" decoding="async"'
        f' alt="{html.escape(picture.name)}">'
    )


def _marks(picture: Picture) -> Iterator[str]:
    """Each a shape and a word."""
    if picture.rating:
        stars = "★" * picture.rating + "☆" * (MOST_STARS - picture.rating)
        yield f'<span aria-hidden="true">{stars}</span> {stars_word(picture.rating)}'
    if word := pick_word(picture.pick):
        yield f'<span aria-hidden="true">{"⚑" if picture.pick == 1 else "✕"}</span> {word}'
    if picture.label:
        colour = colour_of(picture.label)
        style = f' style="background:{colour}"' if colour else ""
        yield f'<span class="dot" aria-hidden="true"{style}></span> {html.escape(picture.label)}'
