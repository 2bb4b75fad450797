"""A world in which a card is safe, and one-step ways to break it; shared by the gate's tests."""

from dataclasses import replace

from hypothesis import strategies as st

from ingest.gate.evidence import CardEvidence, DestinationEvidence, Excuse, FileEvidence, Policy, SourceProof
from ingest.model.copies import Method, Proof

PLACES = (("ssd", frozenset({"disk:a"})), ("nas", frozenset({"nas:b"})))
COUNTING = (Method.SERVED, Method.DROPPED, Method.DIRECT, Method.REPLUGGED)


def proven_file(path: bytes, content: bytes, method: Method = Method.DIRECT, reads: int = 2) -> FileEvidence:
    """A file whose whole claim is proven on both places."""
    proofs = tuple(Proof(name, devices, path, content, method, 100.0, True) for name, devices in PLACES)
    return FileEvidence(path, 7, asset_id=1, source=SourceProof(content, reads), proofs=proofs)


def card(files: tuple[FileEvidence, ...]) -> CardEvidence:
    """A card whose listing agrees, on two destinations that are there."""
    places = tuple(DestinationEvidence(name, devices) for name, devices in PLACES)
    return CardEvidence(b"f" * 16, files, places, listing_agrees=True)


@st.composite
def safe_worlds(draw: st.DrawFn) -> tuple[CardEvidence, Policy]:
    """Cards that are safe: 1-12 proven files, some entries excused, any policy they satisfy."""
    contents = draw(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=12))
    files = [
        proven_file(b"DCIM/%d" % n, content, draw(st.sampled_from(COUNTING))) for n, content in enumerate(contents)
    ]
    for n in range(draw(st.integers(0, 3))):
        excuse = draw(st.sampled_from([Excuse.RULE, Excuse.ACKNOWLEDGED]))
        files.append(FileEvidence(b"._%d" % n, 3, excuse=excuse, rule="._*"))
    policy = Policy(devices=draw(st.integers(1, 2)), reads=draw(st.integers(1, 2)))
    return card(tuple(draw(st.permutations(files)))), policy


def with_file(evidence: CardEvidence, index: int, **changes: object) -> CardEvidence:
    """The same card with one file changed."""
    files = list(evidence.files)
    files[index] = files[index]._replace(**changes)
    return replace(evidence, files=tuple(files))
