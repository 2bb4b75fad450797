"""The killable child: files that hang, crash or lie cost their limit and nothing else."""

import json
import os
import sys
from pathlib import Path

import psutil
import pytest
from camera_file_builders import NOW, TAKEN, dng, every_shape, jpeg, wav

from ingest.card.capture import capture_of
from ingest.card.parser_worker import Worker, child_command
from ingest.card.parsers import FILES_A_WORKER, ParserPool, captures_by_several
from ingest.model.cards import Capture

CHILD = """
import json, os, sys, time
print('{"ready": true}', flush=True)
def say(**fields):
    capture = dict(local="2026-03-14T15:22:33", source="exif", offset_minutes=None, is_utc=False)
    capture |= dict(make="", model="", serial="")
    print(json.dumps({"capture": capture | fields}), flush=True)
for line in sys.stdin:
    name = json.loads(line)["name"]
    if name == "hang":
        time.sleep(600)
    elif name == "stop reading":
        os.close(0); time.sleep(600)
    elif name == "die":
        os._exit(3)
    elif name == "babble":
        while True: sys.stdout.write("x" * 65536)
    elif name == "environment":
        say(make=",".join(sorted(os.environ))[:64], model=os.getcwd())
    elif name.startswith("say "):
        print(name[4:], flush=True)
    else:
        say(serial=str(os.getpid()))
"""


@pytest.fixture
def scripted(tmp_path: Path) -> tuple[str, ...]:
    """The command of a child that does what the file's name says."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    return (sys.executable, str(script))


def on_disk(folder: Path, files: dict[str, bytes]) -> list[tuple[bytes, bytes]]:
    """(absolute path, card path) of the files, written to a folder."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [(os.fsencode(folder / name), b"DCIM/" + name.encode()) for name in files]


def test_the_child_answers_as_the_ladder_does_without_it(tmp_path: Path) -> None:
    files = on_disk(tmp_path, every_shape())
    expected = []
    for path, name in files:
        with open(path, "rb") as file:
            expected.append(capture_of(file, name, NOW))
    with ParserPool() as pool:
        assert list(pool.captures(files, NOW)) == expected
        assert pool.capture(*files[0], NOW) == expected[0]


def test_the_child_tells_the_health_of_a_file(tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"a.dng": dng(), "b.dng": dng(claimed=64), "c.wav": wav()[:-5], "d.cr3": b"\x93" * 900})
    with ParserPool() as pool:
        found = list(pool.healths(files))
        assert pool.health(*files[2]) == found[2]
    assert [[finding.code for finding in one] for one in found] == [
        [],
        ["does not open"],
        ["truncated"],
        ["unknown content"],
    ]
    assert found[2][0].path == b"DCIM/c.wav"


