"""`safelight restore`: the way back."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def restore(
        shoot: str = typer.Argument(..., help="The shoot to bring back: name, number or folder."),
        to: str = typer.Option(..., "--to", help="An existing folder; nothing in it is replaced."),
        source: str = typer.Option(
            None, "--from", help="A destination's name, or b2; left out: the nearest that holds it."
        ),
        json: bool = typer.Option(False, "--json", help="One JSON line: the summary."),
    ) -> None:
        """Bring a shoot back from a proven copy; every file is proven again before it gets its name."""
        from ingest.cli.console import Console
        from ingest.cli.do_restore import run_restore
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_restore(home, Console(json=json), shoot, to, source))
