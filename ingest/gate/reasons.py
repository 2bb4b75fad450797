"""Everything that can speak against SAFE: one small function a reason, each from evidence and policy alone.

A reason has a stable code, a count, a sentence, the files it is about and the next step. The list is complete when
`reasons_against` is empty exactly for evidence that proves every file: the property tests break one thing at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingest.gate.evidence import CardEvidence, Excuse, FileEvidence, Policy
from ingest.model.cards import EntryKind
from ingest.model.copies import STRENGTH, Method, Proof
from ingest.model.places import separate_devices


@dataclass(frozen=True, slots=True)
class Reason:
    """code: stable word for programs. count: files concerned (0 for the card as a whole). paths: all of them."""

    code: str
    count: int
    text: str
    next_step: str
    paths: tuple[bytes, ...] = ()


# These codes mean that something failed or is unexplained; all others only that work or a device is missing.
DO_NOT = frozenset({"unreadable", "unlistable", "mismatch", "reads disagree", "no files"})

# The methods that count where the policy names this one as the weakest; CACHED never does.
_COUNTING = {weakest: frozenset(m for m in Method if STRENGTH[m] >= max(1, STRENGTH[weakest])) for weakest in Method}

_NOT_AGAIN = (
    "As it is mounted the card cannot be read around the cache, however often: mount it by the kernel's own driver"
    " (exfat, vfat) or on another computer, or set reads = 1 in [gate]; then run: safelight ingest"
)

Rule = Callable[[CardEvidence, Policy], Iterable[Reason]]


def reasons_against(evidence: CardEvidence, policy: Policy) -> tuple[Reason, ...]:
    """Every reason against SAFE, the gravest first; empty exactly when each file is proven or named as left out."""
    found = [reason for rule in _RULES for reason in rule(evidence, policy)]
    return tuple(sorted(found, key=lambda reason: reason.code not in DO_NOT))


def counting_proofs(file: FileEvidence, policy: Policy) -> tuple[Proof, ...]:
    """The proofs of a file that count: matched, strong enough, and equal to what the card gave."""
    if file.source is None:
        return ()
    wanted, counts = file.source.xxh128, _COUNTING[policy.weakest]
    return tuple([p for p in file.proofs if p.matched and p.method in counts and p.xxh128 == wanted])


def distinct_devices(proofs: Sequence[Proof]) -> int:
    """How many of the proofs stand on pairwise disjoint sets of physical devices (greedy: small sets first)."""
    return separate_devices(proof.devices for proof in proofs)


def _pending(evidence: CardEvidence) -> list[FileEvidence]:
    return [file for file in evidence.files if file.excuse is Excuse.NONE]


def _about(code: str, files: Sequence[FileEvidence], text: str, next_step: str) -> Iterable[Reason]:
    if files:
        yield Reason(code, len(files), text, next_step, tuple(file.path for file in files))


def _empty(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    if not any(file.excuse is not Excuse.RULE for file in evidence.files):
        text = "no photographs were found on the card; an empty listing proves nothing"
        yield Reason(
            "no files", 0, text, "Look at the card in the camera; do not format it before you know what happened"
        )


def _gone(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    if evidence.card_gone:
        yield Reason(
            "card gone",
            0,
            "the card was removed before it was proven",
            "Plug the card in again and run the same command",
        )


def _interrupted(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    if evidence.interrupted:
        yield Reason(
            "interrupted",
            0,
            "the ingest was stopped before it was done",
            "Run the same command again; it goes on where it stopped",
        )


def _listing(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    changed = [file for file in evidence.files if file.changed]
    if changed or not evidence.listing_agrees:
        text = (
            "the card changed while it was read"
            if not changed
            else f"{_files(changed)} changed while the card was read"
        )
        paths = tuple(file.path for file in changed)
        yield Reason(
            "card changed", len(changed), text, "Run the same command again; do not use the card meanwhile", paths
        )


def _unlistable(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if file.kind is EntryKind.UNLISTABLE]
    text = f"{_count(files, 'folder')} on the card could not be listed: nobody knows what is in there"
    return _about(
        "unlistable", files, text, "Try another reader or cable; if it stays, a recovery tool, before anything else"
    )


def _unreadable(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if file.kind is EntryKind.FILE and file.problem]
    return _about(
        "unreadable",
        files,
        f"{_files(files)} could not be read from the card{_whose(evidence)}",
        "Try another reader or cable, then the same command",
    )


def _whose(evidence: CardEvidence) -> str:
    """Which card and which reader did it."""
    return f" ({evidence.source})" if evidence.source else ""


def _not_a_file(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if file.kind in (EntryKind.SYMLINK, EntryKind.SPECIAL)]
    text = f"{_count(files, 'link or special entry', 'links or special entries')} on the card: not followed, not copied"
    return _about("not a file", files, text, "Look at them; if they do not matter, run again with --acknowledge")


def is_hollow(file: FileEvidence) -> bool:
    """A file without a byte, of which nobody said that it is not missed: its copies prove nothing."""
    return file.kind is EntryKind.FILE and file.size == 0 and file.excuse is Excuse.NONE


def _hollow(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if is_hollow(file) and not file.problem]
    text = f"{_files(files)} on the card {'holds' if len(files) == 1 else 'hold'} no bytes at all"
    return _about(
        "empty file", files, text, "Look at them in the camera; if they do not matter, run again with --acknowledge"
    )


def _disagree(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if file.source and file.source.disagreed]
    text = f"{_files(files)} gave other bytes when read again{_whose(evidence)}"
    return _about(
        "reads disagree",
        files,
        text,
        "The card, the reader or the cable is not to be trusted: use another reader and run again",
    )


def _mismatch(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    files = [file for file in _pending(evidence) if any(not _equals_card(proof, file) for proof in file.proofs)]
    text = f"{_files(files)} came back from a destination with other bytes than the card gave"
    return _about("mismatch", files, text, "Check that drive and its cable; then run the same command")


def _equals_card(proof: Proof, file: FileEvidence) -> bool:
    """Where no copy came back right, the content has no Asset yet, so no source: what did not match still counts."""
    return proof.matched and (file.source is None or proof.xxh128 == file.source.xxh128)


def _destinations(evidence: CardEvidence, _policy: Policy) -> Iterable[Reason]:
    for place in evidence.destinations:
        if place.problem:
            yield Reason(
                "destination",
                0,
                f"{place.name}: {place.problem}",
                f"Bring {place.name} back, then run the same command",
            )
        elif not place.provable:
            text = f"{place.name}: on its file system a copy cannot be read around the cache, so it cannot be proven"
            yield Reason(
                "unprovable", 0, text, f"Use {place.name} with ext4, xfs, btrfs, exFAT by the kernel, NFS or SMB"
            )


def _few_destinations(evidence: CardEvidence, policy: Policy) -> Iterable[Reason]:
    if len(evidence.destinations) < 2:
        text = "fewer than two destinations are set up; one copy is no backup"
        yield Reason("too few destinations", 0, text, "Add a second [[destinations]] to the settings")
    elif _most_devices(evidence) < policy.devices:
        text = f"the destinations stand on fewer than {policy.devices} different physical devices"
        yield Reason(
            "same device", 0, text, "Use a destination on another device; two folders of one disk are one copy"
        )


def _most_devices(evidence: CardEvidence) -> int:
    """An absent destination counts as one more: where it stands is not known, and its own reason speaks for it."""
    unknown = sum(not place.devices for place in evidence.destinations)
    return unknown + separate_devices(place.devices for place in evidence.destinations)


def _unread(evidence: CardEvidence, policy: Policy) -> Iterable[Reason]:
    files = [
        file
        for file in _pending(evidence)
        if file.kind is EntryKind.FILE
        and not file.problem
        and (file.source is None or file.source.reads < policy.reads)
        if not (file.source and file.source.disagreed)
    ]
    never = [file for file in files if file.source is None]
    if never:
        yield from _about("not copied", never, f"{_files(never)} not copied yet", "Run: safelight ingest")
    once = [file for file in files if file.source is not None]
    text = f"{_files(once)} read fewer than {policy.reads} times from the card"
    again = "Run: safelight ingest (it reads the card again)" if evidence.rereadable else _NOT_AGAIN
    yield from _about("read once", once, text, again)


def _unproven(evidence: CardEvidence, policy: Policy) -> Iterable[Reason]:
    readable = [f for f in _pending(evidence) if f.kind is EntryKind.FILE and f.source is not None and not f.problem]
    proven_at = [(f, [proof.destination for proof in counting_proofs(f, policy)]) for f in readable]
    for place in evidence.destinations:
        if place.problem or not place.provable:
            continue
        files = [file for file, names in proven_at if place.name not in names]
        yield from _about("unproven", files, f"{_files(files)} not proven on {place.name}", _why(files, place.name))


def _why(files: Sequence[FileEvidence], name: str) -> str:
    causes = {cause for file in files for where, cause in file.failed_at if where == name}
    return f"{'; '.join(sorted(causes))}. Then run the same command" if causes else "Run: safelight ingest"


def _spread(evidence: CardEvidence, policy: Policy) -> Iterable[Reason]:
    files = []
    for file in _pending(evidence):
        proofs = counting_proofs(file, policy)
        if file.kind is EntryKind.FILE and file.source is not None and not file.problem:
            enough = len({proof.destination for proof in proofs}) >= 2 and distinct_devices(proofs) >= policy.devices
            if not enough:
                files.append(file)
    text = f"{_files(files)} not proven on {policy.devices} separate {'device' if policy.devices == 1 else 'devices'}"
    return _about("too few copies", files, text, "See the reasons above")


def _files(files: Sequence[FileEvidence]) -> str:
    return _count(files, "file")


def _count(files: Sequence[FileEvidence], one: str, many: str = "") -> str:
    return f"{len(files):,} {one if len(files) == 1 else many or one + 's'}"


_RULES: tuple[Rule, ...] = (
    _empty,
    _gone,
    _interrupted,
    _listing,
    _unlistable,
    _unreadable,
    _not_a_file,
    _hollow,
    _disagree,
    _mismatch,
    _few_destinations,
    _destinations,
    _unread,
    _unproven,
    _spread,
)
