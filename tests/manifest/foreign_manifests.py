"""Manifests as another program, or an attacker, might write them."""

from pathlib import Path

from manifest_cases import chain

from ingest.manifest.hashing import c4
from ingest.manifest.records import Link
from ingest.manifest.write import render_chain

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0"><creatorinfo>'
    "<creationdate>2025-05-31T21:30:00+00:00</creationdate><hostname>h</hostname>"
    '<tool version="1">foreign</tool></creatorinfo><processinfo><process>in-place</process></processinfo>'
)
DIGEST = "3043c78169f25c3f97d5a48ef320eec2"


def one(path: str = "a", digest: str = f'<xxh128 action="original">{DIGEST}</xxh128>', attributes: str = "") -> str:
    return f"<hash><path{attributes}>{path}</path>{digest}</hash>"


def listing(*hashes: str, rest: str = "") -> bytes:
    return f"{HEAD}<hashes>{''.join(hashes)}</hashes>{rest}</hashlist>".encode()


def sealed(folder: Path, *generations: bytes) -> Path:
    """A history whose chain fits, whatever its manifests say."""
    (folder / "ascmhl").mkdir(parents=True)
    links = []
    for number, data in enumerate(generations, 1):
        name = f"{number:04d}_x_2025-05-31_213000Z.mhl"
        (folder / "ascmhl" / name).write_bytes(data)
        links.append(Link(number, name.encode(), c4(data)))
    chain(folder).write_bytes(render_chain(links))
    return folder
