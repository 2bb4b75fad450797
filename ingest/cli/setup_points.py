"""What `doctor` says of what the first run set up: names, nights, and catalogs that still open."""

import os
from collections.abc import Iterator
from pathlib import Path

from ingest.cli.home import installed_at
from ingest.cli.weak_points import Answer
from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.plan.planned import PlanSettings
from ingest.plan.preview import preview
from ingest.setup.catalogs import open_once

_SECONDS = 30.0  # that opening a catalog may take here


def naming_answers(settings: Settings) -> Iterator[Answer]:
    """What a picture will be called; templates that the settings let through and the plan does not are a problem."""
    naming = settings.naming
    try:
        made = preview(PlanSettings(frozenset(), naming.folder, naming.file, (), naming.day_starts))
    except ConfigError as error:
        yield Answer("naming", "problem", error.message, error.hint or "Correct [naming]", error.exit_code)
        return
    yield Answer("naming", "ok", os.fsdecode(made[0][1]))


def night_answers(home: Path) -> Iterator[Answer]:
    """Whether the system still knows of the night's work, where it was installed once."""
    installed = installed_at(home)
    if installed is None:
        return
    from ingest.agents.install import State, state_of, system_here
    from ingest.cli.do_schedule import nightly_agent

    state = state_of(nightly_agent(home, installed[0]), system_here())
    if state is State.RUNS:
        yield Answer("night", "ok", f"each night at {installed[0]:%H:%M}")
    else:
        yield Answer("night", "note", state.value, "Run: safelight schedule install")


def catalog_answers(settings: Settings, now: float) -> Iterator[Answer]:
    """Each catalog opened as a tagging will; one that is away costs tags alone. now: seconds since 1970 UTC."""
    for catalog in settings.catalogs:
        path = str(catalog.path)
        if not os.path.exists(path):
            yield Answer("catalog", "note", f"{path} is not there", "Shoots are not tagged from it")
            continue
        told = open_once(catalog.kind, path, now, _SECONDS)
        if told.images is not None:
            yield Answer("catalog", "ok", f"{path}, {told.images:,} pictures")
        elif told.may_heal:
            yield Answer("catalog", "note", f"{path} is in use: {told.words}", "Once more when the editor is closed")
        else:
            yield Answer("catalog", "note", f"{path}: {told.words}", "Shoots are not tagged from it")
