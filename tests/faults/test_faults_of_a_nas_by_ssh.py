"""A NAS by SSHFS, with a real server that is killed and comes back. What FUSE holds cannot be proven, which is said."""

import os

import pytest
from nothing_false import is_not_safe, nothing_is_false, photographs
from ssh_rig import needs_sshfs, ssh_nas

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer

pytestmark = [pytest.mark.root, needs_sshfs]


@pytest.fixture
def nas(tmp_path, studio):
    with ssh_nas(tmp_path / "ssh") as nas:
        studio.configure(nas=nas.mnt)
        yield nas


def test_a_nas_by_ssh_holds_every_photograph_and_the_verdict_says_that_it_proves_none(studio, nas):
    pictures = photographs(studio)
    answer = studio.ingest()
    is_not_safe(answer)
    assert "unprovable" in answer.codes
    assert studio.contents(nas.held) == sorted(pictures.values())
    nothing_is_false(studio, pictures)
    assert studio.ask(
        "SELECT count(*) FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE d.name = 'nas' AND c.state = 'proven'"
    ) == [(0,)]


@pytest.mark.parametrize("moment", ["_write", "_barrier", "_prove_all"])
def test_a_server_by_ssh_that_is_killed_in_the_middle_leaves_nothing_false_and_comes_back(
    studio, nas, sabotage, moment
):
    """F037, F038. Its client gives up at once; what is then written by the path would fill the system disk."""
    pictures = photographs(studio)
    owner = Writer if hasattr(Writer, moment) else Prover
    real, killed = getattr(owner, moment), studio.base / "killed"

    def function(worker, *words):
        if worker.place.name == "nas" and not killed.exists():
            killed.touch()
            nas.kill()
        return real(worker, *words)

    sabotage.setattr(owner, moment, function)
    answer = studio.ingest()
    is_not_safe(answer)
    assert "nas: " in " | ".join(reason["text"] for reason in answer.last["reasons"])
    assert studio.contents(studio.ssd) == sorted(pictures.values())
    nas.unmount()
    assert os.listdir(nas.mnt) == []
    is_not_safe(studio.ingest())  # while it is away
    assert os.listdir(nas.mnt) == []
    nothing_is_false(studio, pictures, away=["nas"])
    sabotage.undo()
    nas.start()
    nas.mount()
    again = studio.ingest()
    assert "unprovable" in again.codes
    assert studio.contents(nas.held) == sorted(pictures.values())
    assert studio.leftovers() == []
    nothing_is_false(studio, pictures)
