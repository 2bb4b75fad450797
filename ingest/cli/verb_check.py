"""`safelight check`: the second moment, may I format this card?"""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def check(
        card: str = typer.Argument(None, help="The card's folder; left out: the one mounted card."),
        json: bool = typer.Option(False, "--json", help="One JSON line: the verdict."),
    ) -> None:
        """May this card be formatted now? Looks at the card and the copies; copies nothing, writes nothing."""
        from ingest.cli.console import Console
        from ingest.cli.do_check import run_check
        from ingest.cli.home import card_path, opened

        with opened() as home:
            raise typer.Exit(run_check(home, Console(json=json), card_path(card)))