def test_any_bytes_may_be_in_a_path(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\n\x1b[31m\xe2\x80\xae.jpg"
    with open(path, "wb") as file:
        file.write(jpeg())
    with ParserPool() as pool:
        found = pool.capture(path, b"\xff\n\x1b.jpg", NOW)
    assert found is not None
    assert found.source == "exif"


def test_what_is_no_regular_file_gives_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    [(picture, _)] = on_disk(tmp_path, {"IMG_1.JPG": jpeg()})
    (tmp_path / "link.jpg").symlink_to(tmp_path / "IMG_1.JPG")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    names = [b"link.jpg", b"pipe.jpg", b"folder.jpg", b"missing.jpg"]
    with ParserPool() as pool:
        asked = [(os.fsencode(tmp_path) + b"/" + name, name) for name in names]
        assert list(pool.captures(asked, NOW)) == [None] * 4
        assert [found[0].code for found in pool.healths(asked)] == ["unchecked"] * 4
        assert pool.capture(picture, b"IMG_1.JPG", NOW) is not None


@pytest.mark.parametrize("deed", ["hang", "stop reading", "die", "babble"])
def test_a_file_that_breaks_its_parser_gives_none_and_the_others_their_answer(
    scripted: tuple[str, ...], deed: str
) -> None:
    names = [b"a", b"b", deed.encode(), *[b"c"] * 30]
    with ParserPool(capture_command=scripted, capture_seconds=1.5) as pool:
        found = list(pool.captures([(b"/x", name) for name in names], NOW))
    assert [capture is None for capture in found] == [name == deed.encode() for name in names]
    assert all(capture.local == TAKEN for capture in found if capture)


HOLDING = """
import json, os, sys, time
print('{"ready": true}', flush=True)
while data := os.read(0, 65536):
    for line in data.splitlines():
        name = json.loads(line)["name"]
        if name == "hang":
            time.sleep(600)
        elif name == "die":
            os._exit(3)
        capture = dict(local="2026-03-14T15:22:33", source="exif", offset_minutes=None, is_utc=False)
        print(json.dumps({"capture": capture | dict(make="", model=name, serial="")}))
    sys.stdout.flush()
"""


@pytest.mark.parametrize("deed", ["hang", "die"])
def test_answers_that_a_broken_child_held_back_are_asked_for_again(tmp_path: Path, deed: str) -> None:
    (tmp_path / "child.py").write_text(HOLDING)
    names = [b"%d" % nth for nth in range(200)]
    names[30] = names[31] = names[150] = deed.encode()
    with ParserPool(capture_command=(sys.executable, str(tmp_path / "child.py")), capture_seconds=1.0) as pool:
        found = list(pool.captures([(b"/x", name) for name in names], NOW))
    assert [capture.model if capture else deed for capture in found] == [name.decode() for name in names]


def test_a_file_that_breaks_its_parser_is_unchecked(scripted: tuple[str, ...]) -> None:
    with ParserPool(health_command=scripted, health_seconds=0.2) as pool:
        [finding] = pool.health(b"/x", b"hang")
    assert (finding.path, finding.code) == (b"hang", "unchecked")


GOOD = {
    "local": "2026-03-14T15:22:33",
    "source": "exif",
    "offset_minutes": None,
    "make": "",
    "model": "",
    "serial": "",
    "is_utc": False,
}


@pytest.mark.parametrize(
    "answer",
    [
        "not json",
        "[" * 50_000,
        "7",
        '{"capture": 7}',
        '{"capture": {}}',
        '{"findings": []}',
        json.dumps({"capture": GOOD | {"extra": 1}}),
        json.dumps({"capture": GOOD | {"local": "yesterday"}}),
        json.dumps({"capture": GOOD | {"local": "2026-03-14T15:22:33+01:00"}}),
        json.dumps({"capture": GOOD | {"source": "a rumour"}}),
        json.dumps({"capture": GOOD | {"offset_minutes": 100_000}}),
        json.dumps({"capture": GOOD | {"offset_minutes": True}}),
        json.dumps({"capture": GOOD | {"is_utc": "yes"}}),
        json.dumps({"capture": GOOD | {"make": "\x1b[2J"}}),
        json.dumps({"capture": GOOD | {"model": "x" * 65}}),
        json.dumps({"capture": GOOD | {"serial": 5}}),
    ],
)
def test_an_answer_that_is_none_is_not_believed(scripted: tuple[str, ...], answer: str) -> None:
    with ParserPool(capture_command=scripted) as pool:
        assert pool.capture(b"/x", b"say " + answer.encode(), NOW) is None
        assert pool.capture(b"/x", b"next", NOW) is not None


@pytest.mark.parametrize(
    "answer",
    [
        '{"findings": 7}',
        '{"findings": [7]}',
        '{"findings": [["truncated"]]}',
        '{"findings": [["safe", "It is."]]}',
        '{"findings": [["truncated", "\\u001b[2J"]]}',
        json.dumps({"findings": [["truncated", "It is."]] * 11}),
    ],
)
def test_findings_that_are_none_are_not_believed(scripted: tuple[str, ...], answer: str) -> None:
    with ParserPool(health_command=scripted) as pool:
        [finding] = pool.health(b"/x", b"say " + answer.encode())
    assert finding.code == "unchecked"


def test_a_child_is_replaced_after_its_share_of_files(scripted: tuple[str, ...]) -> None:
    count = 2 * FILES_A_WORKER + 10
    with ParserPool(capture_command=scripted) as pool:
        found = list(pool.captures(((b"/x", b"a") for _ in range(count)), NOW))
    assert len(found) == count
    children = [capture.serial for capture in found if capture]
    assert [children.count(pid) for pid in dict.fromkeys(children)] == [FILES_A_WORKER, FILES_A_WORKER, 10]


def test_no_child_is_left_behind(scripted: tuple[str, ...]) -> None:
    with ParserPool(capture_command=scripted) as pool:
        found = list(pool.captures([(b"/x", b"a")] * (FILES_A_WORKER - 10), NOW))  # the next child is started too
    for capture in found:
        assert isinstance(capture, Capture)
        with pytest.raises(ProcessLookupError):
            os.kill(int(capture.serial), 0)
    assert not [child for child in psutil.Process().children() if scripted[1] in child.cmdline()]


def test_answers_nobody_fetched_do_not_go_to_the_next_question(scripted: tuple[str, ...]) -> None:
    with ParserPool(capture_command=scripted) as pool:
        answers = pool.captures([(b"/x", b"a")] * 40, NOW)
        first = next(answers)
        with pytest.raises(RuntimeError, match="not used up"):
            pool.capture(b"/x", b"a", NOW)
        answers.close()
        later = pool.capture(b"/x", b"a", NOW)
    assert first is not None
    assert later is not None
    assert first.serial != later.serial


@pytest.mark.parametrize("command", [("/nonexistent/program",), (sys.executable, "-c", "pass")])
def test_a_child_that_cannot_be_started_says_nothing_and_stops_nothing(command: tuple[str, ...]) -> None:
    with ParserPool(capture_command=command, health_command=command) as pool:
        assert list(pool.captures([(b"/x", b"a")] * 40, NOW)) == [None] * 40
        assert [found[0].code for found in pool.healths([(b"/x", b"a")] * 3)] == ["unchecked"] * 3


def test_a_card_full_of_hanging_files_is_given_up(scripted: tuple[str, ...]) -> None:
    with ParserPool(capture_command=scripted, capture_seconds=0.02) as pool:
        assert list(pool.captures([(b"/x", b"hang")] * 3_000, NOW)) == [None] * 3_000
        assert pool.capture(b"/x", b"a", NOW) is None


def test_the_child_inherits_neither_secrets_nor_the_current_folder(
    scripted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("B2_APPLICATION_KEY", "K00secret")
    monkeypatch.chdir(tmp_path)
    with ParserPool(capture_command=scripted) as pool:
        found = pool.capture(b"/x", b"environment", NOW)
    assert found is not None
    assert "B2" not in found.make
    assert "PYTHONPATH" in found.make
    assert found.model == "/"


def test_a_module_on_the_card_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"a.jpg": jpeg(), "json.py": b"open('ran', 'w')", "exifread.py": b"open('ran', 'w')"})
    (tmp_path / "ingest").mkdir()
    (tmp_path / "ingest" / "__init__.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    with ParserPool() as pool:
        assert pool.capture(*files[0], NOW) is not None
    assert not (tmp_path / "ran").exists()


def test_a_worker_that_died_still_gives_the_answers_it_had_written(scripted: tuple[str, ...]) -> None:
    worker = Worker((sys.executable, "-c", "print('one'); print('two')"))
    try:
        worker.send(b"x" * 200_000 + b"\n")
        assert [worker.receive(20.0) for _ in range(3)] == [b"one", b"two", None]
    finally:
        worker.close()


def test_the_child_is_this_interpreter_in_its_own_process() -> None:
    worker = Worker(child_command("capture"))
    try:
        assert worker.receive(20.0) == b'{"ready": true}'
        assert worker.pid != os.getpid()
    finally:
        worker.close()


def test_the_child_that_nobody_waits_for_gives_way_to_the_workers() -> None:
    worker = Worker(child_command("health"))
    try:
        assert worker.receive(20.0) == b'{"ready": true}'
        assert psutil.Process(worker.pid).nice() == min(19, psutil.Process().nice() + 10)
    finally:
        worker.close()


@pytest.mark.parametrize("count", [0, 1, 3, 450])
def test_several_children_answer_in_the_order_of_the_files(tmp_path: Path, count: int) -> None:
    files = []
    for number in range(count):
        name = f"PXL_20260314_{number // 60:02}{number % 60:02}00000.bin".encode()
        path = os.fsencode(tmp_path / os.fsdecode(name))
        Path(os.fsdecode(path)).write_bytes(b"x")
        files.append((path, name))
    found = list(captures_by_several(files, NOW, children=3))
    assert [(c.local.hour, c.local.minute) for c in found if c] == [(n // 60, n % 60) for n in range(count)]
