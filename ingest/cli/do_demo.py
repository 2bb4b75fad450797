"""The demo: real stages on small real files; only the bucket is a loopback one, and both copies share one disk."""

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from ingest.cli.console import Console, paint
from ingest.cli.do_check import run_check
from ingest.cli.do_cloud import run_cloud
from ingest.cli.do_ingest import run_ingest
from ingest.cli.do_restore import Words, run_restore
from ingest.cli.do_status import run_status
from ingest.cli.home import Home, opened
from ingest.cloud.loopback import LoopbackB2
from ingest.disk.fs_rules import rules_for
from ingest.disk.volumes import volume_of
from ingest.errors import Exit, UsageError
from ingest.session.context import Request

SHOOT = "Meyer wedding"
_BUCKET = "demo-archive"


def run_demo(card: str, *, keep: bool) -> int:
    """Run it; gives 0 when every step answered as it should."""
    samples = _samples()
    folder = _folder()
    console = Console()
    os.environ["SAFELIGHT_HOME"] = str(folder / "home")
    try:
        samples.stage(card, folder / "EOS_DIGITAL")
        samples.stage("catalogs", folder / "catalogs")
        with LoopbackB2(bucket=_BUCKET) as server:
            os.environ["B2_APPLICATION_KEY_ID"], os.environ["B2_APPLICATION_KEY"] = server.key_id, server.key
            _settings(folder, server.url)
            return _moments(console, folder)
    finally:
        if keep:
            console.say(f"\nThe demo's folder was kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _moments(console: Console, folder: Path) -> int:
    card = os.fsencode(folder / "EOS_DIGITAL")
    with opened() as home:
        _title(console, "1  A card after a shoot", "safelight ingest")
        code = run_ingest(home, console, Request(card, SHOOT), ask=False)
        if code != Exit.OK:
            return code
        console.say("\n  Told honestly: in this demo both destinations lie on ONE disk. Its settings allow that")
        console.say("  ([gate] devices = 1); with the default, 2, Safelight refuses them as two copies.")
        _title(console, "2  One more photograph was taken: may the card be formatted now?", "safelight check")
        code = _one_more_photograph(home, console, folder / "EOS_DIGITAL" / "DCIM")
        _title(console, "3  The third copy, off-site", "safelight cloud run")
        code = code or run_cloud(home, console, wait=False)
        _title(console, "4  Where is this shoot?", "safelight status")
        code = code or run_status(home, console, None)
        _title(console, "5  And back, from the cloud alone", "safelight restore --from b2")
        (folder / "restored").mkdir()
        return code or run_restore(home, console, Words((SHOOT,), str(folder / "restored"), "b2"))


def _one_more_photograph(home: Home, console: Console, dcim: Path) -> int:
    """The answer must be NOT YET; 0 when it is."""
    first = next(dcim.rglob("*.JPG"))
    new = first.with_name("IMG_8888.JPG")
    new.write_bytes(first.read_bytes())
    code = run_check(home, console, os.fsencode(dcim.parent))
    new.unlink()
    return int(Exit.OK) if code == Exit.NOT_YET else int(Exit.UNEXPECTED)


def _title(console: Console, text: str, command: str) -> None:
    console.say(f"\n{paint(text, 'bold')}   $ {command}\n")


def _settings(folder: Path, realm: str) -> None:
    for name in ("ssd", "nas", "home"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "home" / "config.toml").write_text(
        f'''station = "demo"
[[destinations]]
name = "ssd"
kind = "ssd"
root = "{folder}/ssd"
[[destinations]]
name = "nas"
kind = "nas"
root = "{folder}/nas"
[gate]
devices = 1
[[catalogs]]
kind = "lightroom"
path = "{folder}/catalogs/Sample.lrcat"
[cloud]
kind = "b2"
bucket = "{_BUCKET}"
prefix = "originals/"
realm = "{realm}"
''',
        encoding="utf-8",
    )


def _folder() -> Path:
    """A temporary folder on a file system that can be read around its cache; a memory disk cannot."""
    folder = Path(tempfile.mkdtemp(prefix="safelight-demo-"))
    if rules_for(volume_of(os.fsencode(folder))).proof_ceiling is not None:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix=".safelight-demo-", dir=Path.cwd()))


def _samples() -> ModuleType:
    """The sample cards stand beside the packages in a checkout; an installed Safelight has none."""
    script = Path(__file__).resolve().parents[2] / "sample_cards" / "make_sample_cards.py"
    spec = importlib.util.spec_from_file_location("make_sample_cards", script)
    if spec is None or spec.loader is None or not script.exists():
        raise UsageError("The sample cards are not here", hint="Run the demo in a checkout of Safelight: make demo")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(script.parent))
    spec.loader.exec_module(module)
    return module
