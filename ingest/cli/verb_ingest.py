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
        preset: str = typer.Option(
            None, "--preset", help="What the sidecars say: [presets.NAME] of the settings; '' for nothing."
        ),
        keywords: str = typer.Option(
            None,
            "--keywords",
            help="For a sidecar beside each raw file: 'wedding, Meyer|ceremony'; | goes a level down.",
        ),
        creator: str = typer.Option(None, "--creator", help="For the sidecars: who took the photographs."),
        copyright_: str = typer.Option(None, "--copyright", help="For the sidecars: the copyright notice."),
        job: str = typer.Option(None, "--job", help="For the sidecars: the job's identifier."),
        rating: int = typer.Option(None, "--rating", min=1, max=5, help="For the sidecars: stars."),
    ) -> None:
        """Copy a card to every destination, prove the copies, say whether it may be formatted."""
        from ingest.cli.console import Console
        from ingest.cli.do_ingest import run_ingest
        from ingest.cli.home import card_path, opened
        from ingest.cli.said import by_preset, said_on_the_line
        from ingest.session.context import Request

        said = said_on_the_line(creator, copyright_, job, keywords, rating)
        console = Console(json=json)
        with opened() as home:
            request = Request(card_path(card), shoot, acknowledge, dry_run, said.over(by_preset(home.settings, preset)))
            raise typer.Exit(run_ingest(home, console, request, ask=not (no_input or json)))
