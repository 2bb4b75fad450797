"""Pictures that can be told apart, and a studio whose ledger knows them."""

import contextlib
import io
import sqlite3
import sys
from pathlib import Path

from PIL import Image

from ingest.ledger.db import open_ledger
from ingest.ledger.tags import save_file_tags

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (30, 40, 190), "white": (240, 240, 240)}
SAMPLES = Path(__file__).parents[2] / "sample_cards"


def photograph(colour: str, size: tuple[int, int] = (640, 400), form: str = "JPEG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(data, form)
    return data.getvalue()


def colour_of(data: bytes | None) -> str:
    assert data is not None
    with Image.open(io.BytesIO(data)) as picture:
        pixel = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], pixel, strict=True)))


@contextlib.contextmanager
def ledger_of(studio):
    ledger = open_ledger(studio.home / "ledger.sqlite")
    try:
        yield ledger
    finally:
        ledger.close()


def asset_of(ledger: sqlite3.Connection, name: str) -> int:
    [(key,)] = ledger.execute("SELECT id FROM asset WHERE original_name = ?", (name.encode(),)).fetchall()
    return int(key)


def tag_two(ledger: sqlite3.Connection) -> None:
    """An editor's catalog knows the first photograph and the second."""
    first, second = (asset_of(ledger, f"IMG_000{number}.JPG") for number in (1, 2))
    save_file_tags(ledger, "Main", [(first, "name", 4, 1, "Green"), (second, "name", 2, -1, None)], settled=True)


def child(folder: Path, body: str) -> tuple[str, ...]:
    """The command of a child that does something else with each question; it may `say` lines."""
    script = folder / "child.py"
    script.write_text(
        "import base64, json, os, sys, time\n"
        "def say(**fields): print(json.dumps(fields), flush=True)\n"
        "say(ready=True)\n"
        "for line in sys.stdin:\n    asked = json.loads(line)\n" + "".join(f"    {row}\n" for row in body.splitlines())
    )
    return (sys.executable, str(script))
