"""`safelight repair`: heal what is suspect or lost from the nearest right copy."""

import typer

_WHAT = typer.Argument(None, help="Only these shoots or files; left out: everything that is wrong.")


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def repair(
        what: list[str] = _WHAT,
        dry_run: bool = typer.Option(False, "--dry-run", help="Only say which copies, and from where; change nothing."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Heal suspect and lost copies from the nearest copy that gives the right bytes; nothing is deleted."""
        from ingest.cli.console import Console
        from ingest.cli.do_repair import run_repair
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_repair(home, Console(json=json), what or [], dry_run=dry_run))
