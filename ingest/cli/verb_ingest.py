"""`safelight ingest`: the first moment, a card after a shoot."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def ingest(
        card: str = typer.Argument(None, help="The card's folder; left out: the one mounted card."),
        shoot: str = typer.Option(None, "--shoot", "-s", help="Name of the shoot, e.g. 'Meyer wedding'."),
        json: bool = typer.Option(False, "--json", help="JSON lines instead of text; the last is the verdict."),
        no_input: bool = typer.Option(False, "--no-input", help="Never ask."),
        dry_run: bool = typer.Option(False, "--dry-run", help="Show the plan, copy nothing."),
        acknowledge: bool = typer.Option(
            False, "--acknowledge", help="Empty files, links and special files on this card are known and not missed."
        ),
    ) -> None:
        """Copy a card to every destination, prove the copies, say whether it may be formatted."""
        from ingest.cli.console import Console
        from ingest.cli.do_ingest import run_ingest
        from ingest.cli.home import card_path, opened
        from ingest.session.context import Request

        console = Console(json=json)
        with opened() as home:
            request = Request(card_path(card), shoot, acknowledge, dry_run)
            raise typer.Exit(run_ingest(home, console, request, ask=not (no_input or json)))
