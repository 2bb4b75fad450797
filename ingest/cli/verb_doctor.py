"""`safelight doctor`: is everything as it must be before the next card?"""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def doctor(json: bool = typer.Option(False, "--json", help="One JSON line a finding, then a summary.")) -> None:
        """Look at settings, ledger, destinations, catalogs and the cloud key; say what to do. Changes nothing."""
        from ingest.cli.console import Console
        from ingest.cli.do_doctor import run_doctor

        raise typer.Exit(run_doctor(Console(json=json)))
