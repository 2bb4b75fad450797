"""`safelight schedule`: handed to the system, asked for, taken back; the system's own commands are recorded here."""

import json
import sys
from datetime import time

import pytest

from ingest.agents.install import system_here
from ingest.cli.console import Console
from ingest.cli.do_schedule import nightly_agent, run_schedule
from ingest.cli.home import installed_at
from ingest.errors import SafelightError, UsageError

NOON = 1_790_000_000.0
SYSTEMS = ["linux", "darwin", "win32"]


class Machine:
    """A system that takes what it is given, unless told otherwise; `asked` are the commands it got."""

    def __init__(self, platform, folder):
        self.platform = platform
        self.system = system_here(platform, folder / "person")
        self.home = folder / "home"
        self.asked = []
        self.refuses = ""

    def run(self, command):
        self.asked.append(" ".join(command))
        return (1, "it will not") if self.refuses and self.refuses in self.asked[-1] else (0, "")

    def do(self, what, at="02:30"):
        return run_schedule(self.home, Console(json=True), what, at, NOON, self.system, self.run)

    def files(self):
        return sorted(path.name for path in self.system.folder.glob("*"))


@pytest.fixture(params=SYSTEMS)
def machine(request, tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return Machine(request.param, tmp_path)


def state(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])["state"]


def test_what_is_installed_is_there_until_it_is_taken_back(machine, capsys):
    assert (machine.do("status"), state(capsys)) == (11, "absent")
    assert (machine.do("install"), state(capsys)) == (0, "runs")
    assert machine.files()
    assert (machine.do("status"), state(capsys)) == (0, "runs")
    assert installed_at(machine.home) == (time(2, 30), NOON)
    assert (machine.do("uninstall"), state(capsys)) == (0, "absent")
    assert machine.files() == []
    assert installed_at(machine.home) is None
    assert (machine.do("status"), state(capsys)) == (11, "absent")


def test_the_night_runs_this_python_with_this_home(machine):
    machine.do("install")
    text = b"".join(path.read_bytes() for path in machine.system.folder.iterdir()).replace(b"\0", b"").decode("latin-1")
    assert sys.executable in text
    assert str(machine.home) in text
    assert "nightly" in text


def test_another_time_replaces_the_one_before(machine, capsys):
    machine.do("install", "02:30")
    before = [path.read_bytes() for path in machine.system.folder.iterdir()]
    machine.do("install", "23:15")
    assert [path.read_bytes() for path in machine.system.folder.iterdir()] != before
    assert installed_at(machine.home) == (time(23, 15), NOON)
    assert machine.do("status") == 0


def test_a_file_that_was_changed_by_hand_is_told(machine, capsys):
    machine.do("install")
    path = sorted(machine.system.folder.iterdir())[-1]
    path.write_bytes(path.read_bytes() + b"\n")
    capsys.readouterr()
    assert (machine.do("status"), state(capsys)) == (11, "differs")


def test_a_system_that_forgot_it_is_told(machine, capsys):
    machine.do("install")
    machine.refuses = " ".join(machine.system.ask(nightly_agent(machine.home, time(2, 30))))
    capsys.readouterr()
    assert (machine.do("status"), state(capsys)) == (11, "stopped")


def test_a_system_that_refuses_leaves_no_file_and_its_words_are_told(machine):
    machine.refuses = {"linux": "enable", "darwin": "bootstrap", "win32": "/Create"}[machine.platform]
    with pytest.raises(SafelightError, match="it will not"):
        machine.do("install")
    assert machine.files() == []
    assert installed_at(machine.home) is None


def test_what_was_never_installed_is_taken_back_without_asking_the_system(machine):
    assert machine.do("uninstall") == 0
    assert machine.asked == []


@pytest.mark.parametrize("at", ["25:00", "2", "", "02:30:99"])
def test_a_time_that_is_none_is_a_plain_mistake(machine, at):
    with pytest.raises(UsageError, match="time of day"):
        machine.do("install", at)
    assert machine.files() == []


def test_a_home_that_no_file_can_hold_is_a_plain_mistake(tmp_path):
    machine = Machine("linux", tmp_path)
    machine.home = tmp_path / "a\nb"
    with pytest.raises(UsageError, match="control character"):
        machine.do("install")
    assert machine.files() == []


def test_the_commands_of_each_system_come_in_their_order(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    asked = {}
    for platform in SYSTEMS:
        machine = Machine(platform, tmp_path / platform)
        machine.do("install")
        machine.do("uninstall")
        asked[platform] = [line.split("/person")[0] for line in machine.asked]
    assert asked["linux"] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now safelight-nightly.timer",
        "systemctl --user disable --now safelight-nightly.timer",
        "systemctl --user daemon-reload",
    ]
    assert [line.split()[:2] for line in asked["darwin"]] == [["launchctl", "bootstrap"], ["launchctl", "bootout"]]
    assert [line.split()[:2] for line in asked["win32"]] == [["schtasks", "/Create"], ["schtasks", "/Delete"]]
