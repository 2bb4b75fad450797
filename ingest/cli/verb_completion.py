"""`safelight completion`: what a shell needs to complete verbs, options, shoots and places."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def completion(shell: str = typer.Argument(..., metavar="bash|zsh|fish", help="For which shell.")) -> None:
        """Print the script by which a shell completes verbs, options, shoots and destinations."""
        from ingest.cli.completing import script

        print(script(shell), end="")
