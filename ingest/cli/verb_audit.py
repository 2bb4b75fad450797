"""`safelight audit`: a catalog's pictures held against the ledger and the disks."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def audit(
        catalog: str = typer.Argument(..., help="A catalog of Lightroom, Capture One or darktable. It is only read."),
        kind: str = typer.Option(None, "--kind", help="Whose catalog it is, where its name does not tell."),
        json: bool = typer.Option(False, "--json", help="One JSON line an image; the last is the summary."),
        csv: bool = typer.Option(False, "--csv", help="One line an image, for a spreadsheet."),
    ) -> None:
        """Where the copies of a catalog's pictures are, which are missing, and which rated ones have no second copy."""
        from pathlib import Path

        from ingest.cli.console import Console
        from ingest.cli.do_audit import run_audit
        from ingest.cli.home import opened
        from ingest.errors import UsageError

        if json and csv:
            raise UsageError("--json and --csv are two forms of one answer", hint="Choose one of them")
        path = Path(catalog).expanduser().absolute()
        with opened() as home:
            raise typer.Exit(run_audit(home, Console(json=json), path, kind, as_csv=csv))
