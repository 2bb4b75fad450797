"""Try how a person is called, and take the addresses for it."""

import getpass
import sys

from ingest.cli.console import Console, shape
from ingest.config import Settings
from ingest.config.settings import UrlsFrom
from ingest.errors import Exit, UsageError
from ingest.notices.decide import Kind, Notice
from ingest.notices.send import is_address, send
from ingest.notices.urls import VARIABLE, keep_urls

_WORDS = {"desktop": "this computer's desktop", "addresses": "every address"}


def run_test(settings: Settings, console: Console) -> int:
    """Gives 0 when every way that is set took it, 4 when one did not or none is set."""
    text = f"This is a test by station {settings.station}. You are called for four things only."
    sent = send(Notice(Kind.NEEDS_YOU, "Safelight can reach you", text, "test"), settings.notices)
    problems = list(sent.problems)
    if not sent.ways and not problems:
        problems = ["No way is set. In the settings: [notices] desktop = true, or urls_from"]
    code = Exit.CONFIG if problems else Exit.OK
    console.line({"schema": 1, "type": "summary", "ways": list(sent.ways), "problems": problems, "exit": int(code)})
    for way in sent.ways:
        console.say(f"{shape('safe')} Taken by {_WORDS[way]}")
    for problem in problems:
        console.say(f"{shape('warn')} {problem}")
    return int(code)


def run_urls(settings: Settings, console: Console) -> int:
    """Gives 0 when they lie in the keychain.

    Raises:
        UsageError: there is nobody to ask, nothing was typed, or Apprise knows no such address.
        ConfigError: the keychain does not take them.
    """
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here", hint=f"Run it in a terminal, or set {VARIABLE}")
    console.note("Addresses as Apprise writes them, one a line; what is typed is not shown. An empty line ends.")
    typed: list[str] = []
    while line := getpass.getpass(f"Address {len(typed) + 1}: ").strip():
        typed.append(_looked_at(line, len(typed) + 1))
    if not typed:
        raise UsageError("No address was typed", hint="Nothing was changed in the keychain")
    keep_urls(typed)
    lacks = settings.notices.urls_from is not UrlsFrom.KEYCHAIN
    console.line({"schema": 1, "type": "summary", "kept": len(typed), "in_use": not lacks})
    console.say(f"{shape('safe')} {len(typed)} in the system's keychain. Try them: safelight notices test")
    if lacks:
        console.say('  Add to the settings: [notices] urls_from = "keychain"')
    return int(Exit.OK)


def _looked_at(url: str, number: int) -> str:
    if " " in url or not is_address(url):
        raise UsageError(f"Address {number} is none that Apprise knows", hint="Nothing was changed in the keychain")
    return url
