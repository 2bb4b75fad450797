"""`safelight cloud`: the queue of the third copy."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb group."""
    group = typer.Typer(help="The third copy, off-site.", no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="cloud")
    _register_run(group)
    _register_switches(group)
    _register_choices(group)
    _register_setup(group)
    _register_keygen(group)


def _register_run(group: typer.Typer) -> None:
    @group.command()
    def run(
        wait: bool = typer.Option(False, "--wait", help="Stay until the queue is empty, also through outages."),
        now: bool = typer.Option(False, "--now", help="Whatever [cloud] hours says."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Send what is queued, then compare the bucket's listing with what was sent."""
        from ingest.cli.console import Console
        from ingest.cli.do_cloud import run_cloud
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_cloud(home, Console(json=json), wait=wait, at_once=now))

    @group.command()
    def check(
        read_back: bool = typer.Option(False, "--read-back", help="Fetch what only its uploader's word speaks for."),
        json: bool = typer.Option(False, "--json", help="JSON lines; the last is the summary."),
    ) -> None:
        """Hold the whole bucket against what was sent: what vanished, was hidden or replaced there."""
        from ingest.cli.console import Console
        from ingest.cli.do_cloud_check import run_check
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_check(home, Console(json=json), read_back=read_back))

    @group.command()
    def cost(json: bool = typer.Option(False, "--json", help="One JSON line.")) -> None:
        """Estimate what the third copies cost a month, for each shoot and in all."""
        from ingest.cli.console import Console
        from ingest.cli.do_cloud_cost import run_cost
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_cost(home, Console(json=json)))


def _register_switches(group: typer.Typer) -> None:
    @group.command()
    def status(json: bool = typer.Option(False, "--json", help="One JSON line.")) -> None:
        """Show what is in which state, for each shoot and in all, and how long it still takes."""
        _switch("status", json)

    @group.command()
    def pause(json: bool = typer.Option(False, "--json", help="One JSON line.")) -> None:
        """Send nothing more until `resume`."""
        _switch("pause", json)

    @group.command()
    def resume(json: bool = typer.Option(False, "--json", help="One JSON line.")) -> None:
        """Let the queue go on: after `pause`, or after you did what it asked of you."""
        _switch("resume", json)


def _register_choices(group: typer.Typer) -> None:
    @group.command()
    def retry(
        what: str = typer.Argument(None, metavar="[SHOOT|FILE]", help="Only these; without it all of them."),
        json: bool = typer.Option(False, "--json", help="One JSON line."),
    ) -> None:
        """Try again what needs you or waits for its time."""
        if what:
            _choose("retry", what, json)
        _switch("retry", json)

    @group.command()
    def cancel(
        what: str = typer.Argument(metavar="SHOOT|FILE", help="A shoot, or the name of an object or the end of it."),
        json: bool = typer.Option(False, "--json", help="One JSON line."),
    ) -> None:
        """Take what is not sent yet out of the queue. What lies in the bucket stays there."""
        _choose("cancel", what, json)

    @group.command()
    def add(
        what: str = typer.Argument(metavar="SHOOT", help="A shoot with files that are not queued."),
        json: bool = typer.Option(False, "--json", help="One JSON line."),
    ) -> None:
        """Queue a shoot's files that have a proven copy and are not queued: after `cancel`, or from before [cloud]."""
        _choose("add", what, json)


def _register_setup(group: typer.Typer) -> None:
    @group.command()
    def setup(
        bucket: str = typer.Option(None, "--bucket", metavar="NAME", help="The bucket, where the settings name none."),
        prefix: str = typer.Option(None, "--prefix", metavar="FOLDER/", help="The folder in it, with --bucket."),
        realm: str = typer.Option(None, "--realm", metavar="URL", help="Another service than Backblaze's own."),
        lock: int = typer.Option(
            None, "--lock", min=1, max=3000, metavar="DAYS", help="Object Lock for new files, in governance mode."
        ),
        encrypt: bool = typer.Option(False, "--encrypt", help="Let Backblaze encrypt new files (SSE-B2)."),
        save_key: bool = typer.Option(False, "--save-key", help="Keep the key in the system's keychain."),
        yes: bool = typer.Option(False, "--yes", help="Agree to what would be asked."),
        no_input: bool = typer.Option(False, "--no-input", help="Never ask."),
        json: bool = typer.Option(False, "--json", help="One JSON line a finding, then a summary."),
    ) -> None:
        """Look at the key and the bucket, send one tiny file there and back; say what to change. Deletes nothing."""
        from ingest.cli.cloud_setup import Wishes
        from ingest.cli.console import Console
        from ingest.cli.do_cloud_setup import run_setup
        from ingest.config import home_folder

        ask = not (no_input or json)
        wishes = Wishes(bucket, prefix, realm, lock or 0, encrypt=encrypt, save_key=save_key, yes=yes, ask=ask)
        raise typer.Exit(run_setup(home_folder(), Console(json=json), wishes))


def _register_keygen(group: typer.Typer) -> None:
    @group.command()
    def keygen(
        spare: bool = typer.Option(False, "--spare", help="A second key, for a safe: kept nowhere on this computer."),
    ) -> None:
        """Make the key for `[cloud] encrypt = true`: shown once, to be printed, and kept by the keychain."""
        from ingest.cli.console import Console
        from ingest.cli.do_cloud_keygen import run_keygen
        from ingest.cli.home import opened

        with opened() as home:
            raise typer.Exit(run_keygen(home, Console(), is_spare=spare))


def _choose(verb: str, what: str, json: bool) -> None:
    from ingest.cli.console import Console
    from ingest.cli.do_cloud_choice import choose
    from ingest.cli.home import opened

    with opened() as home:
        raise typer.Exit(choose(home, Console(json=json), verb, what))


def _switch(what: str, json: bool) -> None:
    from ingest.cli.console import Console
    from ingest.cli.do_cloud_status import switch_queue
    from ingest.cli.home import opened

    with opened() as home:
        raise typer.Exit(switch_queue(home, Console(json=json), what))
