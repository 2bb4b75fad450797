"""`safelight verify`: read copies again around the cache."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def verify(
        shoot: str = typer.Argument(None, help="Only this shoot; left out: everything, the oldest proof first."),
        destination: str = typer.Option(None, "--at", help="Only this destination."),
        to_the_end: bool = typer.Option(False, "--to-the-end", help="Go on where very many files have other bytes."),
        time: str = typer.Option(None, "--for", help="Stop after so long, e.g. 20m; the next one goes on from there."),
        amount: str = typer.Option(None, "--bytes", help="Read about so much and stop, e.g. 50GB."),
        history: bool = typer.Option(
            False, "--history", help="Read nothing; say what was looked at and healed before."
        ),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Read the copies again around the cache and compare them with what was proven at ingest."""
        from ingest.cli.amounts import bytes_typed, seconds_typed
        from ingest.cli.console import Console
        from ingest.cli.home import opened
        from ingest.plan.rounds import Budget

        budget = Budget(seconds_typed(time) if time else 0.0, bytes_typed(amount) if amount else 0)
        with opened() as home:
            console = Console(json=json)
            if history:
                from ingest.cli.screen_care import show_history

                raise typer.Exit(show_history(console, home.ledger))
            from ingest.cli.do_verify import run_verify

            raise typer.Exit(run_verify(home, console, shoot, destination, to_the_end=to_the_end, budget=budget))
