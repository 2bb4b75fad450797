"""`safelight verify`: read copies again around the cache."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def verify(
        shoot: str = typer.Argument(None, help="Only this shoot; left out: everything, the oldest proof first."),
        destination: str = typer.Option(None, "--at", help="Only this destination."),
        to_the_end: bool = typer.Option(False, "--to-the-end", help="Go on where very many files have other bytes."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Read the copies again around the cache and compare them with what was proven at ingest."""
        from ingest.cli.console import Console
        from ingest.cli.do_verify import run_verify
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_verify(home, Console(json=json), shoot, destination, to_the_end=to_the_end))
