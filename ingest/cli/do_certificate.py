"""Make a certificate of a verdict, and check one."""

import contextlib
import os
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.certificates.checking import Checked, check, differing
from ingest.certificates.faces import as_html, as_json, as_text
from ingest.certificates.facts import Certificate, certificate_of
from ingest.certificates.parts import card_of, title_of
from ingest.certificates.signing import Signature, fingerprint, sign
from ingest.certificates.station_key import known_keys, station_key
from ingest.cli.console import Console, shape
from ingest.cli.home import Home
from ingest.disk.atomic import write_durably
from ingest.errors import DestinationError, Exit, UsageError
from ingest.ledger.certified import newest_verdict_of
from ingest.ledger.places import find_card
from ingest.ledger.views import CardView, card_views
from ingest.model.names import display, display_text

_FORMS = {"text": (as_text, "txt"), "json": (as_json, "json"), "html": (as_html, "html")}
_SHOWN = 3  # of what differs
_LARGEST = 64 << 20  # bytes of a file that is checked; 10,000 photographs make 4


@dataclass(frozen=True, slots=True)
class Wish:
    """As it was typed."""

    what: str | None
    form: str | None
    to: str | None


def run_make(home: Home, console: Console, wish: Wish) -> int:
    """Print the certificate, or write it; gives 0.

    Raises:
        UsageError: no such verdict or form, a card without a verdict, a name that is taken.
        NoCard, CardError: no card was named, and there is none in the reader, or several.
    """
    form = _form(wish)
    if console.json and not wish.to:
        raise UsageError("--json tells where the certificate was written", hint="Add --to, or take --as json")
    certificate = certificate_of(home.ledger, _verdict_number(home, wish.what))
    station = station_key(home.folder)
    signature = sign(certificate, station.key) if station.key else None
    text = _FORMS[form][0](certificate, signature)
    if wish.to:
        _written(console, certificate, signature, _write(wish.to, certificate, form, text), form)
    else:
        for line in text.splitlines():
            console.say(line)
    if signature is None:
        console.note(f"{shape('warn')} The certificate is not signed: {station.why}.")
    return int(Exit.OK)


def _form(wish: Wish) -> str:
    by_name = {"json": "json", "html": "html", "htm": "html", "txt": "text"}
    found = wish.form or by_name.get((wish.to or "").rpartition(".")[2].lower(), "text")
    if found not in _FORMS:
        raise UsageError(f"--as {display_text(found)}: no such form", hint="text, json or html")
    return found


def _verdict_number(home: Home, what: str | None) -> int:
    """Of what was typed, or of the card in the reader."""
    if what is None or os.path.isdir(what):
        return _of_card_in_reader(home, what)
    if re.fullmatch("[0-9]{1,15}", what) and _is_verdict(home.ledger, int(what)):
        return int(what)
    wanted = what.casefold()
    cards = [card for card in card_views(home.ledger) if wanted in (card.label.casefold(), card.uuid.casefold())]
    if len(cards) > 1:
        known = ", ".join(f"{display_text(card.label)} {display_text(card.uuid)}" for card in cards[:5])
        raise UsageError(f"{len(cards)} cards are called {display_text(what)}", hint=f"Name one by its serial: {known}")
    if not cards:
        raise UsageError(
            f"No card and no verdict is called {display_text(what)}", hint="`safelight cards` shows what was seen here"
        )
    return _newest(home.ledger, cards[0].id, _called(cards[0]))


def _is_verdict(ledger: sqlite3.Connection, number: int) -> bool:
    return ledger.execute("SELECT 1 FROM verdict WHERE id = ?", (number,)).fetchone() is not None


def _called(card: CardView) -> str:
    return display_text(card.label or card.uuid or "the card")


def _of_card_in_reader(home: Home, what: str | None) -> int:
    from ingest.session.hands import Hands
    from ingest.session.reader import open_card

    path = os.path.abspath(os.fsencode(what)) if what else None
    with Hands(home.settings.copying.patience) as hands:
        card = open_card(path, home.settings.places(), hands)
    row = find_card(home.ledger, card.identity)
    if row is None:
        raise UsageError(f"{card.name} was never ingested here", hint="Run: safelight ingest")
    return _newest(home.ledger, row.id, card.name)


def _newest(ledger: sqlite3.Connection, card_id: int, name: str) -> int:
    number = newest_verdict_of(ledger, card_id)
    if number is None:
        raise UsageError(f"There is no verdict of {name} yet", hint="Run: safelight ingest")
    return number


def _write(to: str, certificate: Certificate, form: str, text: str) -> Path:
    path = Path(os.path.abspath(to))
    if path.is_dir():
        label = re.sub("[^A-Za-z0-9_-]+", "-", certificate.facts["card"]["label"]).strip("-") or "card"
        path = path / f"safelight-{label}-verdict-{certificate.facts['verdict']['number']}.{_FORMS[form][1]}"
    shown = display(os.fsencode(path))
    try:
        write_durably(os.fsencode(path.parent), os.fsencode(path.name), text.encode(), replace=False)
    except FileExistsError as error:
        raise UsageError(f"{shown} is there already, and is not replaced", hint="Give --to another name") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"There is no folder {display(os.fsencode(path.parent))}", hint="Make it first") from error
    except OSError as error:
        raise DestinationError(f"{shown} could not be written: {error.strerror}", path=shown) from error
    return path


