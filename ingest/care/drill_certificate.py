"""What a drill showed, for people and machines: text, JSON, and one page to print."""

import html
import json
from datetime import UTC, datetime
from typing import Any

from ingest.model.drills import Drill, PlaceDrill, Tried, Why
from ingest.model.names import display

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #111;
  background: #fff; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ccc; vertical-align: top;
  overflow-wrap: anywhere; }
code { font-size: 12px; }
.verdict { font-size: 1.4rem; font-weight: 600; }
"""


def as_record(drill: Drill) -> dict[str, Any]:
    """The certificate as JSON."""
    return {
        "schema": 1, "type": "drill", "at": _utc(drill.at), "station": drill.station, "seed": drill.seed,
        "passed": drill.passed, "places": [place_record(place) for place in drill.places],
    }  # fmt: skip


def place_record(place: PlaceDrill) -> dict[str, Any]:
    """One place of it. tried = equal + failed."""
    return {
        "place": place.place, "passed": place.passed, "absent": place.absent, "held": place.held,
        "larger": place.larger, "tried": len(place.tried), "equal": place.equal,
        "failed": len(place.tried) - place.equal, "bytes": place.bytes,
        "files": [_file_record(each) for each in place.tried],
    }  # fmt: skip


def _file_record(tried: Tried) -> dict[str, Any]:
    return {
        "path": display(tried.path), "size": tried.size, "sha1": tried.sha1, "drawn": tried.why.value,
        "equal": not tried.problem, "problem": tried.problem, "opened": tried.opened,
    }  # fmt: skip


def as_json(drill: Drill) -> str:
    """The certificate as a JSON file."""
    return json.dumps(as_record(drill), indent=2) + "\n"


def as_text(drill: Drill) -> str:
    """The certificate as plain text."""
    lines = [_title(drill), f"{_utc(drill.at)}   station {drill.station}   seed {drill.seed}", ""]
    for place in drill.places:
        lines += [summary_of(place), *(f"  {line}" for line in remarks_of(place))]
        lines += [f"  {_file_line(each)}" for each in place.tried] + [""]
    return "\n".join([*lines, *_explained(), ""])


def summary_of(place: PlaceDrill) -> str:
    """One place in one sentence, with counts that add up."""
    tried = len(place.tried)
    if not place.held:
        return f"{place.place}: it holds nothing yet, so nothing could come back"
    if not tried:
        return f"{place.place}: nothing was tried: {place.absent or 'all of its files are too large for this drill'}"
    ended = f", then it could not be asked any more: {place.absent}" * bool(place.absent)
    failed = f", {tried - place.equal:,} DID NOT" * (place.equal < tried)
    return (
        f"{place.place}: {place.equal:,} of {tried:,} came back equal{failed}{ended} (of {place.held:,} files it holds)"
    )


def remarks_of(place: PlaceDrill) -> list[str]:
    """What else is worth a line: files that are too large, what does not open."""
    remarks = [f"{place.larger:,} of its files are too large for this drill"] * bool(place.larger)
    for what, is_catalog in (("raw files", False), ("catalogs", True)):
        these = [each for each in place.tried if each.opened and (each.why is Why.CATALOG) == is_catalog]
        opened = sum(each.opened == "opens" for each in these)
        remarks += [f"{opened:,} of {len(these):,} {what} opened"] * bool(these)
    return remarks


def _file_line(tried: Tried) -> str:
    word = "NOT EQUAL" if tried.problem else "equal"
    told = "; ".join(filter(None, (tried.problem, tried.opened)))
    return f"{word:<9}  {display(tried.path)}  {tried.size:,} bytes  sha1 {tried.sha1}  ({tried.why.value})" + (
        f"  {told}" * bool(told)
    )


def _title(drill: Drill) -> str:
    return "DRILL PASSED" if drill.passed else "DRILL FAILED"


def _explained() -> list[str]:
    return [
        "Each file was read from its place as after a loss, around this computer's cache, and compared with what was",
        "proven at ingest by its size, its xxh128 and its SHA-1. A drill tries a sample; `safelight verify` reads all.",
    ]


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_html(drill: Drill) -> str:
    """The certificate as one page: no script, nothing from elsewhere."""
    title = html.escape(_title(drill))
    body = "".join(_section(place) for place in drill.places)
    facts = html.escape(f"{_utc(drill.at)} · station {drill.station} · seed {drill.seed}")
    note = html.escape(" ".join(_explained()))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>\n'
        f'<h1>Safelight drill</h1><p class="verdict">{title}</p><p>{facts}</p>\n{body}<p>{note}</p></body></html>\n'
    )


def _section(place: PlaceDrill) -> str:
    rows = "".join(_row(each) for each in place.tried)
    head = "<tr><th>File</th><th>Bytes</th><th>SHA-1</th><th>Drawn</th><th>Came back</th></tr>"
    remarks = "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks_of(place))
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""
    name, text = html.escape(place.place), html.escape(summary_of(place))
    return f"<h2>{name}</h2><p>{text}</p>{remarks}{table}\n"


def _row(tried: Tried) -> str:
    word = f"NOT EQUAL: {tried.problem}" if tried.problem else "equal"
    cells = (
        display(tried.path),
        f"{tried.size:,}",
        tried.sha1,
        tried.why.value,
        word + f"; {tried.opened}" * bool(tried.opened),
    )
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
