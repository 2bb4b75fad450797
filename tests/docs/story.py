"""The screens of `docs/guide.md`, made by the program itself; `python tests/docs/story.py --write` as root.

A card, an SSD and a NAS are small file systems on loop devices. What differs from run to run (times, ids, rates) is set
to fixed values, so that two runs give the same text.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide.md"
sys.path[:0] = [str(ROOT / "tests" / "disk"), str(ROOT / "tests"), str(ROOT / "sample_cards")]

from loops import LoopDisk, loop_disk  # noqa: E402 - a folder of tests
from terminals import PROGRAM, shown_by  # noqa: E402

from ingest.cli.wrapping import wrapped  # noqa: E402
from ingest.cloud.loopback import LoopbackB2  # noqa: E402

_CONFIG = """station = "studio-1"
[[destinations]]
name = "ssd"
kind = "ssd"
root = "{ssd}"
[[destinations]]
name = "nas"
kind = "nas"
root = "{nas}"
[cloud]
kind = "b2"
bucket = "my-archive"
prefix = "originals/"
realm = "{realm}"
"""
_CATALOG = """[[catalogs]]
kind = "lightroom"
path = "{catalogs}/Main.lrcat"
"""
_EVENING = 1_749_937_200  # 2025-06-14 21:40 UTC
_WIDE = 1000  # columns: a line is broken for 80 once it holds the names that the guide shows
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FIXED = (
    (r"\b\d\d:\d\d\b", "23:41"),
    (r"\b[0-9a-f]{8}…", "9c336bbd…"),
    (r"in 0:\d\d, [0-9.]+ [kM]B/s", "in 0:01, 1.2 MB/s"),
    (r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z", "2026-11-28T234112.204117Z"),
    (r"seed [0-9a-f]+", "seed bc9d01a6"),
    (r"\(checked, \d+ \w{3} \d{4}\)", "(checked, 28 Nov 2026)"),
    (r"due \d+ \w{3} \d{4}", "due 26 Feb 2027"),
    (r"studio-1-[0-9a-f]{8}-\d{8}T\d{6}\.\d{3}Z", "studio-1-3f09c2aa-20261128T234130.250Z"),
)  # pattern -> what stands in its place


class Story:
    """The desk of one photographer; `screens` are told in order."""

    def __init__(
        self, base: Path, card: LoopDisk, damaged: LoopDisk, ssd: LoopDisk, nas: LoopDisk, new: LoopDisk
    ) -> None:
        self.base, self.card, self.damaged, self.ssd, self.nas, self.new = base, card, damaged, ssd, nas, new
        self.home = base / "home"
        self.home.mkdir(mode=0o700)

    def set_up(self, server: LoopbackB2) -> None:
        """Settings, and a bucket on this computer."""
        self.keys = {"B2_APPLICATION_KEY_ID": server.key_id, "B2_APPLICATION_KEY": server.key}
        self.settings = _CONFIG.format(ssd=self.ssd.mnt, nas=self.nas.mnt, realm=server.url)
        (self.home / "config.toml").write_text(self.settings, encoding="utf-8")

    def tag(self) -> None:
        """The pictures were imported into the editor by now; its catalog is read this once."""
        catalog = _CATALOG.format(catalogs=self.base / "catalogs")
        (self.home / "config.toml").write_text(self.settings + catalog, encoding="utf-8")
        self.run("tag")
        (self.home / "config.toml").write_text(self.settings, encoding="utf-8")

    def run(self, *words: str, home: str = "home") -> str:
        """What a terminal shows of a command at its end, beside the bars."""
        environment = {
            **os.environ, "SAFELIGHT_HOME": str(self.base / home), "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "COLUMNS": str(_WIDE), "PYTHONPATH": str(ROOT),
            **self.keys,
        }  # fmt: skip
        shown = shown_by([*PROGRAM, *words], columns=_WIDE, env=environment, stderr=subprocess.DEVNULL)[1]
        return self._fixed(shown.replace("\r\n", "\n"))

    def _fixed(self, text: str) -> str:
        """Names as a photographer's computer has them, in lines as a terminal of 80 columns breaks them."""
        shown = {
            self.home: "~/.local/share/safelight",
            self.ssd.mnt: "/mnt/ssd/Photos",
            self.nas.mnt: "/mnt/nas/Photos",
        }
        shown |= {self.new.mnt: "/mnt/new/Photos", self.base / "laptop": "~/.local/share/safelight"}
        shown |= {self.card.mnt: "/media/ann/EOS_DIGITAL", self.damaged.mnt: "/media/ann/CANON"}
        for path, name in shown.items():
            text = text.replace(str(path), name)
        for pattern, fixed in _FIXED:
            text = re.sub(pattern, fixed, text)
        return "\n".join(wrapped(line.rstrip(), 80) for line in text.strip("\n").split("\n"))

    def pictures(self, first: int, count: int) -> None:
        """So many more photographs on the card, each of its own bytes."""
        folder = self.card.mnt / "DCIM" / "101CANON"
        model = max(folder.glob("*.JPG")).read_bytes()
        for number in range(first, first + count):
            picture = folder / f"IMG_{number:04}.JPG"
            picture.write_bytes(model + b"%d" % number)
            os.utime(picture, (_EVENING + number, _EVENING + number))

    def screens(self) -> Iterator[tuple[str, str]]:
        """(name of the screen in the guide, what it shows)."""
        card = str(self.card.mnt)
        yield "first card", self.run("ingest", card, "--shoot", "Meyer wedding", "--no-input")
        yield "third copy", self.run("cloud", "run")
        self.tag()
        yield "the shoot", self.run("status")
        self.pictures(7, 2)
        yield "two more", self.run("check", card)
        self.run("ingest", card, "--shoot", "Meyer wedding", "--no-input")
        self.pictures(9, 3)
        yield "second card", self.run("ingest", card, "--shoot", "Meyer party", "--no-input")
        self.nas.unmount()
        self.pictures(12, 1)
        yield "nas away", self.run("ingest", card, "--shoot", "Meyer brunch", "--no-input")
        self.nas.mount()
        yield "nas back", self.run("catch-up")
        yield "safe again", self.run("check", card)
        yield "drill", self.run("drill", "--seed", "bc9d01a6")
        yield "damaged card", self.run("ingest", str(self.damaged.mnt), "--shoot", "Portraits", "--no-input")
        self._rot()
        yield "rotten", self.run("verify", "--at", "ssd")
        yield "not safe any more", self.run("check", card)
        yield "healed", self.run("repair")
        (self.base / "laptop").mkdir(mode=0o700)
        yield "new laptop", self.run(
            "recover", "--from", str(self.nas.mnt), "--to", str(self.new.mnt), home="laptop"
        )  # fmt: skip

    def _rot(self) -> None:
        """One bit of a proven picture flips on the SSD."""
        picture = next(self.ssd.mnt.rglob("IMG_0007.JPG"))
        data = bytearray(picture.read_bytes())
        data[100] ^= 1
        picture.write_bytes(data)


