"""Very many files with other bytes at once: a program rewrote them, and nothing more may go outward unasked."""

import os

import pytest
from studio import cloud_at, is_record


@pytest.fixture
def done(studio, server):
    """Sixty photographs that are safe, none of them sent yet."""
    studio.configure(extra=cloud_at(server.url))
    for number in range(60):
        studio.put(f"DCIM/100CANON/IMG_{number:04d}.JPG", b"picture %d" % number * 100)
    assert studio.ingest("--shoot", "Meyer").code == 0
    return studio


def encrypt(place, share):
    """Other bytes in every `share`th picture, under the same name and with the same time."""
    for path in sorted(place.rglob("*.JPG"))[::share]:
        info = path.stat()
        path.write_bytes(os.urandom(info.st_size))
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def sent(server):
    with server.lock:
        files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        return [file.file_id for file in files if not is_record(file.name)]


def test_a_third_of_all_files_changed_stops_the_look_holds_the_uploads_and_says_what_to_do(done, server):
    """F097. As ransomware does it, or an editor that writes into pictures."""
    encrypt(done.nas, 3)
    run = done.run("verify", "--at", "nas")
    assert run.code == 18
    assert "STOPPED HERE: the rest of nas was not looked at." in run.out
    assert "unplug your other copies before anything else" in run.out
    assert "Uploads are held. When you know what it was: safelight cloud resume" in run.out
    held = done.run("cloud", "status")
    assert "needs you: held: very many files on nas have other bytes than were proven" in held.out
    assert done.run("cloud", "run", "--json").last["sent"] == 0
    assert sent(server) == []
    assert "very many files on nas" in done.run("status").out

    assert done.run("cloud", "resume").code == 0
    run = done.run("cloud", "run", "--json")
    assert (run.last["sent"], len(sent(server))) == (60, 60)  # from the copies that are as they were proven


def test_the_look_stops_at_the_place_of_the_alarm_alone_and_goes_on_to_the_end_when_asked(done):
    """F097. What stands elsewhere is looked at nevertheless: it may be all that is left."""
    encrypt(done.nas, 3)
    ssd, nas = done.run("verify", "--json").events("verify")
    assert (ssd["looked_at"], ssd["ok"], ssd["alarm"]) == (60, 60, False)
    assert (nas["looked_at"] < 60, len(nas["differs"]), nas["alarm"]) == (True, 10, True)
    (nas,) = done.run("verify", "--at", "nas", "--to-the-end", "--json").events("verify")
    assert (nas["looked_at"], len(nas["differs"]), nas["alarm"]) == (60, 20, True)


def test_a_few_files_with_other_bytes_are_told_and_hold_nothing(done, server):
    encrypt(done.nas, 8)
    run = done.run("verify", "--at", "nas")
    assert (run.code, "STOPPED" in run.out, "held" in run.out) == (18, False, False)
    assert "ready" in done.run("cloud", "status").out
