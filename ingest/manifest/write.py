"""Records to bytes: one generation and its chain, ASC MHL 2.0. Pure: what to write and when is told.

Elements stand in the order of the schema; in two places the specification's prose tells another one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO

from ingest.manifest.names import CHAIN_NAMESPACE, LIST_NAMESPACE, plain
from ingest.manifest.records import FORMAT, TOOL, Entry, FolderHash, Link, Stamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def render_manifest(
    stamp: Stamp,
    *,
    files: Sequence[Entry],
    folders: Mapping[bytes, FolderHash],
    root: FolderHash | None,
    patterns: Sequence[str],
) -> bytes:
    """The bytes of one generation. All paths must be `expressible`; root: only when it covers the whole folder.

    Raises:
        ValueError: no file at all.
    """
    if not files:
        raise ValueError("a manifest without files is never written")
    hashed = _instant(stamp.created)
    head = [
        _DECLARATION,
        f'<hashlist version="2.0" xmlns="{LIST_NAMESPACE}">',
        *_creator(stamp),
        *_process(stamp, root, patterns, hashed),
        "  <hashes>",
    ]
    whole = BytesIO()  # a manifest of 100,000 files is 40 MB: neither its lines nor its text are kept beside its bytes
    for line in head:
        whole.write(line.encode() + b"\n")
    for entry in files:
        whole.write(_file(entry).encode())
    for path in sorted(folders):
        whole.write(_folder(path, folders[path], hashed).encode() + b"\n")
    whole.write(b"  </hashes>\n</hashlist>\n")
    return whole.getvalue()


def render_chain(links: Sequence[Link]) -> bytes:
    """The bytes of `ascmhl_chain.xml`; exactly this form is demanded of a chain that we wrote last."""
    lines = [_DECLARATION, f'<ascmhldirectory xmlns="{CHAIN_NAMESPACE}">']
    for link in links:
        lines += [
            f'  <hashlist sequencenr="{link.number}">',
            f"    <path>{_text(link.name)}</path>",
            f"    <c4>{link.c4}</c4>",
            "  </hashlist>",
        ]
    return "\n".join([*lines, "</ascmhldirectory>", ""]).encode()


def _creator(stamp: Stamp) -> list[str]:
    return [
        "  <creatorinfo>",
        f"    <creationdate>{_instant(stamp.created)}</creationdate>",
        f"    <hostname>{escape(plain(stamp.hostname))}</hostname>",
        f'    <tool version="{escape(plain(stamp.tool_version))}">{TOOL}</tool>',
        "  </creatorinfo>",
    ]


def _process(stamp: Stamp, root: FolderHash | None, patterns: Sequence[str], hashed: str) -> list[str]:
    """The root hash may be without digests (the schema allows it): without the element the reference tool crashes."""
    return [
        "  <processinfo>",
        f"    <process>{stamp.process}</process>",
        "    <roothash>",
        *_folder_digests(root, hashed),
        "    </roothash>",
        "    <ignore>",
        *(f"      <pattern>{escape(pattern)}</pattern>" for pattern in patterns),
        "    </ignore>",
        "  </processinfo>",
    ]


def _file(entry: Entry) -> str:
    modified = _modified(entry.mtime_ns)
    date = f' lastmodificationdate="{modified}"' if modified else ""
    attributes = f'action="{entry.action}" hashdate="{_instant(entry.hashed_at)}"'
    return (
        f'    <hash>\n      <path size="{entry.size}"{date}>{_text(entry.path)}</path>\n'
        f"      <{FORMAT} {attributes}>{entry.xxh128.hex()}</{FORMAT}>\n    </hash>\n"
    )


def _folder(path: bytes, hashes: FolderHash, hashed: str) -> str:
    digests = "\n".join(_folder_digests(hashes, hashed))
    return f"    <directoryhash>\n      <path>{_text(path)}</path>\n{digests}\n    </directoryhash>"


def _folder_digests(hashes: FolderHash | None, hashed: str) -> tuple[str, ...]:
    if hashes is None:
        return ("      <content/>", "      <structure/>")
    date = f'hashdate="{hashed}"'
    return (
        f"      <content><{FORMAT} {date}>{hashes.content.hex()}</{FORMAT}></content>",
        f"      <structure><{FORMAT} {date}>{hashes.structure.hex()}</{FORMAT}></structure>",
    )


def _text(path: bytes) -> str:
    return escape(path.decode("utf-8"), quote=False)


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _modified(mtime_ns: int) -> str:
    """UTC with its own offset; nothing for an instant that no calendar holds (cameras do write such)."""
    try:
        return (_EPOCH + timedelta(microseconds=mtime_ns // 1000)).isoformat(timespec="microseconds")
    except OverflowError:
        return ""
