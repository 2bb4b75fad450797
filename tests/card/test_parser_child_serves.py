"""The child's loop, run here in this process, and its limits, in one of their own."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from camera_file_builders import NOW, TAKEN, jpeg, wav

from ingest.card.parser_child import _answerer, open_regular, serve
from ingest.card.parser_wire import Request, decode_capture, decode_findings, decode_request, encode_request


def served(task: str, requests: list[Request]) -> list[bytes]:
    answers = io.BytesIO()
    asked: list[int] = []
    serve(
        io.BytesIO(b"".join(map(encode_request, requests))), answers, *_answerer(task), before=lambda: asked.append(1)
    )
    ready, *lines = answers.getvalue().splitlines()
    assert ready == b'{"ready": true}'
    assert asked
    return lines


def test_one_line_is_answered_for_each_request(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    paths = [os.fsencode(tmp_path / name) for name in ("a.jpg", "missing.jpg", "a.jpg")]
    found = [decode_capture(line) for line in served("capture", [Request(path, b"a.jpg", NOW) for path in paths])]
    assert found[1] is None
    assert found[0] == found[2]
    assert found[0] is not None
    assert found[0].local == TAKEN.replace(microsecond=700_000)


class Wire(io.BytesIO):
    """Remembers how many answers had gone out whenever some did."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []

    def flush(self) -> None:
        lines = self.getvalue().count(b"\n") - 1
        if lines > (self.sent[-1] if self.sent else 0):
            self.sent.append(lines)


@pytest.mark.parametrize(("pause", "sent"), [(0.0, [16, 32, 40]), (1.0, list(range(1, 41)))])
def test_answers_go_out_together_unless_a_file_takes_long(pause: float, sent: list[int]) -> None:
    wire, now = Wire(), [0.0]

    def answer(_file: object, request: Request) -> bytes:
        now[0] += pause
        return request.name + b"\n"

    allowed: list[float] = []
    requests = io.BytesIO(b"".join(encode_request(Request(__file__.encode(), b"%d" % nth)) for nth in range(40)))
    serve(requests, wire, answer, b"", before=lambda: allowed.append(now[0]), clock=lambda: now[0])
    assert wire.sent == sent
    assert wire.getvalue().split()[2:] == [b"%d" % nth for nth in range(40)]
    assert len(allowed) == len(sent)


def test_a_request_that_comes_in_two_pieces_is_answered_once(tmp_path: Path) -> None:
    class Pieces(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(7)

    line = encode_request(Request(__file__.encode(), b"a"))
    wire = Wire()
    serve(Pieces(line * 3), wire, lambda _file, request: request.name + b"\n", b"")
    assert wire.getvalue().split()[2:] == [b"a"] * 3


def test_a_file_that_cannot_be_read_is_unchecked(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav()[:-3])
    requests = [Request(os.fsencode(tmp_path / name), b"a.wav") for name in ("a.wav", "missing.wav")]
    found = [decode_findings(line, b"a.wav") for line in served("health", requests)]
    assert [[finding.code for finding in one] for one in found] == [["truncated"], ["unchecked"]]


@pytest.mark.parametrize("path", [b"/card/\xff\xfe\n\"'.jpg", "/card/Été 📷.jpg".encode(), b"/" + b"\xff" * 4_000])
def test_a_request_keeps_every_byte_of_a_path(path: bytes) -> None:
    request = Request(path, path[1:], NOW)
    line = encode_request(request)
    assert line.count(b"\n") == 1
    assert decode_request(line) == request


def test_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        with pytest.raises(OSError, match=r"."):
            open_regular(os.fsencode(tmp_path / name))
    with open_regular(os.fsencode(tmp_path / "a")) as file:
        assert file.read() == b"x"


def probed(probe: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs a line of Python in a process of its own, with the packages of this checkout."""
    command = [sys.executable, "-P", "-c", probe]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, capture_output=True, cwd=folder, env=environment, check=False)


def test_libraries_cannot_print_into_the_answers(tmp_path: Path) -> None:
    """LibRaw writes to stderr by itself; what a child prints to stdout and stderr goes nowhere."""
    probe = "import sys; from ingest.card import parser_child as c; answers = c._private_stdout(); "
    probe += "print('noise', flush=True); print('noise', file=sys.stderr, flush=True); answers.write(b'answer')"
    ran = probed(probe, tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"answer", b"")


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("bytearray(600 << 20)", "MemoryError"),
        ("open('written', 'w').write('x' * 100_000)", "File too large"),
        ("[open('/dev/null') for _ in range(60)]", "Too many open files"),
    ],
)
def test_the_child_limits_itself(tmp_path: Path, deed: str, error: str) -> None:
    ran = probed(f"from ingest.card import parser_child as c; c._limit('capture'); c._allow_cpu(5); {deed}", tmp_path)
    assert ran.returncode == 1
    assert error in ran.stderr.decode()


def test_the_ingest_itself_imports_no_parser_of_pictures(tmp_path: Path) -> None:
    ran = probed("import sys, ingest.session.run; assert not {'exifread', 'rawpy'} & sys.modules.keys()", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_child_left_alone_ends_by_its_own_cpu_limit(tmp_path: Path) -> None:
    probe = "from ingest.card import parser_child as c; c._limit('capture'); c._allow_cpu(1)\nwhile True: pass"
    ran = probed(probe, tmp_path)
    assert ran.returncode < 0
