"""`safelight watch`: waits for cards and ingests them."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def watch(
        automatic: bool = typer.Option(False, "--auto", help="Ingest every card without asking."),
        once: bool = typer.Option(False, "--once", help="End after the first card; its exit code is the answer."),
        json: bool = typer.Option(False, "--json", help="JSON lines of every session."),
    ) -> None:
        """Notice a card when it is mounted and ingest it: after a question, or by itself with --auto."""
        from ingest.cli.console import Console
        from ingest.cli.do_watch import run_watch
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_watch(home, Console(json=json), automatic=automatic, once=once))
