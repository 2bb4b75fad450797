"""`safelight restore`: the way back."""

import typer

_WHAT = typer.Argument(
    ..., help="Shoots by name, number or folder; or files by their path at a destination, or by name."
)


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def restore(
        what: list[str] = _WHAT,
        to: str = typer.Option(
            None, "--to", help="An existing folder, nothing in it is replaced; left out: a released shoot to its place."
        ),
        source: str = typer.Option(
            None, "--from", help="A destination's name, or cloud; left out: the nearest that holds it."
        ),
        as_of: str = typer.Option(None, "--as-of", help="Edits as they were then: 2026-11-28, or 2026-11-28T18:30."),
        edits: bool = typer.Option(True, "--edits/--no-edits", help="Whether sidecars and other edits come along."),
        json: bool = typer.Option(False, "--json", help="One JSON line: the summary."),
    ) -> None:
        """Bring shoots or files back from proven copies; every file is proven again before it gets its name."""
        from ingest.cli.console import Console
        from ingest.cli.do_restore import Words, run_restore
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_restore(home, Console(json=json), Words(tuple(what), to, source, as_of, edits)))
