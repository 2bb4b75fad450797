"""`safelight cards`: every card seen here, with its last verdict."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def cards(json: bool = typer.Option(False, "--json", help="One JSON line a card, then a summary.")) -> None:
        """List the cards seen here, with their last verdict."""
        import time
        from dataclasses import asdict

        from ingest.cli.console import Console, shape
        from ingest.cli.home import opened
        from ingest.ledger.views import card_views
        from ingest.words import day, files, shown_uuid, size

        console = Console(json=json)
        with opened() as home:
            views = card_views(home.ledger)
        words = {"safe": "SAFE TO FORMAT", "not_yet": "NOT YET", "do_not_format": "DO NOT FORMAT", "": "no verdict yet"}
        for view in views:
            console.line({"schema": 1, "type": "card", **asdict(view)})
            when = f" ({day(view.verdict_at, time.time())}, {files(view.files)})" if view.level else ""
            name = f"{view.label or 'card':<14} {shown_uuid(view.uuid):<16} {size(view.size):>8}"
            console.say(f"{name}  {words[view.level]}{when}")
            if view.unsteady:
                on = day(view.unsteady_at, time.time())
                console.say(
                    f"  {shape('warn')} {on}: two reads disagreed ({view.reader}). Do not trust it with the next job"
                )
        console.line({"schema": 1, "type": "summary", "cards": len(views)})
        if not views:
            console.say("No card was ingested here yet. Plug one in and run: safelight ingest")
        else:
            console.say("A verdict holds for what was on the card at that time; `safelight check` looks at it now.")
