"""A watcher as a process of its own, and what it said. Of what is mounted it sees the test's own alone."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ingest.stream import store

# argv: the script's own words first. folders: a file that names folders, each of them a card on a disk of its own.
_SHIM = """
import os, sys
from dataclasses import replace
import ingest.cli.do_watch as verb
import ingest.watch.loop as loop
import ingest.watch.mounts as mounts
from ingest.disk.volumes import list_volumes, volume_of
base, folders = os.fsencode(sys.argv.pop(1)), sys.argv.pop(1)
def volumes(before):
    if not folders:
        return [each for each in list_volumes(before=before) if each.mount.startswith(base)]
    found = []
    for name in open(folders).read().split():
        path, disk = base + b"/" + name.encode(), int.from_bytes(name.encode())
        found.append(replace(volume_of(path), mount=path, label=name, st_dev=disk, devices=frozenset({name})))
    return found
verb.list_volumes = volumes
if folders:
    mounts._SIGHTED, loop._IDLE, loop._SLOW = 0.1, 0.1, 0.5
from ingest.cli.main import run
run()
"""


class Watch:
    """The watcher of a studio. folders: cards that are folders of the studio's base; None for what is mounted there."""

    def __init__(self, studio, *words, folders=None, **options):
        self.studio, self.out = studio, studio.base / "watch.out"
        self.table = studio.base / "folders"
        if folders is not None:
            self.mount(*folders)
        with self.out.open("wb") as out, (studio.base / "watch.err").open("wb") as err:
            self.process = subprocess.Popen(
                self.command(*words, folders=folders is not None),
                env={**os.environ, "SAFELIGHT_HOME": str(studio.home)},
                **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **options},
            )

    def command(self, *words, folders):
        table = str(self.table) if folders else ""
        return [sys.executable, "-c", _SHIM, str(self.studio.base), table, "watch", *words]

    def mount(self, *names):
        """These folders are the cards from now on."""
        new = self.table.with_suffix(".new")
        new.write_text(" ".join(names))
        new.replace(self.table)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def events(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    def told(self):
        """What stands in the stream, in its order."""
        with contextlib.closing(store.open_stream(self.studio.home)) as stream:
            return store.told_since(stream, 0, 100_000)

    def beat(self):
        with contextlib.closing(store.open_stream(self.studio.home)) as stream:
            found = store.last_beat(stream, "watcher")
        return found.body if found else {}

    def states(self):
        return {Path(card["mount"]).name: card["state"] for card in self.beat().get("cards", [])}

    def until(self, what, seconds=240):
        """Wait until `what()` gives something; gives it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):
                found = what()
                if found:
                    return found
            assert self.process.poll() is None or what(), self.all_it_said()
            time.sleep(0.1)
        raise AssertionError(self.all_it_said())

    def all_it_said(self):
        return self.out.read_text() + (self.studio.base / "watch.err").read_text() + json.dumps(self.beat())

    def end(self, number=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(240)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it tells where it is
            self.process.wait(10)
            raise AssertionError(f"it did not end: {self.all_it_said()}") from None


def is_gone(pid):
    """Whether a process has ended (its parent may not have asked for it yet)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
