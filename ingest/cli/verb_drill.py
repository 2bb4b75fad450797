"""`safelight drill`: is the way back there?"""

import typer

from ingest.plan.drill import FILES


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def drill(
        place: str = typer.Option(None, "--from", help="Only this destination, or cloud; left out: every one."),
        files: int = typer.Option(FILES, "--files", min=1, help="How many files of each place, at most."),
        most: str = typer.Option("4 GB", "--bytes", help="How much of each place, at most."),
        seed: str = typer.Option(None, "--seed", help="Draw the files of an earlier drill again."),
        to: str = typer.Option(None, "--to", help="An existing folder for them; left out: the home folder's disk."),
        json: bool = typer.Option(False, "--json", help="JSON lines: one for each place; the last is the summary."),
    ) -> None:
        """Bring a sample back from each place, compare it, open raw files and catalogs, and write a dated certificate.

        Each quarter is often enough; `status` says when the next one is due.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_drill import Wish, run_drill
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_drill(home, Console(json=json), Wish(place, files, most, seed, to)))
