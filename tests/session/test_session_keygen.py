"""`safelight cloud keygen` at a terminal of its own: shown once, kept only by those who can type its end."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

from keychains import Keychain
from sealed_worlds import PRIVATE, PUBLIC
from studio import cloud_at

IDENTITY = "SAFELIGHT_AGE_IDENTITY"


class Terminal:
    """`safelight cloud keygen` at a terminal of its own."""

    def __init__(self, studio, *words):
        ours, theirs = pty.openpty()
        self.fd, self.seen = ours, ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingest.cli.main", "cloud", "keygen", *words],
            env={**os.environ, "SAFELIGHT_HOME": str(studio.home), "NO_COLOR": "1"},
            stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
        )  # fmt: skip
        os.close(theirs)

    def until(self, words):
        """Read until these words were shown."""
        end = time.monotonic() + 60
        start = len(self.seen)
        while words not in self.seen[start:]:
            assert time.monotonic() < end, self.seen
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    break
        return self.seen

    def type(self, text):
        os.write(self.fd, f"{text}\n".encode())

    def key(self):
        [found] = [word for word in self.seen.split() if word.startswith("AGE-SECRET-KEY-1")]
        return found

    def end(self):
        while True:
            try:
                more = os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                break
            if not more:
                break
            self.seen += more
        os.close(self.fd)
        return self.process.wait(timeout=60)


def test_a_new_key_is_shown_once_kept_only_when_its_end_was_typed_and_brings_the_photographs_back(
    studio, server, tmp_path, monkeypatch
):
    studio.configure(extra=cloud_at(server.url))
    terminal = Terminal(studio)
    terminal.until("Type its last 6 characters")
    assert "NOISE" in terminal.seen
    private = terminal.key()
    terminal.type("WRONG1")
    terminal.until("Type its last 6 characters")
    terminal.type(private[-6:].lower())
    assert terminal.end() == 0
    assert terminal.seen.count("AGE-SECRET-KEY") == 1
    assert "no keychain that keeps it" in terminal.seen  # the tests' one keeps nothing
    [line] = [line.strip() for line in terminal.seen.splitlines() if line.startswith("recipients = ")]
    studio.configure(extra=f"{cloud_at(server.url)}encrypt = true\n{line}\n")
    pictures = studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run").code == 0
    (tmp_path / "back").mkdir()
    for key, code in ((private, 0), ("", 18)):
        monkeypatch.setenv(IDENTITY, key)
        run = studio.run("restore", "Meyer", "--to", tmp_path / "back", "--from", "b2")
        assert run.code == code, run.out
        files = {path.name: path.read_bytes() for path in (tmp_path / "back").rglob("*") if path.is_file()}
        assert files == (pictures if key else {})
        shutil.rmtree(tmp_path / "back" / "2025", ignore_errors=True)
    assert all(private.encode() not in path.read_bytes() for path in studio.base.rglob("*") if path.is_file())


def test_a_key_whose_end_was_never_typed_is_void(studio, server):
    studio.configure(extra=cloud_at(server.url))
    terminal = Terminal(studio)
    for _ in range(3):
        terminal.until("Type its last 6 characters")
        terminal.type("nothing")
    assert terminal.end() == 2
    assert "recipients = " not in terminal.seen
    assert "kept nowhere" in terminal.seen


def test_a_spare_key_joins_the_recipients_that_are_there(studio, server):
    studio.configure(extra=f'{cloud_at(server.url)}encrypt = true\nrecipients = ["{PUBLIC}"]\n')
    terminal = Terminal(studio, "--spare")
    terminal.until("Type its last 6 characters")
    terminal.type(terminal.key()[-6:])
    assert terminal.end() == 0
    assert f'recipients = ["{PUBLIC}", "age1' in " ".join(terminal.seen.split())
    assert "Kept nowhere on this computer" in terminal.seen


def test_no_key_is_made_where_a_file_would_keep_it(studio, server):
    studio.configure(extra=cloud_at(server.url))
    run = studio.run("cloud", "keygen")
    assert run.code == 2
    assert "AGE-SECRET-KEY" not in run.out + run.err


def test_the_keychain_keeps_the_key_and_the_one_that_it_holds_is_never_replaced(studio, server, keychain, monkeypatch):
    chain = keychain(Keychain())
    monkeypatch.setattr("ingest.cli.do_cloud_keygen.is_terminal", lambda: True)
    monkeypatch.setattr("ingest.cli.do_cloud_keygen.new_identity", lambda: (PUBLIC, PRIVATE))
    monkeypatch.setattr("builtins.input", lambda _words: PRIVATE[-6:])
    studio.configure(extra=cloud_at(server.url))
    run = studio.run("cloud", "keygen")
    assert run.code == 0, run.out
    assert chain.entries == {("safelight-age:archive", "age-identity"): PRIVATE}
    assert "In this computer's keychain" in run.out
    again = studio.run("cloud", "keygen")
    assert (again.code, "nothing was made" in again.err + again.out) == (2, True)
    studio.configure(extra=f'{cloud_at(server.url)}encrypt = true\nrecipients = ["{PUBLIC}"]\n')
    assert studio.run("cloud", "status", "--json").last["cannot_open"] == ""
