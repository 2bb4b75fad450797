"""`safelight drive`: drives that are carried elsewhere, in turn."""

import typer

_NAME = typer.Argument(help="The drive, as the settings name it.")


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="Drives that are carried elsewhere.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="drive")
    _register_known(group)
    _register_here(group)


def _register_known(group: typer.Typer) -> None:
    @group.command("list")
    def list_drives(json: bool = typer.Option(False, "--json", help="A JSON line for each, then a summary.")) -> None:
        """Each drive: here or away and since when, when it last had everything, and whose turn it is."""
        from ingest.cli.console import Console
        from ingest.cli.do_drive import run_list
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_list(home, Console(json=json)))

    @group.command()
    def add(
        name: str = _NAME,
        at: str = typer.Option(None, "--at", help="Where it is mounted now, when it is not at its root."),
        json: bool = typer.Option(False, "--json", help="One JSON line, the summary."),
    ) -> None:
        """Mark what is plugged in as this drive; from then on it is known wherever it is mounted."""
        from ingest.cli.console import Console
        from ingest.cli.do_drive import run_add
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_add(home, Console(json=json), name, at))


def _register_here(group: typer.Typer) -> None:
    @group.command()
    def update(
        name: str = typer.Argument(None, help="Only this drive; left out: every drive that is here."),
        time: str = typer.Option("10m", "--for", help="How long copies that are there are read again afterwards."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Bring a drive what it lacks, edits and the ledger too, and read a slice of its copies again."""
        from ingest.cli.amounts import seconds_typed
        from ingest.cli.console import Console
        from ingest.cli.do_drive import run_update
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_update(home, Console(json=json), name, seconds_typed(time)))

    @group.command()
    def eject(
        name: str = _NAME, json: bool = typer.Option(False, "--json", help="One JSON line, the summary.")
    ) -> None:
        """Flush and unmount a drive, and say when it may be unplugged, or who holds it open."""
        from ingest.cli.console import Console
        from ingest.cli.do_drive import run_eject
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_eject(home, Console(json=json), name))
