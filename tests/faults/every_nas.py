"""The faults of a real NAS that take minutes; `test_faults_of_a_real_nas.py` has the others.

make test-faults
"""

import pytest
from machine_rig import needs_machine
from nas_sabotage import NO_FLUSH_AFTER_RENAME, NO_HISTORY, before_the_barrier, rot_before_the_proof
from nothing_false import is_not_safe, nothing_is_false, sample

pytestmark = [pytest.mark.root, pytest.mark.slow, needs_machine]

SECOND = "IMG_0002.JPG"
SOFT, HARD = "mount_nfs soft,timeo=5,retrans=1", "mount_nfs hard,timeo=5,retrans=1"
STOP_NFS, STOP_SMB = ("rpc.nfsd", "0"), ("pkill", "-9", "-x", "smbd")


def told(answer):
    return " | ".join(reason["text"] for reason in answer.last["reasons"])


@pytest.mark.parametrize(
    ("mount", "stop", "start"),
    [(SOFT, STOP_NFS, "start_nfs"), ("mount_smb", STOP_SMB, "start_smb")],
    ids=["nfs", "smb"],
)
def test_a_server_that_is_gone_before_the_flush_is_not_rescued_by_a_later_one(
    nas_studio, on_its_card, mount, stop, start
):
    """F038. NFS soft: one flush fails, the next says yes. What was not proven is copied again from the card."""
    nas_studio.begin(mount, extra="[copying]\npatience = 15\n")
    answer = nas_studio.ingest(sabotage=before_the_barrier(*stop))
    is_not_safe(answer)
    assert "nas: " in told(answer)
    nas_studio.machine.sh(start)
    nas_studio.look("nothing_is_false", on_its_card)
    nas_studio.is_safe_and_there(nas_studio.ingest(), on_its_card)


def test_a_server_that_never_answers_costs_one_patience_and_the_other_copies_are_proven(nas_studio, on_its_card):
    """F039. NFS hard: the worker stands in the kernel, and can only be killed."""
    nas_studio.begin(HARD, extra="[copying]\npatience = 3\n")
    answer = nas_studio.ingest(sabotage=before_the_barrier(*STOP_NFS))
    is_not_safe(answer)
    assert "nas: gone (it did not answer for 3 s)" in told(answer)
    assert nas_studio.look("contents", nas_studio.ssd) == sorted(on_its_card.values())
    nas_studio.machine.sh("start_nfs")
    nas_studio.is_safe_and_there(nas_studio.ingest(), on_its_card)


def test_bytes_that_change_on_a_server_by_nfs_behind_its_clients_cache_are_found(nas_studio, on_its_card):
    """F041. The client wrote them and still holds them."""
    nas_studio.begin(SOFT)
    incoming = str(nas_studio.server / "nfs/.safelight/incoming")
    answer = nas_studio.ingest(sabotage=rot_before_the_proof(incoming, sample(on_its_card[SECOND])))
    is_not_safe(answer, "do_not_format")
    assert answer.names("mismatch") == [f"DCIM/100CANON/{SECOND}"]
    nas_studio.look("nothing_is_false", on_its_card)
    nas_studio.is_safe_and_there(nas_studio.ingest(), on_its_card)


@pytest.mark.parametrize("mount", ["mount_smb", SOFT], ids=["smb", "nfs"])
def test_a_nas_that_loses_its_power_right_after_a_verdict_with_everything_holds_every_photograph(
    nas_studio, on_its_card, mount
):
    """F042, F006. The history and the ledger's backup too."""
    nas_studio.begin(mount)
    answer = nas_studio.ingest()
    nas_studio.machine.cut_power()
    nas_studio.is_safe(answer)
    with nas_studio.looked_into():
        nothing_is_false(nas_studio, on_its_card)
        assert nas_studio.holds_everything()


def test_the_machine_would_tell_a_rename_that_is_not_flushed(nas_studio, on_its_card):
    """F105. As with a flush that does nothing: the rig can tell, or what it shows means nothing."""
    nas_studio.begin("mount_smb")
    answer = nas_studio.ingest(sabotage=NO_HISTORY + NO_FLUSH_AFTER_RENAME)
    nas_studio.machine.cut_power()
    nas_studio.is_safe(answer)
    with nas_studio.looked_into():
        assert len(nas_studio.copies(nas_studio.nas)) < len(on_its_card)


@pytest.mark.parametrize("kind", ["smb", "nfs"])
def test_what_a_server_that_flushes_nothing_lost_with_its_power_is_found_by_the_next_look(
    nas_studio, on_its_card, kind
):
    """F043. SAFE was said in good faith and holds no longer; under a new name the NAS is filled anew."""
    nas_studio.begin(f"lying_{kind}; mount_{kind}")
    nas_studio.is_safe(nas_studio.ingest())
    nas_studio.machine.cut_power()
    nas_studio.switch_on(f"mount_{kind}")
    assert nas_studio.look("contents", nas_studio.server / kind) == []
    is_not_safe(answer := nas_studio.run("check", nas_studio.card, "--json"))
    assert "nas: the folder is there, but it is not the destination that was used before" in told(answer)
    refused = nas_studio.ingest()
    assert "give it a new name in the settings" in refused.events("destination_problem")[0]["hint"]
    renamed = 's/^name = "nas"/name = "nas after the cut"/'
    nas_studio.machine.sh(f"sed -i '{renamed}' {nas_studio.home}/config.toml")
    again = nas_studio.ingest()
    assert (again.code, again.level) == (0, "safe")
    assert again.counts == {"files": len(on_its_card), "proven": len(on_its_card), "new": len(on_its_card)}
    assert nas_studio.look("contents", nas_studio.server / kind) == sorted(on_its_card.values())