def screens() -> dict[str, str]:
    """Every screen of the guide, told anew, as text."""
    return {name: _COLOUR.sub("", text) for name, text in in_colour().items()}


def in_colour() -> dict[str, str]:
    """As `screens`, with the colours of a terminal."""
    import make_sample_cards as samples

    with (
        tempfile.TemporaryDirectory(prefix="safelight-story-", dir="/var/tmp") as name,
        contextlib.ExitStack() as stack,
    ):
        base = Path(name)
        card = stack.enter_context(loop_disk(base / "disks", 64, label="EOS_DIGITAL"))
        damaged = stack.enter_context(loop_disk(base / "disks", 64, label="CANON"))
        ssd, nas, new = (stack.enter_context(loop_disk(base / "disks", size)) for size in (160, 160, 2000))
        samples.stage("canon", card.mnt)
        samples.stage("damaged", damaged.mnt)
        samples.stage("catalogs", base / "catalogs")
        (base / "catalogs" / "Sample.lrcat").rename(base / "catalogs" / "Main.lrcat")
        story = Story(base, card, damaged, ssd, nas, new)
        story.set_up(stack.enter_context(LoopbackB2(bucket="my-archive")))
        return dict(story.screens())


def with_screens(text: str, told: dict[str, str]) -> str:
    """The guide with each block behind `<!-- screen: NAME -->` made anew; the line of its command stays."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}{told[found[2]]}\n```\n"

    return re.sub(r"(<!-- screen: ([a-z ]+) -->\n```\n\$ [^\n]*\n).*?```\n", block, text, flags=re.DOTALL)


if __name__ == "__main__":
    guide = GUIDE.read_text(encoding="utf-8")
    new = with_screens(guide, screens())
    if "--write" in sys.argv:
        GUIDE.write_text(new, encoding="utf-8")
    elif guide != new:
        sys.exit("docs/guide.md shows other screens than the program: python tests/docs/story.py --write")
