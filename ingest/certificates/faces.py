"""The three files of a certificate: JSON for programs, text, and a page to print. Each carries all of it, signed.

What a certificate is made of and its signature give every byte of text and page, so that a check can make them again.
"""

import base64
import json
import textwrap
from html import escape

from ingest.certificates.facts import Certificate, canonical
from ingest.certificates.parts import FileWords, Part, card_of, file_words, parts_of, title_of
from ingest.certificates.signing import Signature, envelope

WIDTH = 96
_NAME = 12
_TOGETHER = 200  # files in one table of the page
BEGIN, END = "-----BEGIN SIGNED FACTS-----", "-----END SIGNED FACTS-----"
OPEN, CLOSE = '<script type="application/json" id="signed-facts">', "</script>"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
html { color: light-dark(#111, #e8e8e8); background: light-dark(#fff, #17191c); }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.9rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
.card { font-size: 1.2rem; margin: .2rem 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .15rem .8rem .15rem 0; overflow-wrap: anywhere; }
th[scope=row] { width: 8rem; font-weight: 600; }
section { content-visibility: auto; contain-intrinsic-size: auto 14000px; }
.files { font-size: 12px; table-layout: fixed; }
.files th:nth-child(1) { width: 34%; }
.files th:nth-child(2) { width: 40%; }
.files th, .files td { border-bottom: 1px solid #8888; }
code { font: 11px/1.4 ui-monospace, monospace; }
.safe h1 { color: light-dark(#14632c, #7fd99a); }
.not_yet h1 { color: light-dark(#7a4d00, #f0c060); }
.do_not_format h1 { color: light-dark(#a31515, #ff9a8f); }
@page { margin: 15mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  section { content-visibility: visible; }
  .files { font-size: 7.5pt; }
  code { font-size: 7pt; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
"""


def as_json(certificate: Certificate, signature: Signature | None) -> str:
    """The facts, their SHA-256 and the signature as one line of JSON in ASCII."""
    return json.dumps(envelope(certificate, signature), sort_keys=True) + "\n"


def as_text(certificate: Certificate, signature: Signature | None) -> str:
    """Plain text in UTF-8; the signed facts below it as base64 of their JSON."""
    facts = certificate.facts
    lines = ["Safelight certificate", "", title_of(facts), f"Card {card_of(facts)}", ""]
    for part in parts_of(facts, certificate.sha256, signature):
        lines += [part.title, *(line for row in part.rows for line in _row(*row)), ""]
    lines += [f"Files ({len(facts['files']):,})"]
    for file in facts["files"]:
        lines += _file_lines(file_words(file))
    packed = base64.b64encode(canonical(envelope(certificate, signature))).decode("ascii")
    lines += ["", BEGIN, *(packed[at : at + 76] for at in range(0, len(packed), 76)), END, ""]
    return "\n".join(lines)


def _row(name: str, text: str) -> list[str]:
    """`  Label       EOSR5_A`; what is longer than a line goes on below, hashes and signatures whole."""
    first = f"  {name:<{_NAME}} " if name else "  "
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]  # fmt: skip


def _file_lines(file: FileWords) -> list[str]:
    lines = [f"  {file.path}" + f"   {file.size}" * bool(file.size)]
    lines += [f"      copied as {file.name}"] * bool(file.name)
    lines += [f"      {name:<6} {value}" for name, value in file.hashes]
    return [*lines, *(f"      proven {proof}" for proof in file.proofs), *[f"      {file.why}"] * bool(file.why)]


def as_html(certificate: Certificate, signature: Signature | None) -> str:
    """One page that needs nothing else, no script, no network; prints on A4 and Letter, on any number of sheets."""
    facts = certificate.facts
    parts = "".join(_section(part) for part in parts_of(facts, certificate.sha256, signature))
    rows = [_file_row(file_words(file)) for file in facts["files"]]
    tables = "".join(_table(rows[at : at + _TOGETHER], at + 1) for at in range(0, len(rows), _TOGETHER))
    data = canonical(envelope(certificate, signature)).decode("utf-8", "replace")
    for character in "<>&":
        data = data.replace(character, f"\\u{ord(character):04x}")
    title, card = escape(title_of(facts)), escape(card_of(facts))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}: {card}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f'<body class="{escape(facts["verdict"]["level"])}"><main>\n'
        f'<p>Safelight certificate</p>\n<h1>{title}</h1>\n<p class="card">{card}</p>\n{parts}'
        f"<h2>Files ({len(facts['files']):,})</h2>\n"
        f"{tables}</main>\n"
        f"{OPEN}{data}{CLOSE}\n</body></html>\n"
    )


def _section(part: Part) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>\n'
        if name
        else f'<tr><td colspan="2">{escape(text)}</td></tr>\n'
        for name, text in part.rows
    )
    return f"<h2>{escape(part.title)}</h2>\n<table><tbody>\n{rows}</tbody></table>\n"


def _table(rows: list[str], first: int) -> str:
    """Some of the files: a browser lays out those alone that are looked at, of ten thousand too."""
    text = "\n".join(rows)
    return (
        f'<section aria-label="Files {first:,} to {first + len(rows) - 1:,}"><table class="files"><thead><tr>'
        '<th scope="col">File on the card</th><th scope="col">Hashes</th><th scope="col">Proven</th></tr></thead>\n'
        f"<tbody>\n{text}\n</tbody></table></section>\n"
    )


def _file_row(file: FileWords) -> str:
    hashes = "<br>".join(f"{name} <code>{escape(value)}</code>" for name, value in file.hashes)
    proofs = "<br>".join(escape(proof) for proof in file.proofs)
    more = "".join(f"<br>{escape(text)}" for text in (file.size, f"copied as {file.name}" * bool(file.name)) if text)
    return f"<tr><td>{escape(file.path)}{more}</td><td>{hashes}</td><td>{proofs}{escape(file.why)}</td></tr>"
