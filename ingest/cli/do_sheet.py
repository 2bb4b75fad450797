"""Make the contact sheet of a shoot, with a bar, and say what stands on it."""

import contextlib
import os
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from importlib.util import find_spec

from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.do_release import one_shoot
from ingest.cli.home import Home
from ingest.edits.context import primary_of
from ingest.errors import DestinationMissing, Exit, UsageError
from ingest.ledger.places import known_marker
from ingest.ledger.shoots import ShootRow
from ingest.model.names import base_of, display, join, suffix_of
from ingest.session.hands import Hands
from ingest.sheets.contents import Contents, chosen, contents_of
from ingest.sheets.page import Page
from ingest.sheets.paper import write_pdf
from ingest.sheets.placing import new_file, put_beside
from ingest.sheets.previews import Previews
from ingest.sheets.words import count_of
from ingest.words import files, how_to_add, size

_NEEDED = {"html": ("PIL",), "pdf": ("PIL", "reportlab")}
_INSTALL = how_to_add("sheets")


@dataclass(frozen=True, slots=True)
class Wish:
    """As it was typed."""

    shoot: str
    to: str | None = None
    beside: bool = False
    form: str | None = None
    columns: int = 5
    edge: int = 320
    only_picks: bool = False
    stars: int = 0


@dataclass(slots=True)
class _Sheet:
    """One that is being made. without: pictures without a preview. away: those of which no copy is here."""

    shoot: ShootRow
    contents: Contents
    form: str
    columns: int
    edge: int
    without: int = 0
    away: int = 0
    bytes: int = 0


def run_sheet(home: Home, console: Console, wish: Wish) -> int:
    """Gives 0; a sheet on which every picture would be missing is not written.

    Raises:
        UsageError: no such shoot, nothing to show, a form that is none, a name that is taken, or a part of Safelight
            that is not installed.
        DestinationMissing: no destination with proven copies is here, or not the one where it is to lie.
    """
    shoot, form = one_shoot(home, wish.shoot), _form(wish)
    contents = chosen(contents_of(home.ledger, shoot), only_picks=wish.only_picks, stars=wish.stars)
    if not contents.pictures:
        raise UsageError(f"{shoot.name}: {_nothing(contents)}", hint=f"Look with: safelight status {shoot.id}")
    sheet = _Sheet(shoot, contents, form, wish.columns, wish.edge)
    bars = Bars(shown=console.shows_bars)
    try:
        if wish.beside:
            path = _put_beside(home, sheet, bars)
        else:
            path = _target(wish.to, shoot, form)
            _write(home, sheet, path, bars)
    finally:
        bars.close()
    return _end(console, sheet, path)


def _write(home: Home, sheet: _Sheet, path: bytes, bars: Bars) -> None:
    bars.begin({"Pictures": sum(picture.size for picture in sheet.contents.pictures)})
    with (
        new_file(path) as file,
        Previews(home.folder) as previews,
        contextlib.closing(_pictures(home, previews, sheet, bars)) as made,
    ):
        if sheet.form == "pdf":
            write_pdf(file, sheet.contents, made, sheet.columns)
        else:
            for part in Page(sheet.contents, sheet.columns).parts(made):
                file.write(part.encode())
        if sheet.away == len(sheet.contents.pictures):
            raise DestinationMissing(
                f"{sheet.shoot.name}: no destination that holds proven copies of it is here, so no picture can be made",
                hint="Plug one in or mount it, then run the same command",
            )
        sheet.bytes = file.tell()


def _pictures(home: Home, previews: Previews, sheet: _Sheet, bars: Bars) -> Generator[bytes | None, None, None]:
    done, pictures = 0, sheet.contents.pictures
    made = previews.make_all(home.ledger, (picture.asset_id for picture in pictures), sheet.edge)
    with contextlib.closing(made):
        for picture, each in zip(pictures, made, strict=True):
            sheet.without += each.data is None
            sheet.away += each.is_away
            yield each.data
            done += picture.size
            bars.show({"Pictures": done})


def _put_beside(home: Home, sheet: _Sheet, bars: Bars) -> bytes:
    """Made in the home, then copied by the destination's own child: a place that hangs must not hang us."""
    place = primary_of(home.settings.places())
    if place is None:
        raise UsageError("The settings name no destination", hint="Name a file with --to")
    name, folder = _name(sheet.shoot, sheet.form), sheet.shoot.folder
    where = (place.root, known_marker(home.ledger, place.name), folder, name)
    with Hands(home.settings.copying.patience) as hands, tempfile.TemporaryDirectory(dir=home.folder) as aside:
        hands.ask(place.name, put_beside, *where, b"")
        path = join(os.fsencode(aside), name)
        _write(home, sheet, path, bars)
        hands.ask(place.name, put_beside, *where, path)
    return join(place.root, join(folder, name))


def _form(wish: Wish) -> str:
    ending = suffix_of(os.fsencode(wish.to or "")).decode("ascii", "replace")
    form = (wish.form or (ending if ending in _NEEDED else "html")).lower()
    if form not in _NEEDED:
        raise UsageError(f"--as: there is no {form!r}", hint="Say --as html or --as pdf")
    if wish.beside and wish.to:
        raise UsageError("--beside and --to name two places", hint="Say one of them")
    for module in _NEEDED[form]:
        if find_spec(module) is None:
            name = {"PIL": "Pillow"}.get(module, module)
            raise UsageError(f"Contact sheets need the library {name}, which is not installed", hint=_INSTALL)
    return form


def _name(shoot: ShootRow, form: str) -> bytes:
    return base_of(shoot.folder) + b" contact sheet." + form.encode()


def _target(to: str | None, shoot: ShootRow, form: str) -> bytes:
    """The file that was asked for, or one by the shoot's name in that folder."""
    path = os.path.abspath(os.fsencode(to or "."))
    return join(path, _name(shoot, form)) if os.path.isdir(path) else path


def _nothing(contents: Contents) -> str:
    if contents.left_out:
        return f"none of its {files(contents.left_out, 'picture')} is picked or rated so"
    return "it has no picture"


def _end(console: Console, sheet: _Sheet, path: bytes) -> int:
    count = len(sheet.contents.pictures)
    console.line(
        {
            "schema": 1, "type": "summary", "shoot": sheet.shoot.name, "file": display(path), "as": sheet.form,
            "pictures": count, "left_out": sheet.contents.left_out, "without_preview": sheet.without,
            "away": sheet.away, "bytes": sheet.bytes,
        }
    )  # fmt: skip
    console.say(f"{sheet.shoot.name}: {count_of(sheet.contents)} on {display(path)}, {size(sheet.bytes)}")
    if sheet.without > sheet.away:
        console.say(f"    {sheet.without - sheet.away:,} of them without a preview: only name and time stand there")
    if sheet.away:
        why = "no destination that is here holds a proven copy"
        console.say(f"    {shape('warn')} {files(sheet.away, 'picture')} could not be made: {why}")
    return int(Exit.OK)
