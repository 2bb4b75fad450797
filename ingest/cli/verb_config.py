"""`safelight config`: show, check and explain the settings."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="The settings.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="config")

    @group.command()
    def show() -> None:
        """Print the settings as they count: the file with every default filled in."""
        from ingest.config import home_folder, load, render

        print(render(load(home_folder()).model_dump()), end="")

    @group.command()
    def check() -> None:
        """Look at the settings; every mistake is told at once."""
        from ingest.config import CONFIG_FILE, home_folder, load

        folder = home_folder()
        load(folder)
        print(f"No mistakes in {folder / CONFIG_FILE}")

    @group.command()
    def sample() -> None:
        """Print a documented sample of the settings file."""
        from ingest.config import sample as sample_text

        print(sample_text(), end="")
