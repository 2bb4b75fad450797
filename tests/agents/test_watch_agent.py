"""`safelight watch --install`, `--status`, `--uninstall`; the system's own commands are recorded here."""

import contextlib
import json
import os
import plistlib
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from ingest.agents.install import system_here
from ingest.cli.console import Console
from ingest.cli.do_watch_agent import run_watch_agent
from ingest.errors import SafelightError
from ingest.stream import store
from ingest.watch.agent import watch_agent


class Machine:
    """A system that takes what it is given, unless told otherwise; `asked` are the commands it got."""

    def __init__(self, platform, folder):
        self.system, self.home, self.asked, self.refuses = system_here(platform, folder / "me"), folder / "home", [], ""

    def run(self, command):
        self.asked.append(" ".join(command))
        return (1, "it will not") if self.refuses and self.refuses in self.asked[-1] else (0, "")

    def do(self, what):
        return run_watch_agent(self.home, Console(json=True), what, time.time(), self.system, self.run)

    def files(self):
        return sorted(path for path in self.system.folder.glob("*"))


@pytest.fixture(params=["linux", "darwin", "win32"])
def machine(request, tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return Machine(request.param, tmp_path)


def answer(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def beats(home):
    """A watcher that is this very process."""
    with contextlib.closing(store.open_stream(home)) as stream:
        body = {"pid": os.getpid(), "born": psutil.Process().create_time(), "cards": [], "may_read_cards": True}
        store.beat(stream, "watcher", time.time(), body)


def test_it_is_there_until_it_is_taken_back_and_well_while_it_gives_signs(machine, capsys):
    assert machine.do("status") == 11
    assert answer(capsys)["state"] == "absent"
    assert machine.do("install") == 0
    assert [file.name for file in machine.files()] == [
        file.path for file in machine.system.files(watch_agent(machine.home))
    ]
    assert machine.do("status") == 11
    assert answer(capsys) | {"folder": ""} == {
        "schema": 1, "type": "summary", "state": "runs", "folder": "", "well": False,
        "watcher": "not running: safelight watch --install",
    }  # fmt: skip
    beats(machine.home)
    assert machine.do("status") == 0
    assert (answer(capsys)["watcher"]) == "running"
    assert machine.do("uninstall") == 0
    assert machine.files() == []


def test_the_system_starts_this_python_with_this_home_and_nothing_that_the_settings_say(machine):
    machine.do("install")
    text = b"".join(file.read_bytes() for file in machine.files()).replace(b"\0", b"").decode("latin-1")
    for word in (sys.executable, "ingest.cli.main", str(machine.home), "watch"):
        assert word in text
    assert "--auto" not in text


def test_a_system_that_refuses_leaves_no_file(machine):
    machine.refuses = next(iter(machine.system.on(watch_agent(machine.home), machine.home)[-1]))
    with pytest.raises(SafelightError, match="it will not"):
        machine.do("install")
    assert machine.files() == []


def test_each_system_keeps_it_running_and_ends_it_in_order(tmp_path):
    agent = watch_agent(tmp_path)
    [unit] = system_here("linux", tmp_path).files(agent)
    lines = set(unit.data.decode().splitlines())
    assert {"Type=exec", "Restart=on-failure", "KillMode=mixed", "SuccessExitStatus=130"} <= lines
    [plist] = system_here("darwin", tmp_path).files(agent)
    assert plistlib.loads(plist.data)["KeepAlive"] == {"SuccessfulExit": False}
    [task] = system_here("win32", tmp_path).files(agent)
    assert "<LogonTrigger>" in task.data.decode("utf-16")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's own systemd-analyze")
def test_systemd_itself_finds_nothing_wrong_with_the_unit(tmp_path):
    [unit] = system_here("linux", tmp_path).files(watch_agent(tmp_path / "a home of $5 and 100%"))
    path = tmp_path / unit.path
    path.write_bytes(unit.data)
    looked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", path],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (looked.stdout + looked.stderr).splitlines()
    assert not [line for line in said if "safelight" in line or "Failed to initialize manager" in line], said
