"""Third copies that are encrypted, by the command: sent, checked, brought back with the key, and not without it."""

import shutil
import subprocess
import time

import pytest
from sealed_worlds import PRIVATE, PUBLIC, SPARE_PRIVATE, SPARE_PUBLIC, raw
from studio import cloud_at, is_record

IDENTITY = "SAFELIGHT_AGE_IDENTITY"


def encrypted(server, *recipients):
    listed = ", ".join(f'"{each}"' for each in recipients or (PUBLIC,))
    return f"{cloud_at(server.url)}encrypt = true\nrecipients = [{listed}]\n"


@pytest.fixture
def sent(studio, server):
    """A shoot that was sent encrypted; no private key is here."""
    studio.configure(extra=encrypted(server))
    studio.pictures = studio.shoot(4)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    run = studio.run("cloud", "run", "--json")
    assert (run.code, run.last["sent"], run.last["checked"]) == (0, 4, 4)
    return studio


def photographs(server):
    """Name -> bytes of what lies there, without the records that are sent behind it."""
    return {name: data for name, data in raw(server).items() if not is_record(name)}


def back(studio, tmp_path):
    folder = tmp_path / f"back-{time.monotonic_ns()}"
    folder.mkdir()
    run = studio.run("restore", "Meyer", "--to", folder, "--from", "b2", "--json")
    return run, {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_bucket_holds_nothing_of_the_photographs_and_the_key_brings_them_back(sent, server, tmp_path, monkeypatch):
    everything = b"".join(raw(server).values())
    assert all(data[:24] not in everything for data in sent.pictures.values())
    assert all(name.endswith(".JPG.age") for name in photographs(server))
    assert [name for name in raw(server) if not name.endswith(".age")] == ["originals/README.txt"]
    assert {picture[:-4].encode() in b" ".join(n.encode() for n in raw(server)) for picture in sent.pictures} == {True}
    monkeypatch.setenv(IDENTITY, PRIVATE)
    run, files = back(sent, tmp_path)
    assert (run.code, run.last["restored"], run.last["by_source"]) == (0, 4, {"b2": 4})
    assert files == sent.pictures


@pytest.mark.parametrize(("private", "words"), [("", "no private key here"), (SPARE_PRIVATE, "encrypted for others")])
def test_without_the_key_or_with_another_one_nothing_comes_back_and_it_is_said_why(
    sent, tmp_path, monkeypatch, private, words
):
    monkeypatch.setenv(IDENTITY, private)
    run, files = back(sent, tmp_path)
    assert (run.code, run.last["restored"], files) == (18, 0, {})
    assert all(words in why for why in run.last["failed"].values())
    assert len(run.last["failed"]) == 4


def test_a_drill_of_the_bucket_fails_without_the_key_and_passes_with_it(sent, monkeypatch):
    run = sent.run("drill", "--json")
    bucket = run.events("place")[-1]
    assert (run.code, bucket["place"], bucket["passed"]) == (17, "b2", False)
    assert "no private key here" in bucket["absent"]
    monkeypatch.setenv(IDENTITY, PRIVATE)
    assert sent.run("drill", "--json").last["passed"]


def test_a_copy_that_rotted_everywhere_is_healed_from_the_bucket_with_the_key(sent, monkeypatch):
    for place in (sent.ssd, sent.nas):
        sent.copy_of(place, "IMG_0002.JPG").write_bytes(b"rotten" * 333)
    assert sent.run("verify").code == 18
    assert sent.run("repair").code == 18
    monkeypatch.setenv(IDENTITY, PRIVATE)
    run = sent.run("repair", "--json")
    assert run.code == 0, run.out
    assert sent.copy_of(sent.ssd, "IMG_0002.JPG").read_bytes() == sent.pictures["IMG_0002.JPG"]


def test_status_and_doctor_say_what_can_be_done_here(sent, server, monkeypatch):
    status = sent.run("cloud", "status")
    assert "1 key can open it; names, sizes and times are to be seen" in status.out
    assert "restore from the bucket is not possible here: no identity" in status.out
    doctor = sent.run("doctor")
    assert doctor.code == 0, doctor.out
    assert "restore from the bucket is not possible here: no identity" in doctor.out
    assert "one key alone opens what is sent" in doctor.out
    monkeypatch.setenv(IDENTITY, SPARE_PRIVATE)
    doctor = sent.run("doctor", "--json")
    assert doctor.code == 16
    assert any("belongs to none of" in line.get("text", "") for line in doctor.lines)
    monkeypatch.setenv(IDENTITY, PRIVATE)
    sent.configure(extra=encrypted(server, PUBLIC, SPARE_PUBLIC))
    status, doctor = sent.run("cloud", "status", "--json"), sent.run("doctor")
    assert (status.last["recipients"], status.last["unencrypted"], status.last["cannot_open"]) == (2, 0, "")
    assert doctor.code == 0
    assert "the private key here opens what is sent" in doctor.out
    assert "one key alone" not in doctor.out


def test_encryption_that_is_switched_on_later_tells_what_lies_there_as_it_is(studio, server, tmp_path, monkeypatch):
    studio.configure(extra=cloud_at(server.url))
    studio.shoot(3)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run").code == 0
    studio.configure(extra=encrypted(server))
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more" * 100)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run", "--json").last["sent"] == 1
    assert sorted(name.endswith(".age") for name in photographs(server)) == [False, False, False, True]
    status = studio.run("cloud", "status")
    assert "3 files lie there unencrypted" in status.out
    assert "3 files lie unencrypted in archive" in studio.run("doctor").out
    studio.configure(extra=cloud_at(server.url))
    assert "1 file, from when [cloud] encrypt was on" in studio.run("cloud", "status").out
    assert "restore from the bucket is not possible here: no identity" in studio.run("doctor").out
    monkeypatch.setenv(IDENTITY, PRIVATE)
    for extra in (encrypted(server), cloud_at(server.url)):  # also when it is off again
        studio.configure(extra=extra)
        run, files = back(studio, tmp_path)
        assert run.code == 0, run.out
        assert files["IMG_0009.JPG"] == b"one more" * 100
        assert "IMG_0001.JPG" in files or "IMG_0002.JPG" in files


