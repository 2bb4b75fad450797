"""`safelight sync`: what editors wrote beside the pictures goes to every other destination."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def sync(
        shoot: str = typer.Argument(None, help="Only this shoot; left out: every shoot."),
        dry_run: bool = typer.Option(False, "--dry-run", help="Only tell what is new; nothing is written."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Bring sidecars, settings and exports to every other destination; older versions are set aside."""
        from ingest.cli.console import Console
        from ingest.cli.do_sync import run_sync
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_sync(home, Console(json=json), shoot, dry_run=dry_run))
