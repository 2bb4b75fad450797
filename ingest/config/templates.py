"""Which name templates the settings accept: known fields, known date letters, a path that stays below its root.

The planner fills them; what is accepted here it must accept too (a test holds the two together).
"""

from string import Formatter

FOLDER_FIELDS = frozenset({"capture", "shoot"})
FILE_FIELDS = frozenset({"capture", "shoot", "original", "camera", "card"})
_DATE_LETTERS = frozenset("YymdHMSfjba%")


def mistakes_of_template(text: str, fields: frozenset[str], needed: str = "") -> list[str]:
    """Everything wrong with a template, empty when nothing is. needed: a field that must occur, "" for none."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        return [f"{error}; write {{{{ for a brace that is meant as one"]
    mistakes: list[str] = []
    for _, field, spec, conversion in parts:
        if field is not None:
            mistakes += _of_field(field, spec or "", conversion or "", fields)
    if needed and not any(field == needed for _, field, _, _ in parts):
        mistakes.append(f"{{{needed}}} must be part of it: two pictures of one second need two names")
    if any(part.strip() in ("", ".", "..") for part in text.split("/")) or "\\" in text:
        mistakes.append("it must be a relative path: no / at its ends, no empty part, no .. and no backslash")
    return mistakes


def _of_field(field: str, spec: str, conversion: str, fields: frozenset[str]) -> list[str]:
    if field not in fields:
        return [f"{{{field}}} is not known here; use {', '.join(f'{{{name}}}' for name in sorted(fields))}"]
    if conversion or (spec and field != "capture"):
        return [f"{{{field}}} takes no format"]
    letters = [part[:1] for part in spec.replace("%%", "").split("%")[1:]]
    unknown = [
        f"%{letter} is no date format known here" for letter in letters if letter not in _DATE_LETTERS or not letter
    ]
    if spec and "%" not in spec:
        unknown.append(f"{{capture:{spec}}} holds no date; write e.g. {{capture:%Y-%m-%d}}")
    return unknown
