"""`safelight nightly`: what a night should do."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def nightly(
        last: bool = typer.Option(False, "--last", help="Do nothing; print the last night's report."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Read the catalogs, send and check the third copies, drill when it is due, back the ledger up.

        One step that fails stops no other. `safelight schedule install` lets the system run it each night.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_nightly import run_nightly, show_last
        from ingest.cli.home import opened

        with opened(is_night=True) as home:
            raise typer.Exit(show_last(home, Console(json=json)) if last else run_nightly(home, Console(json=json)))
