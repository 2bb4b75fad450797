"""`safelight init`: the first run."""

import typer

_DESTINATION = typer.Option(None, "--destination", help="Any: PATH or NAME:KIND:PATH. Repeatable.")
_CATALOG = typer.Option(None, "--catalog", help="An editor's catalog, or none. Repeatable.")


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def init(
        ssd: str = typer.Option(None, "--ssd", help="The first destination: a folder on the disk where you edit."),
        nas: str = typer.Option(None, "--nas", help="The second destination: a folder on the NAS."),
        destination: list[str] = _DESTINATION,
        one_disk: bool = typer.Option(False, "--one-disk", help="Both on one disk, for a trial: that is one copy."),
        folder: str = typer.Option(None, "--folder", help="Folder of a shoot, of {capture:...} and {shoot}."),
        catalog: list[str] = _CATALOG,
        bucket: str = typer.Option(None, "--bucket", help="The bucket at Backblaze B2, or none."),
        notice: bool = typer.Option(None, "--notice/--no-notice", help="Send a test notice."),
        watcher: bool = typer.Option(None, "--watcher/--no-watcher", help="Notice cards from log-in on."),
        night: bool = typer.Option(None, "--night/--no-night", help="Let each night do its work."),
        rehearsal: bool = typer.Option(None, "--rehearsal/--no-rehearsal", help="Rehearse with a sample card."),
        speed: bool = typer.Option(True, "--speed/--no-speed", help="Measure how fast the destinations are."),
        yes: bool = typer.Option(False, "--yes", help="Take the default of every other question and write it."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary. Asks nothing."),
    ) -> None:
        """Set up this computer: destinations, names, catalogs, third copy, watcher; and a rehearsal.

        Run it again at any time: what is set up is the default of each question, and comments in the settings stay.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_init import run_init
        from ingest.cli.init_flags import Flags, given_by
        from ingest.config import home_folder

        words = {"notice": notice, "watcher": watcher, "night": night, "rehearsal": rehearsal}
        given = given_by(ssd, nas, destination or [], folder, catalog or [], bucket, words)
        kinds = {key: kind for key, kind, path in (("first", "ssd", ssd), ("second", "nas", nas)) if path}
        flags = Flags(given, kinds, one_disk=one_disk, speed=speed, yes=yes, ask=not json)
        raise typer.Exit(run_init(home_folder(), Console(json=json), flags))
