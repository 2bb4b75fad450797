"""`safelight ledger`: the record of what was copied, proven and judged; its backups, its soundness, its return."""

import typer

_FROM = typer.Option(
    None, "--from", help="A destination, a folder in one, or a folder with backups; left out: every destination."
)


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="The record itself: back up, check, rebuild.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="ledger")

    @group.command()
    def check(json: bool = typer.Option(False, "--json", help="One JSON line, the summary.")) -> None:
        """Look at the whole ledger: is it undamaged, does it guard itself, do its rows agree? Changes nothing."""
        from ingest.cli.console import Console
        from ingest.cli.do_ledger_check import run_ledger_check
        from ingest.config import home_folder

        raise typer.Exit(run_ledger_check(home_folder(), Console(json=json)))

    @group.command()
    def backup(
        destination: str = typer.Argument(None, help="Only to this destination; left out: to all of them."),
        json: bool = typer.Option(False, "--json", help="One JSON line a destination, then a summary."),
    ) -> None:
        """Back the ledger up to the destinations now, as every session does at its end."""
        from ingest.cli.console import Console
        from ingest.cli.do_ledger_backup import run_ledger_backup
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_ledger_backup(home, Console(json=json), destination))

    @group.command()
    def rebuild(
        source: list[str] = _FROM,
        no_hash: bool = typer.Option(False, "--no-hash", help="Read no file: copies stay unproven."),
        json: bool = typer.Option(False, "--json", help="One JSON line a destination, then a summary."),
    ) -> None:
        """Make a lost or damaged ledger anew, from a backup or the ASC MHL histories; every copy is read again."""
        from ingest.cli.console import Console
        from ingest.cli.do_ledger_rebuild import run_ledger_rebuild
        from ingest.config import home_folder, load

        home = home_folder()
        raise typer.Exit(run_ledger_rebuild(home, load(home), Console(json=json), source or [], is_hashed=not no_hash))
