"""`safelight tag`: read the editors' catalogs again and tag the shoots."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def tag(
        shoot: str = typer.Argument(None, help="Only this shoot; left out: every shoot."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Read the catalogs of the settings (nothing appears or changes beside them) and tag the shoots."""
        from ingest.cli.console import Console
        from ingest.cli.do_tag import run_tag
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_tag(home, Console(json=json), shoot))
