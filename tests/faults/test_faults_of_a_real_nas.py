"""A NAS by real SMB and NFS: the kernel's clients and servers, in a machine of its own that can lose its power.

What takes longer is in `every_nas.py`.
"""

import pytest
from machine_rig import needs_machine
from nas_sabotage import NO_HISTORY, READ_ONLY_FLUSH_AFTER_RENAME, rot_before_the_proof
from nothing_false import is_not_safe, nothing_is_false, sample

pytestmark = [pytest.mark.root, needs_machine]

SECOND = "IMG_0002.JPG"


def test_bytes_that_change_on_a_real_server_behind_its_clients_cache_are_found(nas_studio, on_its_card):
    """F041. SMB: the client wrote them and may still hold them; O_DIRECT is refused to it on an open file."""
    nas_studio.begin("mount_smb")
    incoming = str(nas_studio.server / "smb/.safelight/incoming")
    answer = nas_studio.ingest(sabotage=rot_before_the_proof(incoming, sample(on_its_card[SECOND])))
    is_not_safe(answer, "do_not_format")
    assert answer.names("mismatch") == [f"DCIM/100CANON/{SECOND}"]
    nas_studio.look("nothing_is_false", on_its_card)


def test_a_mount_whose_flushes_do_nothing_is_refused_with_its_option(nas_studio, on_its_card):
    """F106. Every fsync on it says yes and is no more than that."""
    nas_studio.begin("mount_smb nostrictsync")
    answer = nas_studio.ingest()
    assert answer.code != 0
    assert "nostrictsync" in answer.out
    assert nas_studio.look("contents", nas_studio.server / "smb") == []


@pytest.mark.parametrize("mount", ["mount_smb", "mount_nfs"])
def test_the_doctor_says_what_no_client_can_see_of_a_nas(nas_studio, mount):
    """F043. Whether its server flushes when it is asked to: set there, to be looked up there."""
    nas_studio.begin(mount)
    findings = nas_studio.run("doctor", "--json").events("finding")
    (told,) = [each for each in findings if each["what"] == "nas" and each["level"] == "note"]
    assert told["text"] == "copies are proven as the NAS returns them"
    assert "NFS export `sync`, SMB `strict sync = yes`; no client can see these" in told["todo"]


@pytest.mark.parametrize("mount", ["mount_smb", "mount_nfs"])
def test_a_ledger_on_a_real_nas_is_refused(nas_studio, on_its_card, mount):
    nas_studio.begin(mount)
    nas_studio.machine.sh(f"mkdir $NAS/home; cp {nas_studio.home}/config.toml $NAS/home")
    at_home, nas_studio.home = nas_studio.home, nas_studio.nas / "home"
    try:
        answer = nas_studio.ingest()
    finally:
        nas_studio.home = at_home
    assert (answer.code, answer.last["type"]) == (19, "error")
    assert "network" in answer.last["message"]


def test_a_nas_by_smb_that_loses_its_power_right_after_the_verdict_holds_every_photograph(nas_studio, on_its_card):
    """F042, F006. A rename on SMB reaches the server's disk with the next flush of the file, and not before."""
    nas_studio.begin("mount_smb")
    answer = nas_studio.ingest(sabotage=NO_HISTORY)
    nas_studio.machine.cut_power()
    nas_studio.is_safe(answer)
    with nas_studio.looked_into():
        nothing_is_false(nas_studio, on_its_card)
        assert nas_studio.holds_everything()


def test_the_machine_would_tell_a_flush_after_the_rename_that_does_nothing(nas_studio, on_its_card):
    """F105. Through a descriptor that may only read, SMB says yes to it: SAFE, and a photograph is gone."""
    nas_studio.begin("mount_smb")
    answer = nas_studio.ingest(sabotage=NO_HISTORY + READ_ONLY_FLUSH_AFTER_RENAME)
    nas_studio.machine.cut_power()
    nas_studio.is_safe(answer)
    with nas_studio.looked_into():
        assert len(nas_studio.copies(nas_studio.nas)) < len(on_its_card)
        with pytest.raises((AssertionError, FileNotFoundError)):
            nothing_is_false(nas_studio, on_its_card)
