"""`safelight certificate`: a verdict on paper, signed; and whether one is as it was signed."""

from typing import Any

import typer
from typer.core import TyperGroup


class _MakeUnlessTold(TyperGroup):
    """`certificate`, `certificate CARD` and `certificate --as html` mean `certificate make ...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the usual verb in where none was typed."""
        first = args[0] if args else ""
        if first not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(
        cls=_MakeUnlessTold,
        help="A verdict on paper, signed. Without a verb: make, as in `safelight certificate --as html --to .`",
        rich_markup_mode=None,
    )
    app.add_typer(group, name="certificate")
    _register_make(group)
    _register_check(group)
    _register_key(group)


def _register_make(group: typer.Typer) -> None:
    @group.command()
    def make(
        what: str = typer.Argument(
            None, metavar="[CARD|NUMBER]", help="A card by label, serial or folder, or a verdict's number."
        ),
        form: str = typer.Option(None, "--as", help="text, json or html; left out: by the name after --to, else text."),
        to: str = typer.Option(None, "--to", help="A file or a folder; nothing there is replaced. Left out: printed."),
        json: bool = typer.Option(False, "--json", help="With --to: one JSON line, the summary."),
    ) -> None:
        """The certificate of a card's newest verdict, or of any by its number, with each file and its hashes."""
        from ingest.cli.console import Console
        from ingest.cli.do_certificate import Wish, run_make
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_make(home, Console(json=json), Wish(what, form, to)))


def _register_check(group: typer.Typer) -> None:
    @group.command()
    def check(
        file: str = typer.Argument(help="A certificate as text, JSON or page."),
        key: str = typer.Option(None, "--key", help="The fingerprint that the other station's key is known to have."),
        json: bool = typer.Option(False, "--json", help="One JSON line, the summary."),
    ) -> None:
        """Is it as it was signed, and by whom? 0: yes, by a known key; 18: changed, unsigned, or another key."""
        from ingest.cli.console import Console
        from ingest.cli.do_certificate import run_check
        from ingest.config import home_folder

        raise typer.Exit(run_check(home_folder(), Console(json=json), file, key))


def _register_key(group: typer.Typer) -> None:
    @group.command()
    def key(json: bool = typer.Option(False, "--json", help="One JSON line, the summary.")) -> None:
        """The fingerprint of this station's key: tell it to those who check your certificates, by another way."""
        from ingest.cli.console import Console
        from ingest.cli.do_certificate import run_key
        from ingest.config import home_folder

        raise typer.Exit(run_key(home_folder(), Console(json=json)))
