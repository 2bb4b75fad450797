"""`safelight notices`: how a person is called."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="How you are called.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="notices")

    @group.command()
    def test(json: bool = typer.Option(False, "--json", help="One JSON line, the summary.")) -> None:
        """Send one test notice by every way that is set, and say which took it. 0: all of them; 4: not all."""
        from ingest.cli.console import Console
        from ingest.cli.do_notices import run_test
        from ingest.config import home_folder, load

        raise typer.Exit(run_test(load(home_folder()), Console(json=json)))

    @group.command()
    def urls(json: bool = typer.Option(False, "--json", help="One JSON line, the summary.")) -> None:
        """Put addresses of Apprise, for mail or a phone, into the system's keychain; what is typed is not shown."""
        from ingest.cli.console import Console
        from ingest.cli.do_notices import run_urls
        from ingest.config import home_folder, load

        raise typer.Exit(run_urls(load(home_folder()), Console(json=json)))
