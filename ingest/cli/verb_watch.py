"""`safelight watch`: waits for cards and ingests them."""

import time

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def watch(
        automatic: bool = typer.Option(False, "--auto", help="Ingest every card without asking, whatever is set."),
        once: bool = typer.Option(False, "--once", help="End after the first card; its exit code is the answer."),
        json: bool = typer.Option(False, "--json", help="JSON lines of every session, each with its card's mount."),
        install: bool = typer.Option(False, "--install", help="Let the system run it from log-in on."),
        status: bool = typer.Option(False, "--status", help="Is it installed, does it run? 0 when a card is noticed."),
        uninstall: bool = typer.Option(False, "--uninstall", help="Take it back from the system."),
    ) -> None:
        """Notice cards when they are mounted and ingest them, several at once: after a question, or by itself.

        `[watch] start` in the settings says which. It also brings what a destination missed, and goes on with uploads.
        """
        from ingest.cli.console import Console
        from ingest.config import home_folder
        from ingest.errors import UsageError

        wanted = [name for name, is_set in _names(install, status, uninstall) if is_set]
        if len(wanted) > 1 or (wanted and (automatic or once)):
            raise UsageError(f"--{wanted[0]} stands alone", hint='[watch] start = "auto" lets it begin by itself')
        if wanted:
            from ingest.cli.do_watch_agent import run_watch_agent

            raise typer.Exit(run_watch_agent(home_folder(), Console(json=json), wanted[0], time.time()))
        from ingest.cli.do_watch import run_watch

        raise typer.Exit(run_watch(home_folder(), Console(json=json), automatic=automatic, once=once))


def _names(install: bool, status: bool, uninstall: bool) -> list[tuple[str, bool]]:
    return [("install", install), ("status", status), ("uninstall", uninstall)]