def test_the_private_key_is_in_nothing_that_was_printed_or_written(sent, tmp_path, monkeypatch):
    monkeypatch.setenv(IDENTITY, PRIVATE)
    said = [back(sent, tmp_path)[0]]
    for words in (("cloud", "status", "--json"), ("doctor",), ("doctor", "--json"), ("drill",), ("status",)):
        said.append(sent.run(*words))
    monkeypatch.setenv(IDENTITY, SPARE_PRIVATE)
    said += [sent.run("doctor"), sent.run("drill", "--json"), back(sent, tmp_path)[0]]
    hidden = [key.encode() for key in (PRIVATE, SPARE_PRIVATE)]
    written = [path.read_bytes() for path in sent.base.rglob("*") if path.is_file()]
    for data in [*written, *((run.out + run.err).encode() for run in said)]:
        assert not any(key in data for key in hidden)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("encrypt = true", "needs recipients"),
        ('encrypt = "yes"', "must be true or false"),
        (f'encrypt = true\nrecipients = ["{PUBLIC[:-1]}"]', "one of these is wrong or missing"),
        (f'encrypt = true\nrecipients = ["{PUBLIC[:-1]}{"q" if PUBLIC[-1] != "q" else "p"}"]', "wrong or missing"),
        (f'encrypt = true\nrecipients = ["{PRIVATE}"]', "is a private key, which must never stand here"),
        (f'encrypt = true\nrecipients = "{PUBLIC}"', "must be a list"),
    ],
)
def test_a_mistake_in_the_settings_of_encryption_is_told_and_no_key_repeated(studio, server, lines, words):
    studio.configure(extra=f"{cloud_at(server.url)}{lines}\n")
    run = studio.run("config", "check")
    assert run.code == 4
    assert words in run.out + run.err
    assert PRIVATE not in run.out + run.err


if shutil.which("age"):  # the referee shares no code with us; where it is not installed there is no case

    def test_the_program_age_makes_the_cards_own_bytes_of_every_object_in_the_bucket(sent, server, tmp_path):
        (tmp_path / "key.txt").write_text(PRIVATE)
        opened = {}
        for name, data in photographs(server).items():
            command = ["age", "-d", "-i", tmp_path / "key.txt"]
            done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=True)
            opened[name.rpartition("/")[2]] = done.stdout
        assert opened == {f"{name}.age": data for name, data in sent.pictures.items()}
