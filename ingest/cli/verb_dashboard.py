"""`safelight dashboard`: the page of this computer."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def dashboard(
        port: int = typer.Option(0, "--port", min=0, max=65535, help="Serve it at this port; left out: any free one."),
        no_open: bool = typer.Option(False, "--no-open", help="Print the link, open no browser."),
        link: bool = typer.Option(False, "--link", help="A new link to the page that is served now, and end."),
    ) -> None:
        """Show the card in the reader, cards, shoots and health on a page, for this computer alone, until Ctrl-C."""
        from ingest.cli.console import Console
        from ingest.cli.do_dashboard import new_link, run_dashboard
        from ingest.config import home_folder

        if link:
            raise typer.Exit(new_link(home_folder(), Console()))
        raise typer.Exit(run_dashboard(Console(), port=port, opens=not no_open))
