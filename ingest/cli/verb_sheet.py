"""`safelight sheet`: a shoot on one page."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def sheet(
        shoot: str = typer.Argument(..., help="A shoot's name, number or folder."),
        to: str = typer.Option(
            None, "--to", help="The file, or a folder for it; left out: here, by the shoot's name. None is replaced."
        ),
        beside: bool = typer.Option(False, "--beside", help="Into the shoot's folder where its pictures are edited."),
        as_: str = typer.Option(None, "--as", help="html or pdf; left out: by the ending of --to, else html."),
        columns: int = typer.Option(5, "--columns", min=1, max=12, help="Pictures beside each other."),
        edge: int = typer.Option(320, "--edge", min=64, max=2048, help="Pixels of a picture's longer side."),
        only_picks: bool = typer.Option(False, "--only-picks", help="Only what is picked in the editor's catalog."),
        stars: int = typer.Option(0, "--stars", min=0, max=5, help="Only what has so many stars there, or more."),
        json: bool = typer.Option(False, "--json", help="One JSON line: the summary."),
    ) -> None:
        """Write a contact sheet of a shoot: one HTML file with the pictures in it, or a PDF.

        The pictures are made from proven copies, never from a card. A RAW and its JPEG are shown once. It can go to a
        client as it is: no script, no address and no folder of this computer stands in it.
        """
        from ingest.cli.console import Console
        from ingest.cli.do_sheet import Wish, run_sheet
        from ingest.cli.home import opened

        wish = Wish(shoot, to, beside, as_, columns, edge, only_picks, stars)
        with opened() as home:
            raise typer.Exit(run_sheet(home, Console(json=json), wish))
