"""`safelight catch-up`: a destination that was away at an ingest gets what it missed."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("catch-up")
    def catch_up(
        shoot: str = typer.Argument(None, help="Only this shoot; left out: every shoot, the newest first."),
        destination: str = typer.Option(None, "--at", help="Only this destination; all that it lacks, old shoots too."),
        dry_run: bool = typer.Option(False, "--dry-run", help="Only tell what is missing where; nothing is asked."),
        time: str = typer.Option(None, "--for", help="Stop after so long, e.g. 20m; the next one goes on from there."),
        amount: str = typer.Option(None, "--bytes", help="Bring about so much and stop, e.g. 50GB."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Bring to each destination what it missed while it was away, from the nearest proven copy."""
        from ingest.cli.amounts import bytes_typed, seconds_typed
        from ingest.cli.console import Console
        from ingest.cli.do_catch_up import run_catch_up
        from ingest.cli.home import opened
        from ingest.plan.rounds import Budget

        budget = Budget(seconds_typed(time) if time else 0.0, bytes_typed(amount) if amount else 0)
        with opened() as home:
            console = Console(json=json)
            raise typer.Exit(run_catch_up(home, console, shoot, destination, budget=budget, dry_run=dry_run))
