"""`safelight status`: the third moment, where the copies of each shoot are."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def status(
        shoot: str = typer.Argument(None, help="A shoot's name, number or folder; left out: the newest ten."),
        json: bool = typer.Option(False, "--json", help="One JSON line a shoot, then a summary."),
    ) -> None:
        """Show for each shoot its copies on every destination and in the cloud, and its tags."""
        from ingest.cli.console import Console
        from ingest.cli.do_status import run_status
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_status(home, Console(json=json), shoot))
