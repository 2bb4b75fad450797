"""`safelight release`: room on the SSD."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def release(
        shoot: str = typer.Argument(..., help="The finished shoot: name, number or folder."),
        place: str = typer.Option(None, "--from", help="The destination whose copies go; left out: the first SSD."),
        confirm: str = typer.Option(None, "--confirm", help="The shoot's name, where nobody can be asked."),
        dry_run: bool = typer.Option(False, "--dry-run", help="Read the other copies and say; nothing goes."),
        json: bool = typer.Option(False, "--json", help="One JSON line: the summary."),
    ) -> None:
        """Send the working copies of a finished shoot to the trash, once all other copies were read back and suffice.

        `safelight restore SHOOT` without --to brings them back. Sidecars and exports stay.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_release import run_release
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_release(home, Console(json=json), shoot, place, confirm, dry_run=dry_run))
