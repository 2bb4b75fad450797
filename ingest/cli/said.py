"""What is said of the photographs, by the settings and on the command line, checked before anything is begun."""

from ingest.config import Settings
from ingest.errors import UsageError
from ingest.model.iptc import Iptc, Keyword, keyword, keywords, one_line
from ingest.model.names import display_text

_TEXTS = ("creator", "copyright", "job")


def by_preset(settings: Settings, name: str | None = None) -> Iptc:
    """What a preset says; what it says is not named: a field that is set stays. name: None for that of the settings.

    Raises:
        UsageError: there is no such preset.
    """
    wanted = settings.ingest.preset if name is None else name.strip()
    if not wanted:
        return Iptc()
    preset = settings.presets.get(wanted)
    if preset is None:
        known = ", ".join(settings.presets) or "none"
        raise UsageError(f"--preset: there is no [presets.{display_text(wanted)}]", hint=f"The settings hold: {known}")
    return Iptc(preset.creator, preset.copyright, "", tuple(map(keyword, preset.keywords)))


def said_on_the_line(
    creator: str | None, copyright_: str | None, job: str | None, keywords_: str | None, rating: int | None
) -> Iptc:
    """The options of `ingest`, None for one that was not given. What is given is named: it is meant, whatever stands.

    Raises:
        UsageError: one of them cannot be put into a sidecar.
    """
    texts = dict(zip(_TEXTS, (creator, copyright_, job), strict=True))
    named = {name for name, value in {**texts, "rating": rating}.items() if value is not None}
    checked = {name: _checked(name, value) for name, value in texts.items()}
    return Iptc(
        checked["creator"], checked["copyright"], checked["job"], _keywords(keywords_), rating, frozenset(named)
    )


def _checked(name: str, value: str | None) -> str:
    try:
        return one_line(value) if value is not None else ""
    except ValueError as error:
        raise UsageError(f"--{name} {error}") from error


def _keywords(value: str | None) -> tuple[Keyword, ...]:
    try:
        return keywords(value) if value is not None else ()
    except ValueError as error:
        hint = 'Write them with commas between them: --keywords "wedding, Meyer|ceremony"'
        raise UsageError(f"--keywords {error}", hint=hint) from error
