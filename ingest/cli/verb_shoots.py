"""`safelight shoots`: every shoot with its copies in one line."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command()
    def shoots(
        tag: str = typer.Option(None, "--tag", help="Only shoots whose name, keywords or collections contain this."),
        json: bool = typer.Option(False, "--json", help="One JSON line a shoot, then a summary."),
    ) -> None:
        """List the shoots with their copies."""
        from ingest.cli.console import Console
        from ingest.cli.home import opened
        from ingest.cli.screen_status import shoot_json, shoot_line
        from ingest.cloud.overview import cloud_of_shoot
        from ingest.ledger.shoots import all_shoots, shoots_tagged, tags_of
        from ingest.ledger.views import shoot_view
        from ingest.tagging.told import tag_word

        console = Console(json=json)
        with opened() as home:
            rows = shoots_tagged(home.ledger, tag) if tag else all_shoots(home.ledger)
            bucket = home.settings.cloud.bucket if home.settings.cloud else ""
            for row in rows:
                view, cloud = shoot_view(home.ledger, row.id), cloud_of_shoot(home.ledger, row.id, bucket)
                tags = tags_of(home.ledger, row.id)
                console.line(shoot_json(view, cloud) | {"tags": {name: facts for name, _, _, facts in tags}})
                console.say(shoot_line(view, cloud, [tag_word(name, facts) for name, _, _, facts in tags]))
        console.line({"schema": 1, "type": "summary", "shoots": len(rows)})
        if not rows:
            console.say("No shoot matches." if tag else "No shoot yet. Plug a card in and run: safelight ingest")
