"""`safelight card clear`: the one verb that changes a card, after SAFE and a typed confirmation."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="The card itself.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="card")

    @group.callback()
    def _group() -> None:
        """The card itself."""

    @group.command()
    def clear(
        card: str = typer.Argument(None, help="The card's folder; left out: the one mounted card."),
        confirm: str = typer.Option(None, "--confirm", help="The card's name, instead of being asked for it."),
        json: bool = typer.Option(False, "--json", help="One JSON line: the summary."),
    ) -> None:
        """Send the proven files of a card to the trash. Only when it is SAFE; formatting in the camera is better."""
        from ingest.cli.console import Console
        from ingest.cli.do_clear import run_clear
        from ingest.cli.home import card_path, opened

        with opened() as home:
            raise typer.Exit(run_clear(home, Console(json=json), card_path(card), confirm))
