"""What the system and the page start imports nothing of the folder in which it is started, a card's own for one."""

import subprocess
import sys
from datetime import time

import pytest

from ingest.cli.do_schedule import nightly_agent
from ingest.watch.agent import watch_agent
from ingest.web.errands import Errands

STRANGER = 99  # how a process ends that imported one


@pytest.fixture
def among_strangers(tmp_path, monkeypatch):
    folder = tmp_path / "card"
    for name in ("ingest", "typer", "json"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"import os; os._exit({STRANGER})")
    monkeypatch.chdir(folder)
    assert subprocess.run([sys.executable, "-m", "ingest"], check=False).returncode == STRANGER
    return tmp_path / "home"


@pytest.mark.parametrize(
    "agent", [lambda home: nightly_agent(home, time(2, 30)), watch_agent], ids=["night", "watcher"]
)
def test_what_the_system_starts_by_itself_imports_nothing_of_its_folder(among_strangers, agent):
    *command, verb = agent(among_strangers).command
    assert command == [sys.executable, "-P", "-m", "ingest.cli.main", "--home", str(among_strangers)]
    assert subprocess.run([*command, verb, "--help"], capture_output=True, check=False).returncode == 0


def test_what_a_button_of_the_page_starts_imports_nothing_of_the_folder_in_which_the_page_stands(among_strangers):
    errand = Errands(among_strangers).start("ledger-backup")
    assert errand.process.wait(30) not in (0, STRANGER)
    errand.output.seek(0)
    assert b"config.toml" in errand.output.read(), "it is Safelight that answered, which has no settings here"
