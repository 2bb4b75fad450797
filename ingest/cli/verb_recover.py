"""`safelight recover`: from nothing."""

import typer

_ONLY = typer.Option(None, "--only", help="Only this shoot's photographs; may be repeated, and run again later.")
_LINES = typer.Option(None, "--cloud", help="Another line of the [cloud] table, as it stood in the settings.")
_PLACES = typer.Option(None, "--place", help="NAME=FOLDER: where a destination is now, or its empty successor.")


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def recover(
        source: str = typer.Option(
            ..., "--from", help="b2; or a folder: a destination's root, or a bucket's folder as it was downloaded."
        ),
        to: str = typer.Option(..., "--to", help="An existing folder on the new working disk; nothing is replaced."),
        bucket: str = typer.Option(None, "--bucket", help="The bucket's name. Its key: from the environment, as ever."),
        prefix: str = typer.Option("originals/", "--prefix", help="The folder in the bucket, as the settings had it."),
        realm: str = typer.Option("production", "--realm", help="Of another service than Backblaze: its URL."),
        cloud: list[str] = _LINES,
        place: list[str] = _PLACES,
        station: str = typer.Option(None, "--station", help="Whose ledger, where several stations share a bucket."),
        only: list[str] = _ONLY,
        records_only: bool = typer.Option(False, "--records-only", help="Ledger, settings, tags; no photographs yet."),
        json: bool = typer.Option(False, "--json", help="JSON lines, one for each step; the last is the summary."),
    ) -> None:
        """On a new computer: settings, ledger, shoots, tags and photographs from a bucket or a folder alone.

        Interrupted, or stopped, the same command goes on. Every file is compared as it comes and read back from the
        new disk; what lies nowhere any more is told by name.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_recover import Words, run_recover
        from ingest.config import home_folder

        lines, places, shoots = tuple(cloud or ()), tuple(place or ()), tuple(only or ())
        words = Words(source, to, bucket, prefix, realm, lines, places, station, shoots, records_only)
        raise typer.Exit(run_recover(home_folder(), Console(json=json), words))
