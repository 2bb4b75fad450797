"""`safelight schedule`: the night's work by itself."""

import time

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(
        help="Let the system run `safelight nightly` each night.", no_args_is_help=True, rich_markup_mode=None
    )
    app.add_typer(group, name="schedule")
    at = typer.Option("02:30", "--at", help="When, by this computer's clock. A night it slept through is made up for.")
    json_line = typer.Option(False, "--json", help="One JSON line.")

    @group.command()
    def install(at: str = at, json: bool = json_line) -> None:
        """Hand it to systemd, launchd or the Task Scheduler; what is there already is replaced."""
        _do("install", at, json)

    @group.command()
    def status(json: bool = json_line) -> None:
        """Say whether it is installed, as it was installed last."""
        _do("status", "", json)

    @group.command()
    def uninstall(json: bool = json_line) -> None:
        """Take it back."""
        _do("uninstall", "", json)


def _do(what: str, at: str, json: bool) -> None:
    from ingest.cli.console import Console
    from ingest.cli.do_schedule import run_schedule
    from ingest.config import home_folder

    raise typer.Exit(run_schedule(home_folder(), Console(json=json), what, at, time.time()))