def _written(console: Console, certificate: Certificate, signature: Signature | None, path: Path, form: str) -> None:
    verdict = certificate.facts["verdict"]
    told = signature.fingerprint if signature else ""
    console.line(
        {
            "schema": 1, "type": "summary", "verdict": verdict["number"], "level": verdict["level"], "form": form,
            "path": str(path), "sha256": certificate.sha256, "signed_by": told,
        }
    )  # fmt: skip
    console.say(f"{title_of(certificate.facts)}   {card_of(certificate.facts)}   {verdict['at']}")
    console.say(f"  Certificate: {display(os.fsencode(path))}")
    if told:
        console.say(f"  Signed by this station's key {told}")


def run_check(home: Path, console: Console, file: str, key: str | None) -> int:
    """Gives 0 for one that is as it was signed by a key that is known here or was given, else 18.

    Raises:
        UsageError: there is no such file, or it is far too large.
    """
    found = check(_read(file))
    known = set(map(fingerprint, known_keys(home)))
    if key:
        known = {" ".join(re.findall("....", re.sub("[^0-9a-f]", "", key.lower())))}
    answer, other = _judged(found, known), _against_ledger(home, found.certificate)
    code = Exit.OK if answer == "as signed" else Exit.CARE_FAILED
    signer = found.signature.fingerprint if found.signature else ""
    record: dict[str, Any] = {
        "form": found.form,
        "changed": found.changed,
        "signed_by": signer,
        "known": signer in known,
    }
    record["not_as_in_ledger"] = None if other is None else list(other)
    console.line({"schema": 1, "type": "summary", "answer": answer, **record, "exit": int(code)})
    _tell(console, found, answer, signer)
    if other is not None and (other or answer != "changed"):
        what = ", ".join(map(display_text, other[:_SHOWN])) + f" and {len(other) - _SHOWN:,} more" * (
            len(other) > _SHOWN
        )
        console.say(f"  Not as this ledger has it: {what}" if other else "  It says what this station's ledger says.")
    return int(code)


def _against_ledger(home: Path, certificate: Certificate | None) -> tuple[str, ...] | None:
    """What differs from the very ledger that it is of; None where that is another one, or there is none."""
    from ingest.notices.gather import ledger_of

    if certificate is None:
        return None
    verdict = certificate.facts.get("verdict")
    number = verdict.get("number") if isinstance(verdict, dict) else None
    with contextlib.suppress(sqlite3.Error, OverflowError, UsageError), contextlib.closing(ledger_of(home)) as ledger:
        right = certificate_of(ledger, number if type(number) is int else 0)
        if right.facts["ledger"] == certificate.facts.get("ledger"):
            return differing(certificate, right)
    return None


def _judged(found: Checked, known: set[str]) -> str:
    if found.certificate is None:
        return "unreadable" if found.form else "no certificate"
    if found.changed:
        return "changed"
    if found.signature is None:
        return "unsigned"
    return "as signed" if found.signature.fingerprint in known else "unknown key"


def _tell(console: Console, found: Checked, answer: str, signer: str) -> None:
    good, bad = shape("safe"), shape("do_not_format")
    if found.certificate is None:
        what = "This is no certificate of Safelight" if answer == "no certificate" else "CHANGED"
        console.say(f"{bad} {what}: {display_text(found.changed)}")
        return
    if answer == "changed":
        console.say(f"{bad} CHANGED: {display_text(found.changed)}")
        console.say("  Believe nothing of it. The station that made it can make it again: safelight certificate NUMBER")
        return
    facts: Any = found.certificate.facts
    console.say(f"{title_of(facts)}   {card_of(facts)}   {facts['verdict']['at']}")
    if answer == "unsigned":
        console.say(f"{shape('not_yet')} NOT SIGNED: whether it was changed does not show.")
    elif answer == "as signed":
        console.say(f"{good} As it was signed, by the known key {signer}")
    else:
        console.say(f"{shape('not_yet')} As it was signed, by a key that is not known here: {signer}")
        console.say("  Compare that with what the station says of its key; when they are equal: --key with it.")


def run_key(home: Path, console: Console) -> int:
    """Gives 0 where there is a key, 4 where there is none to sign with."""
    station = station_key(home)
    own = fingerprint(station.key.public_key().public_bytes_raw()) if station.key else ""
    earlier = [each for each in map(fingerprint, known_keys(home)) if each != own]
    code = Exit.OK if own else Exit.CONFIG
    console.line(
        {"schema": 1, "type": "summary", "key": own, "earlier": earlier, "why": station.why, "exit": int(code)}
    )
    console.say(f"This station signs with the key {own}" if own else f"No key to sign with: {station.why}.")
    for each in earlier:
        console.say(f"  earlier: {each}")
    return int(code)


def _read(file: str) -> bytes:
    shown = display(os.fsencode(os.path.abspath(file)))
    try:
        with open(file, "rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}", path=shown) from error
    if len(data) > _LARGEST:
        raise UsageError(f"{shown} is too large to be a certificate", path=shown)
    return data
