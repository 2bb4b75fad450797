"""Whose turn it is: a drive that has been at home for too long, one that is too old, none that is away. Pure."""

from collections.abc import Iterator, Sequence

from ingest.model.drives import Advice, Drive, Word

_DAY = 86400.0


def words(drives: Sequence[Drive], now: float, *, home_days: int, stale_days: int) -> list[Word]:
    """What a person should do, drive by drive in the order of the settings; empty where all is well.

    A drive that lies at home burns with the house, and an old one away saves little. home_days: that a drive may be at
    home; stale_days: that may pass until it is brought up to date. A time in the future, by a clock that was wrong,
    says nothing.
    """
    found = [word for drive in drives for word in _of_one(drive, now, home_days, stale_days)]
    known = [drive for drive in drives if drive.is_known]
    if known and all(drive.is_here for drive in known):
        found.append(Word(Advice.NOTHING_AWAY, "", f"{_names(known)} at home: no drive is off-site"))
    return found


def _of_one(drive: Drive, now: float, home_days: int, stale_days: int) -> Iterator[Word]:
    if not drive.is_known:
        how = f"plug it in, then: safelight drive add {drive.name}"
        yield Word(Advice.ADD, drive.name, f"{drive.name} was never added: {how}")
        return
    home = _days(drive.since, now) if drive.is_here else 0
    old = _days(drive.current, now)
    if drive.is_here and (drive.lacks or old >= stale_days):
        how = f"safelight drive update {drive.name}"
        yield Word(Advice.UPDATE, drive.name, f"{drive.name} {_behind(drive, old)}: {how}")
    elif not drive.is_here and (drive.current is None or old >= stale_days):
        yield Word(Advice.BRING, drive.name, f"{drive.name} {_old(drive, old)}: bring it home")
    if home >= home_days:
        yield Word(Advice.TAKE_AWAY, drive.name, f"{drive.name} has been at home for {home} days: take it away")


def _behind(drive: Drive, old: int) -> str:
    return f"lacks {drive.lacks:,} file{'s' * (drive.lacks != 1)}" if drive.lacks else _old(drive, old)


def _old(drive: Drive, old: int) -> str:
    return "was never brought up to date" if drive.current is None else f"was not brought up to date for {old} days"


def _days(since: float | None, now: float) -> int:
    return int((now - since) / _DAY) if since is not None else 0


def _names(drives: Sequence[Drive]) -> str:
    if len(drives) == 1:
        return f"{drives[0].name} is"
    return f"{', '.join(drive.name for drive in drives[:-1])} and {drives[-1].name} are"
