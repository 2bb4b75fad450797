"""`safelight catalog`: the editors' catalogs themselves, which are as precious as the photographs."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="The editors' catalogs: keep snapshots.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="catalog")

    @group.command()
    def snapshot(
        path: str = typer.Argument(None, help="Only this catalog of the settings; left out: all of them."),
        json: bool = typer.Option(False, "--json", help="One JSON line a catalog, then a summary."),
    ) -> None:
        """Copy each catalog, with what belongs to it, to the destinations beyond its own disk; proven by opening it."""
        from ingest.cli.console import Console
        from ingest.cli.do_catalog_snapshot import run_catalog_snapshot
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_catalog_snapshot(home, Console(json=json), path))
