"""What each destination lacks, as jobs of the copying room: shoot by shoot, the newest first, picks before the rest."""

from collections.abc import Iterator, Mapping, Sequence

from ingest.away.context import CatchUp, PlaceCounts
from ingest.copying.jobs import CopyJob, Source
from ingest.ledger.lacking import all_names, copies_ever, names_of_shoot
from ingest.ledger.shoots import ShootRow
from ingest.model.cards import CardFile
from ingest.model.lacking import At
from ingest.model.names import join
from ingest.plan.behind import Missing, fitted, missing, sources
from ingest.session.meter import Work


def lacking_of(session: CatchUp, shoot: ShootRow) -> tuple[list[Missing], dict[int, list[At]]]:
    """What the targets lack of a shoot, and where its contents are and were."""
    ledger = session.ledger
    copies = copies_ever(ledger, shoot.id)
    names, every = names_of_shoot(ledger, shoot.id), all_names(ledger, shoot.id)
    return missing(names, every, copies, session.targets, session.working), copies


def count(session: CatchUp, shoots: Sequence[ShootRow]) -> list[ShootRow]:
    """Count into `done` what each target lacks; gives the shoots of which one lacks something."""
    found = []
    for shoot in shoots:
        items, _ = lacking_of(session, shoot)
        for name in {name for item in items for name in item.places}:
            sizes = [item.name.digest.size for item in items if name in item.places]
            counts = session.done.places.setdefault(name, PlaceCounts())
            counts.files += len(sizes)
            counts.shoots += 1
            counts.bytes += sum(sizes)
        if items:
            found.append(shoot)
    return found


def survey(session: CatchUp, shoots: Sequence[ShootRow], free: Mapping[str, int]) -> Work:
    """Count into `done` what cannot be brought now: no proven copy is here, or there is no room. Gives what can be.

    free: the room at each target that is here, in bytes.
    """
    work = Work()
    for item, sites, full in _possible(session, shoots, free):
        for name in full:
            session.done.places[name].full += 1
        if sites and item.places:
            work.add(job_of(item, sites))
        for name in () if sites else item.places:
            session.done.places[name].waiting += 1
    return work


def jobs(session: CatchUp, shoots: Sequence[ShootRow], free: Mapping[str, int]) -> Iterator[tuple[int, CopyJob]]:
    """(content, job) of what can be brought now, made as they are taken: an archive's are not held together."""
    for item, sites, _ in _possible(session, shoots, free):
        if sites and item.places:
            yield item.name.asset_id, job_of(item, sites)


def _possible(
    session: CatchUp, shoots: Sequence[ShootRow], free: Mapping[str, int]
) -> Iterator[tuple[Missing, tuple[Source, ...], tuple[str, ...]]]:
    """Each content with the copies that it can be made from and the destinations that have no room for it."""
    left = dict(free)
    for shoot in shoots:
        items, copies = lacking_of(session, shoot)
        here = [item._replace(places=tuple(name for name in item.places if name in left)) for item in items]
        ready: list[Missing] = []
        for item in here:
            if sites_of(session, copies.get(item.name.asset_id, ())):
                ready.append(item)
            else:
                yield item, (), ()
        for item, full in fitted(ready, left):
            for name in item.places:
                left[name] -= item.name.digest.size
            yield item, sites_of(session, copies[item.name.asset_id]), full


def sites_of(session: CatchUp, copies: Sequence[At]) -> tuple[Source, ...]:
    """Where a content can be read, the nearest first."""
    roots = session.roots
    return tuple(Source(copy.place, join(roots[copy.place], copy.path)) for copy in sources(copies, session.kinds))


def job_of(item: Missing, sites: tuple[Source, ...]) -> CopyJob:
    """A content that is to be made under its name at the destinations that lack it."""
    name = item.name
    file = CardFile(name.path, name.digest.size, name.mtime_ns)
    return CopyJob(file, name.path, frozenset(item.places), name.digest, sites)
