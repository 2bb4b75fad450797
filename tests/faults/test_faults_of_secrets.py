"""A whole working day with a known key: whatever was printed, written, sent to a child or kept, it is not in there."""

import base64
import gzip
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from nothing_false import photographs
from studio import Run, Studio

from ingest.cloud.loopback import LoopbackB2

ID = "0055f2c9a1b3d4e0000000007"
SECRET = "K005/hushHUSH+hushhush=never/told"  # the characters that addresses and base64 turn into others
BUCKET = "my-archive"
FAILING = """
import ingest.cli.do_cloud as verb, os, sys
basic = sys.argv.pop()
def run_cloud(*_, **__):
    try:
        raise ValueError("Authorization: Basic " + basic)
    except ValueError as error:
        raise RuntimeError(f"no luck with {os.environ['B2_APPLICATION_KEY']}\\x1b[2J") from error
verb.run_cloud = run_cloud
from ingest.cli.main import run
run()
"""


def forms(secret: str) -> set[bytes]:
    """All that one needs to have the secret, in the writings in which libraries pass it on."""
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), secret[::-1], secret.encode().hex()}
    for packed in (secret, f"{ID}:{secret}"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            texts.add(encode(packed.encode()).decode().rstrip("="))
    return {text.encode() for text in texts}


def family_of(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:  # it grows
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


class Watched:
    """Everything that a day brings about. seen: where -> bytes."""

    def __init__(self, studio: Studio, server: LoopbackB2) -> None:
        self.studio, self.server = studio, server
        self.seen: dict[str, bytes] = {}
        self.children = 0

    def run(self, *words: str | Path, **environment: str) -> Run:
        process = self.studio.start(*words, environment=environment)
        with self._looked_at(process.pid):
            out, err = process.communicate(timeout=150)
        answer = Run(process.returncode, out, err)
        return self.printed(" ".join(map(str, words)), answer)

    def printed(self, what: str, answer: Run) -> Run:
        self.seen[f"{len(self.seen)} stdout of {what}"] = answer.out.encode()
        self.seen[f"{len(self.seen)} stderr of {what}"] = answer.err.encode()
        return answer

    @contextmanager
    def _looked_at(self, pid: int) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._look, args=(pid, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _look(self, pid: int, ended: threading.Event) -> None:
        """Command lines of the process and of all below it, as `ps` shows them; of parsers also their environment."""
        while not ended.is_set():
            for one in family_of(pid):
                try:
                    told = Path(f"/proc/{one}/cmdline").read_bytes()
                    if b"parser_child" in told:
                        told += Path(f"/proc/{one}/environ").read_bytes()
                except OSError:
                    continue
                self.children += f"ps {one}" not in self.seen
                self.seen[f"ps {one}"] = self.seen.get(f"ps {one}", b"") + told
            time.sleep(0.02)

    def everything(self) -> Iterator[tuple[str, bytes]]:
        yield from self.seen.items()
        for path in sorted(self.studio.base.rglob("*")):
            yield f"name of {path}", os.fsencode(path)
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                yield str(path), gzip.decompress(data) if path.suffix == ".gz" else data

    def tokens(self) -> set[bytes]:
        """Of the account and for uploads, as the service gave them out."""
        with self.server.lock:
            return {token.encode() for token in self.server.simulator.auth_token_to_key}


@pytest.fixture
def day(studio, monkeypatch) -> Iterator[Watched]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LoopbackB2(BUCKET) as server:
        key = server.simulator.key_id_to_key.pop(server.key_id)
        key.application_key_id, key.key = ID, SECRET
        server.simulator.key_id_to_key[ID] = key
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", ID)
        monkeypatch.setenv("B2_APPLICATION_KEY", SECRET)
        studio.configure(extra=f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nrealm = "{server.url}"\n')
        yield Watched(studio, server)


def nobody_was_told(day: Watched, secret: str) -> None:
    hidden = forms(secret) | day.tokens()
    told = [where for where, data in day.everything() if any(form in data for form in hidden)]
    assert not told


def test_after_a_day_of_work_and_failures_the_key_is_in_nothing_that_was_printed_or_written(day):
    """F103. Setup, ingest, upload, statuses and doctor; then a key that is refused, an error that holds the key."""
    photographs(day.studio)
    for words in (("cloud", "setup", "--json"), ("cloud", "setup", "--lock", "30", "--yes"), ("cloud", "setup")):
        assert day.run(*words).code == (16 if "--lock" in words else 0), words
    assert day.run("ingest", day.studio.card, "--json").code == 0
    assert day.run("cloud", "run", "--json").last["sent"] == 4
    for words in (("cloud", "status", "--json"), ("doctor",), ("doctor", "--json"), ("status",)):
        assert day.run(*words).code == 0, words
    day.studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
    assert day.run("ingest", day.studio.card).code == 0
    nobody_was_told(day, SECRET)
    assert day.children > 12

    wrong = SECRET + "wrong"
    for words in (("cloud", "run", "--json"), ("cloud", "run"), ("doctor", "--json"), ("cloud", "setup", "--json")):
        answer = day.run(*words, B2_APPLICATION_KEY=wrong)
        assert answer.code == 16, answer.out + answer.err
    nobody_was_told(day, wrong)


@pytest.mark.parametrize("secret", [SECRET, SECRET + "wrong"])
def test_a_key_that_is_typed_at_a_terminal_is_not_shown_and_written_nowhere(day, monkeypatch, secret):
    """F103. The right one, and one that the service refuses."""
    monkeypatch.delenv("B2_APPLICATION_KEY_ID")
    monkeypatch.delenv("B2_APPLICATION_KEY")
    code, shown = typed_at_a_terminal(day, {"Key ID: ": ID, "Application key": secret, "[y/N]": "n"}, "cloud", "setup")
    day.printed("a terminal", Run(code, shown, ""))
    assert code == (0 if secret == SECRET else 16), shown
    assert ID in shown  # what may be seen is echoed, so that what may not would be, too
    nobody_was_told(day, secret)


def typed_at_a_terminal(day: Watched, answers: dict[str, str], *words: str) -> tuple[int, str]:
    """The command with a terminal of its own; each answer is typed when its question stands there."""
    environment = {**os.environ, "SAFELIGHT_HOME": str(day.studio.home)}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "ingest.cli.main", *words], environment)
    shown, left = b"", dict(answers)
    with suppress(OSError):  # of a terminal that nobody has open any more
        while block := os.read(terminal, 4096):
            shown += block
            for question in [each for each in left if each.encode() in shown]:
                os.write(terminal, f"{left.pop(question)}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode().replace("\r\n", "\n")


def test_neither_the_stations_key_nor_an_address_for_notices_is_printed_or_written(day, monkeypatch):
    """F103. Certificates are made, shown and checked; a notice goes to an address that does not answer."""
    seed, word = "5eed" * 16, "hush-hush/for+mail"
    day.studio.configure(extra='[notices]\ndesktop = false\nurls_from = "environment"\n')
    monkeypatch.setenv("SAFELIGHT_STATION_KEY", seed)
    monkeypatch.setenv("SAFELIGHT_NOTICE_URLS", f"json://somebody:{quote(word, safe='')}@127.0.0.1:9/box")
    photographs(day.studio)
    assert day.run("ingest", day.studio.card, "--json").code == 0
    paper = day.studio.base / "paper.html"
    assert day.run("certificate", day.studio.card, "--to", paper).code == 0
    for words in (("certificate", "check", paper), ("certificate", "key"), ("certificate", "1", "--as", "json")):
        assert day.run(*words).code == 0
    assert day.run("notices", "test").code == 4
    assert day.run("certificate", "1", SAFELIGHT_STATION_KEY=seed + "0").code == 4
    nobody_was_told(day, seed)
    nobody_was_told(day, word)
    assert bytes.fromhex(seed) not in paper.read_bytes()


@pytest.mark.parametrize("words", [("cloud", "run"), ("cloud", "run", "--json")])
def test_an_error_of_a_library_that_holds_the_key_is_told_without_it(day, words):
    """F103. Also in the lines that are printed for a report."""
    for basic in (f"{ID}:{SECRET}", SECRET):
        answer = run_failing(day, *words, base64.b64encode(basic.encode()).decode())
        assert answer.code == 1
        assert "[key]" in answer.out + answer.err
        assert "RuntimeError" in answer.err
        answer.check(is_json=False)
    nobody_was_told(day, SECRET)


def run_failing(day: Watched, *words: str) -> Run:
    environment = {**os.environ, "SAFELIGHT_HOME": str(day.studio.home)}
    done = subprocess.run(
        [sys.executable, "-c", FAILING, *words], env=environment, capture_output=True, text=True, timeout=60
    )
    return day.printed("an unexpected error", Run(done.returncode, done.stdout, done.stderr))


@pytest.mark.parametrize(
    "line",
    [
        'application_key = "{}"',
        "application_key = {}",
        'realm = "https://id:{}@b2.example"',
        'bucket = "{}"',
        'prefix = "/{}"',
        "{}",
        '"{}" = 1',
        "kind = '{}",
        'kind = "{}"',
        '[[destinations]]\nname = "x"\nkind = "{}"\nroot = "/x"',
        '[gate]\nreads = "{}"',
        '[gate]\nb2_key = "{}"',
        "[{}",
    ],
)
def test_a_key_that_was_written_into_the_settings_is_not_repeated_by_what_tells_the_mistake(day, line):
    """F103. Another key than the one in the environment: nothing knows that it is one."""
    other = "K005anotherHushHushHushHush1234"
    config = day.studio.home / "config.toml"
    text = config.read_text(encoding="utf-8").replace('kind = "b2"\n', "") + line.format(other) + "\n"
    config.write_text(text, encoding="utf-8")
    for words in (("doctor",), ("status", "--json"), ("cloud", "run")):
        answer = day.studio.run(*words)
        day.printed(" ".join(words), answer)
        assert answer.code == 4, answer.out
    config.unlink()
    nobody_was_told(day, other)
