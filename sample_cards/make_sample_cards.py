#!/usr/bin/env python3
"""Makes the sample cards and catalogs in this folder; needs nothing but Python's standard library.

    python sample_cards/make_sample_cards.py                      make everything again, in place
    python sample_cards/make_sample_cards.py --check              do the committed files equal what this script makes?
    python sample_cards/make_sample_cards.py --stage sony DIR     copy one card to DIR, with times and empty folders

How each kind of file is made is told in the modules of `maker`, what it is for in `README.md`.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from maker.cards import CARDS, SampleCard, SampleFile

HERE = Path(__file__).resolve().parent
_DATABASES = {".lrcat", ".cosessiondb"}
_FILE_HEADER_AND_MODE = 20


def _lay_out(card: SampleCard, target: Path, content: Callable[[SampleFile], bytes]) -> None:
    """Make the card's folders and files below `target`, with the times the camera gave them."""
    folders = {*(target / folder for folder in card.empty_folders)}
    for file in card.files:
        path = target / file.path
        folders |= {path.parent, *path.parent.parents} - {target, *target.parents}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(file))
        os.utime(path, (file.mtime, file.mtime))
    latest = max(file.mtime for file in card.files)
    for folder_path in sorted(folders, reverse=True):
        folder_path.mkdir(parents=True, exist_ok=True)
        os.utime(folder_path, (latest, latest))


def build(target: Path) -> None:
    """Make every sample card in `target`, one folder each, byte for byte the same each time.

    Files that are there are replaced; anything else in `target` is left alone.
    """
    for name, make_card in CARDS.items():
        _lay_out(make_card(), target / name, lambda file: file.make())


def stage(card_name: str, target_dir: Path) -> None:
    """Copy one committed sample card into `target_dir`, with the times and empty folders that git cannot keep.

    card_name: `canon`, `sony`, `damaged`, or `catalogs` for the editors' documents. target_dir: is made where missing.

    Raises:
        KeyError: no card of this name.
        FileNotFoundError: the committed files are not complete; make them again with this script.
    """
    committed = HERE / card_name
    _lay_out(CARDS[card_name](), target_dir, lambda file: (committed / file.path).read_bytes())


def _meaning(path: str, content: bytes) -> object:
    """What must be equal: the bytes; of a database its header and rows, for libraries may lay pages their own way."""
    if Path(path).suffix not in _DATABASES:
        return content
    connection = sqlite3.connect(":memory:")
    try:
        # A database in memory cannot be in WAL mode, so the copy is told to be an ordinary one.
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
        return content[:_FILE_HEADER_AND_MODE], tuple(connection.iterdump())
    except sqlite3.DatabaseError:
        return content
    finally:
        connection.close()


def differences(folder: Path = HERE) -> list[str]:
    """Sentences about every file in `folder` that is missing, changed, or not made by this script; empty when equal."""
    found: list[str] = []
    for name, make_card in CARDS.items():
        root, card = folder / name, make_card()
        for file in card.files:
            path = root / file.path
            if not path.is_file():
                found.append(f"missing: {name}/{file.path}")
            elif _meaning(file.path, path.read_bytes()) != _meaning(file.path, file.make()):
                found.append(f"changed: {name}/{file.path}")
        present = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        found += [f"not made by the script: {name}/{path}" for path in sorted(present - {f.path for f in card.files})]
    return found


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the sample cards.")
    parser.add_argument("--check", action="store_true", help="compare instead of making; exit code 1 on a difference")
    parser.add_argument("--stage", nargs=2, metavar=("CARD", "DIR"), help="copy one card to DIR: " + ", ".join(CARDS))
    return parser


def main(words: list[str] | None = None) -> int:
    """The command line. Returns the exit code: 0 done or equal, 1 different, 2 wrong words (by argparse)."""
    parser = _arguments()
    options = parser.parse_args(words)
    if options.stage:
        card_name, directory = options.stage
        if card_name not in CARDS:
            parser.error(f"no sample card is called {card_name!r}; there are {', '.join(CARDS)}")
        stage(card_name, Path(directory))
        return 0
    if options.check:
        found = differences()
        sys.stdout.write("".join(f"{line}\n" for line in found) or "The sample cards are as the script makes them.\n")
        return 1 if found else 0
    build(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
