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
        import time

        from ingest.cli.console import Console
        from ingest.cli.home import card_path, opened
        from ingest.cli.screen_verdict import show_verdict
        from ingest.gate.certificate import to_json
        from ingest.gate.exits import exit_of_check
        from ingest.session.check import card_json, check_card

        console = Console(json=json)
        with opened() as home:
            found, verdict = check_card(home.ledger, home.settings, card_path(card))
        show_verdict(console, verdict, label=found.label, uuid=found.identity.uuid, now=time.time())
        console.line(to_json(verdict, card_json(found)))
        raise typer.Exit(int(exit_of_check(verdict)))
