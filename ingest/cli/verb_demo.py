"""`safelight demo`: the three moments on a sample card, in a throw-away home, with a loopback B2."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def demo(
        card: str = typer.Option("canon", "--card", help="Which sample card: canon, sony or damaged."),
        keep: bool = typer.Option(False, "--keep", help="Keep the demo's folder and say where it is."),
    ) -> None:
        """Show the three moments on a sample card: ingest, safe to format, the copies of the shoot."""
        from ingest.cli.do_demo import run_demo

        raise typer.Exit(run_demo(card, keep=keep))
