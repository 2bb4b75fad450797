"""Read the catalogs again and tag shoots."""

from catalog_adapters.uncollected import uncollected
from ingest.cli.bars import working
from ingest.cli.console import Console, shape
from ingest.cli.face_ingest import face_for
from ingest.cli.home import Home
from ingest.errors import CatalogError, ConfigError, Exit, UsageError
from ingest.ledger.shoots import all_shoots, find_shoots
from ingest.model.names import display_text
from ingest.session.noting import Noting
from ingest.session.tags import read_catalog, tag_from


@uncollected()
def run_tag(home: Home, console: Console, shoot: str | None) -> int:
    """Gives 0 when every catalog could be read, else the code of the first that could not."""
    if not home.settings.catalogs:
        raise ConfigError("No catalog is set up", hint="Add a [[catalogs]] entry: see `safelight config sample`")
    shoots = find_shoots(home.ledger, shoot) if shoot else all_shoots(home.ledger)
    if shoot and not shoots:
        raise UsageError(f"There is no shoot {shoot!r}", hint="See them with: safelight shoots")
    face = face_for(console)
    code, tagged = int(Exit.OK), 0
    for entry in home.settings.catalogs:
        with Noting(home.ledger, [each.id for each in shoots]) as noting:
            try:
                with working(console, f"Reading {display_text(entry.path.name)}"):
                    catalog = read_catalog(home.settings, entry)
            except CatalogError as error:
                code = code or int(error.exit_code)
                _tell(console, error)
                continue
            for event in tag_from(home.ledger, home.settings, catalog, shoots, noting):
                console.say(getattr(event, "shoot", ""))
                face(event)
                tagged += 1
    console.line({"schema": 1, "type": "summary", "tagged": tagged, "shoots": len(shoots)})
    if not tagged and code == Exit.OK:
        console.say("No catalog knows a picture of these shoots yet: import them there first.")
    return code


def _tell(console: Console, error: CatalogError) -> None:
    facts = {"message": error.message, "hint": error.hint, "path": error.path}
    console.line({"schema": 1, "type": "error", "exit": int(error.exit_code), **facts})
    console.note(f"{shape('warn')} {error.path}: {error.message}")
    if error.hint:
        console.note(f"  {error.hint}")
