"""An ingest beside what others do with the same card: few large files, many small ones, a mixed evening."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import ONE, TWO, Outcome, contest
from benchmarks.measure import Figure
from benchmarks.peers import CAT, CP, LEAST_WORK, RSYNC, SHA256, VERIFYING, WARM, XXHSUM, Peer
from benchmarks.stage import Scene, stand

OF_CP, OF_CP_SMALL, OF_RSYNC_SMALL, OF_LEAST_WORK = 1.25, 1.5, 0.5, 1.3


def large_files(
    _work: Path, runs: int, scene: Scene, peers: Sequence[Peer] = (CAT, CP, *VERIFYING, *WARM)
) -> list[Figure]:
    """Nothing limited: at most 1.25 x of copying without any proof, and faster than whoever verifies."""
    with stand(scene) as stage:
        outcome = contest(stage, runs, (1, 2), peers)
        words = f"{scene.words}; {stage.disks.words}"
    figures = _beside_cp(outcome, OF_CP, words)
    for peer in VERIFYING:
        figures += _beside(outcome, peer, 1.0)
    for peer in WARM:
        figures += _beside(outcome, peer, None)
    return [*figures, *outcome.figures()]


def small_files(_work: Path, runs: int, scene: Scene) -> list[Figure]:
    """Many small files: at most 1.5 x of copying without any proof, at most half of rsync with its check."""
    with stand(scene) as stage:
        outcome = contest(stage, runs, (1, 2), (CAT, CP, RSYNC, XXHSUM))
        words = f"{scene.words}; {stage.disks.words}"
    figures = _beside_cp(outcome, OF_CP_SMALL, words)
    figures += _beside(outcome, RSYNC, OF_RSYNC_SMALL) + _beside(outcome, XXHSUM, None)
    return [*figures, *outcome.figures()]


def wedding_card(_work: Path, runs: int, scene: Scene) -> list[Figure]:
    """A mixed card; for the picture, without a target."""
    with stand(scene) as stage:
        outcome = contest(stage, runs, (1, 2), (CP, XXHSUM, SHA256))
        words = f"{scene.words}; {stage.disks.words}"
    figures = _beside_cp(outcome, None, words)
    figures += _beside(outcome, XXHSUM, None) + _beside(outcome, SHA256, None)
    return [*figures, *outcome.figures()]


def processor_time(_work: Path, runs: int, scene: Scene) -> list[Figure]:
    """User + system seconds beside those of the programs that make two copies and the digests, and no proof more."""
    if LEAST_WORK.missing:
        raise RuntimeError(f"this case needs {' and '.join(LEAST_WORK.missing)}")
    with stand(scene) as stage:
        outcome = contest(stage, runs, (1, 2), (LEAST_WORK,))
    figures = []
    for name, target in ((ONE, OF_LEAST_WORK), (TWO, None)):
        values = outcome.ratio(name, LEAST_WORK.name, "cpu", "cpu")
        figures.append(Figure(f"processor time of {name} / {LEAST_WORK.name}", "x", values, target, scene.words))
    for name, turns in outcome.turns.items():
        figures.append(Figure(f"  {name}, user + system", "s", tuple(turn.cpu for turn in turns)))
    return figures


def _beside_cp(outcome: Outcome, target: float | None, note: str) -> list[Figure]:
    """Held to the target with one read, which is what `cp` does; shown with the default of two."""
    return [
        Figure(f"{ONE}, until SAFE / {CP.name}", "x", outcome.ratio(ONE, CP.name), target, note),
        Figure(f"{TWO}, until SAFE / {CP.name}", "x", outcome.ratio(TWO, CP.name), None, note),
        Figure(f"{TWO}, every copy proven / {CP.name}", "x", outcome.ratio(TWO, CP.name, "editing"), None, note),
    ]


def _beside(outcome: Outcome, peer: Peer, target: float | None) -> list[Figure]:
    if not outcome.has(peer.name):
        return []
    return [
        Figure(f"{ONE} / {peer.name}", "x", outcome.ratio(ONE, peer.name), target),
        Figure(f"{TWO} / {peer.name}", "x", outcome.ratio(TWO, peer.name), None),
    ]
