"""Who may see the page: whoever opened a link that was shown once, in the browser where it was opened.

A link holds a token, a browser a cookie; both are signed with a key that lies in the home, readable by its owner alone.
"""

import contextlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

KEY = "dashboard.key"
RUNNING = "dashboard.json"  # where the page of this home is served now, for `safelight dashboard --link`
LINK_HOLDS = 300.0  # seconds
VISIT_HOLDS = 7 * 86_400.0
_BYTES = 32


@dataclass
class Keys:
    """The key of a home, and which links were used since this start. boot: a word of this start; links hold for it."""

    key: bytes
    boot: str
    _used: dict[str, float] = field(default_factory=dict)

    def link_token(self, now: float) -> str:
        """A new token, good once, for five minutes."""
        return self._signed(f"link.{self.boot}", now + LINK_HOLDS)

    def redeem(self, token: str, now: float) -> bool:
        """Whether this token opens the page; it does so once."""
        self._used = {word: until for word, until in self._used.items() if until > now}
        if not self._holds(f"link.{self.boot}", token, now) or token in self._used:
            return False
        self._used[token] = now + LINK_HOLDS
        return True

    def visit(self, now: float) -> str:
        """What a browser keeps: good for a week, also when the page is started anew."""
        return self._signed("visit", now + VISIT_HOLDS)

    def is_visit(self, word: str, now: float) -> bool:
        """Whether a browser may come in."""
        return self._holds("visit", word, now)

    def form_word(self, visit: str) -> str:
        """What every form of a visit holds, so that no other page can send it."""
        return self._mark(f"form.{visit}")

    def _signed(self, kind: str, until: float) -> str:
        facts = f"{int(until):x}.{secrets.token_hex(16)}"
        return f"{facts}.{self._mark(f'{kind}.{facts}')}"

    def _holds(self, kind: str, word: str, now: float) -> bool:
        facts, _, mark = word.rpartition(".")
        if not facts.isascii() or not mark.isascii() or not hmac.compare_digest(mark, self._mark(f"{kind}.{facts}")):
            return False
        return int(facts.partition(".")[0], 16) > now

    def _mark(self, text: str) -> str:
        return hmac.new(self.key, text.encode("ascii"), "sha256").hexdigest()


def new_keys(home: Path) -> Keys:
    """The key of this home, made where there is none, and a new start.

    Raises:
        OSError: the home cannot be written.
    """
    return Keys(_key_of(home), secrets.token_hex(8))


def _key_of(home: Path) -> bytes:
    path = home / KEY
    with contextlib.suppress(FileNotFoundError):
        found = path.read_bytes()
        if len(found) == _BYTES:
            path.chmod(0o600)
            return found
        path.unlink()
    key = secrets.token_bytes(_BYTES)
    _write_private(path, key)
    return key


def tell_running(home: Path, keys: Keys, port: int) -> None:
    """Note where the page is served, for `link_of_running`."""
    me = psutil.Process()
    facts = {"schema": 1, "pid": me.pid, "born": me.create_time(), "port": port, "boot": keys.boot}
    _write_private(home / RUNNING, json.dumps(facts).encode("ascii"))


def stop_running(home: Path, keys: Keys) -> None:
    """Take that note away, where it is still ours."""
    running = _running(home)
    if running and running["boot"] == keys.boot:
        (home / RUNNING).unlink(missing_ok=True)


def link_of_running(home: Path, now: float) -> tuple[int, str] | None:
    """(port, a new token) for the page that is served now; None when there is no note of one."""
    running = _running(home)
    if running is None:
        return None
    return int(running["port"]), Keys(_key_of(home), str(running["boot"])).link_token(now)


def _running(home: Path) -> dict[str, Any] | None:
    """The note of a page whose process still runs."""
    try:
        told = dict(json.loads((home / RUNNING).read_bytes()))
        return told if abs(psutil.Process(told["pid"]).create_time() - told["born"]) < 1.0 else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def _write_private(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    new.replace(path)
