"""Empty folders that belong to a layout: video trees hold some, and editing programs miss them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count

from ingest.model.cards import Disposition
from ingest.model.layouts import tree_root
from ingest.model.names import join
from ingest.plan.collide import Claims
from ingest.plan.names import KeptNames, card_folder
from ingest.plan.planned import CardTag, IngestPlan, PlannedFile
from ingest.plan.portable import portable_path, stays_inside


def empty_folders(folders: Iterable[bytes], plan: IngestPlan, card: CardTag, claims: Claims) -> tuple[bytes, ...]:
    """Where the card's empty `folders` are made again, none without a shoot.

    Those of video trees go where their tree goes, those of a card without `DCIM/` to the shoot of its first file. Empty
    folders beside `DCIM/` are what cameras make on every card, and say nothing.
    """
    wanted = sorted({folder for folder in folders if stays_inside(folder)})
    placed = [file for file in plan.files if file.dest] if wanted else []
    if not placed:
        return ()
    pictures = any(file.source.path.upper().startswith(b"DCIM/") for file in placed)
    trees = _tree_places(placed)
    made: list[bytes] = []
    for folder in wanted:
        root = tree_root(folder + b"/")
        if root or not pictures:
            above, shoot = trees.get(root, (b"", placed[0].shoot))
            names = KeptNames(plan.shoots[shoot or 0].folder, card_folder(card), (portable_path(folder),))
            wishes = chain((join(above, names.paths[0]),) if above else (), _numbered(names))
            made.append(next(place for place in wishes if claims.take_folder(place)))
    return tuple(made)


def _numbered(names: KeptNames) -> Iterator[bytes]:
    return (names.wanted(nth)[0] for nth in count(1))


def _tree_places(placed: Sequence[PlannedFile]) -> dict[bytes, tuple[bytes, int | None]]:
    """Tree root -> (the folder it lies in at the destinations, its shoot); what is copied now counts first."""
    places: dict[bytes, tuple[bytes, int | None]] = {}
    for file in sorted(placed, key=lambda file: file.disposition is not Disposition.COPY):
        root = tree_root(file.source.path)
        if root and root not in places:
            path = b"/" + portable_path(file.source.path)
            if file.dest.endswith(path):
                places[root] = (file.dest[: -len(path)], file.shoot)
    return places
