"""`safelight ledger`: the record of what was copied, proven and judged; its backups, its soundness, its return."""

import typer


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
