"""`safelight cloud run` as a person runs it: a program of its own, with settings, a signal, and an edit meanwhile."""

import os
import signal
import subprocess
import sys
import time

import pytest
from cloud_worlds import versions

from ingest.errors import Exit

SLOW = 'limit = "400 kbit/s"'


def settings(tmp_path, server, *lines):
    places = "".join(
        f'[[destinations]]\nname = "{name}"\nkind = "{name}"\nroot = "{tmp_path / name}"\n' for name in ("ssd", "nas")
    )
    cloud = f'[cloud]\nkind = "b2"\nbucket = "my-archive"\nrealm = "{server.url}"\n' + "\n".join(lines)
    (tmp_path / "config.toml").write_text(f"{places}{cloud}\n")


@pytest.fixture
def command(world, server, repository, tmp_path):
    """Starts `safelight cloud run ...` beside the world's ledger."""
    environment = os.environ | {
        "PYTHONPATH": str(repository), "SAFELIGHT_HOME": str(tmp_path),
        "B2_APPLICATION_KEY_ID": server.key_id, "B2_APPLICATION_KEY": server.key,
    }  # fmt: skip
    program = "from ingest.cli.main import run; run()"

    def start(*words):
        return subprocess.Popen(
            [sys.executable, "-c", program, "cloud", *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    return start


def wait_until(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_the_middle_of_four_slow_files_ends_it_and_gives_the_leases_back(
    world, server, command, tmp_path, number
):
    settings(tmp_path, server, SLOW)
    keys = [world.queue(f"M/{n}.JPG", os.urandom(3_000_000)) for n in range(5)]
    with command("run") as worker:
        wait_until(lambda: world.states().count("sending") == 4)
        time.sleep(1.0)
        asked = time.monotonic()
        worker.send_signal(number)
        said = worker.communicate(timeout=60)[0]
        took = time.monotonic() - asked
    assert worker.returncode == Exit.INTERRUPTED, said
    assert world.states() == ["waiting"] * 5
    assert [versions(server, key) for key in keys] == [0] * 5
    assert took < 10  # the promise is two seconds; this computer may be busy


def test_a_limit_that_is_lifted_while_it_runs_lets_the_rest_go(world, server, command, tmp_path):
    settings(tmp_path, server, SLOW)
    keys = [world.queue(f"M/{n}.JPG", os.urandom(9_000_000)) for n in range(2)]  # six minutes at that speed
    with command("run") as worker:
        wait_until(lambda: world.states().count("sending") == 2)
        settings(tmp_path, server, 'limit = ""')
        said = worker.communicate(timeout=100)[0]
    assert worker.returncode == Exit.OK, said
    assert "The settings changed" in said
    assert [versions(server, key) for key in keys] == [1, 1]


def test_outside_its_hours_it_sends_nothing_unless_it_is_told_now(world, server, command, tmp_path):
    far = (time.localtime().tm_hour + 12) % 24
    settings(tmp_path, server, f'hours = "{far:02}:00-{far:02}:30"')
    world.queue("M/A.JPG", b"picture")
    with command("run") as worker:
        said = worker.communicate(timeout=60)[0]
    assert worker.returncode == Exit.OK, said
    assert f"sends again at {far:02}:00" in said
    assert world.states() == ["waiting"]
    with command("run", "--now") as worker:
        said = worker.communicate(timeout=60)[0]
    assert world.states() == ["checked"], said
