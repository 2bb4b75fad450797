"""A library made by darktable itself: `darktable-cli` imports a folder of pictures with the sidecars beside them.

`python darktable_program.py FOLDER` makes the pictures in FOLDER and writes `library.sql` and `data.sql` anew, as they
stand in `darktable_library`.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
DUMPS = HERE / "darktable_library"
CARD = HERE.parents[1] / "sample_cards" / "canon" / "DCIM"
PICTURES = (
    "101CANON/IMG_0001.JPG",
    "101CANON/IMG_0002.JPG",
    "101CANON/IMG_0004.DNG",
    "101CANON/IMG_0004.JPG",
    "101CANON/IMG_0006.JPG",
    "100CANON/IMG_9996.JPG",
    "100CANON/IMG_9996.WAV",
)
PROGRAM = shutil.which("darktable-cli")
# Filled by darktable for itself, and of no use to a reader.
_NOT_KEPT = (
    "presets",
    "styles",
    "style_items",
    "legacy_presets",
    "history",
    "history_hash",
    "module_order",
    "locations",
)

_SIDECAR = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmp:Rating="{rating}" darktable:xmp_version="5" darktable:raw_params="0" darktable:auto_presets_applied="0"
    darktable:history_end="0"{more}>
   <darktable:colorlabels><rdf:Seq>{colors}</rdf:Seq></darktable:colorlabels>
   <lr:hierarchicalSubject><rdf:Bag>{tags}</rdf:Bag></lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def sidecar(path: Path, rating: int, colors: Iterable[int] = (), tags: Iterable[str] = (), more: str = "") -> None:
    colors_text = "".join(f"<rdf:li>{color}</rdf:li>" for color in colors)
    tags_text = "".join(f"<rdf:li>{tag}</rdf:li>" for tag in tags)
    path.write_text(_SIDECAR.format(rating=rating, colors=colors_text, tags=tags_text, more=more), encoding="utf-8")


def pictures(folder: Path) -> None:
    """Seven files of the sample card, one without EXIF, and what their photographer said of them."""
    folder.mkdir(parents=True)
    for name in PICTURES:
        shutil.copy(CARD / name, folder)
    whole = (folder / "IMG_0006.JPG").read_bytes()
    length = int.from_bytes(whole[4:6], "big")
    assert whole[2:4] == b"\xff\xe1"
    (folder / "plain.jpg").write_bytes(whole[:2] + whole[4 + length :])
    os.utime(folder / "plain.jpg", (1_750_000_000, 1_750_000_000))
    sidecar(folder / "IMG_0001.JPG.xmp", 5, (0, 4), ("people|bride|Anna", "église"))
    sidecar(folder / "IMG_0001_01.JPG.xmp", 2, (2,), ("people|bride",), ' darktable:version_name="b/w"')
    sidecar(folder / "IMG_0002.JPG.xmp", -1)
    sidecar(folder / "IMG_0004.DNG.xmp", 3, (3,))
    sidecar(folder / "IMG_0006.JPG.xmp", 0, (1,), ("église",))


def imported(folder: Path, home: Path) -> Path:
    """Let darktable import `folder` into a new library in `home`, and give the library's path."""
    assert PROGRAM
    with tempfile.TemporaryDirectory() as scratch:
        arguments = [PROGRAM, str(folder), f"{scratch}/out", "--width", "8", "--out-ext", "jpg", "--core"]
        arguments += ["--configdir", str(home), "--cachedir", f"{scratch}/cache", "--library", f"{home}/library.db"]
        arguments += ["--disable-opencl", "--conf", "write_sidecar_files=never"]
        os.mkdir(f"{scratch}/out")
        # Of another zone than UTC, to see which times are wall clocks and which are instants.
        elsewhere = {**os.environ, "TZ": "America/New_York", "HOME": scratch}
        subprocess.run(arguments, check=True, capture_output=True, timeout=300, env=elsewhere)
    return home / "library.db"


def _dumped(database: Path) -> str:
    connection = sqlite3.connect(database)
    for table in _NOT_KEPT:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            connection.execute(f"DELETE FROM {table}")
    lines = "\n".join(connection.iterdump())
    connection.close()
    return lines + "\n"


def main(folder: Path) -> None:
    pictures(folder)
    with tempfile.TemporaryDirectory() as home:
        imported(folder, Path(home))
        for name in ("library", "data"):
            (DUMPS / f"{name}.sql").write_text(_dumped(Path(home) / f"{name}.db"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
